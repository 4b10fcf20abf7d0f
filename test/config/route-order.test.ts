// The order of alternatives, step by step; that the proxy's table keeps it is proved in route-table.process.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alternativesOf, bySpecificity, isUnder, isUnderAny } from '#config/route-order';
import { configOf } from '../support/config.ts';

const route = (matches: string, more = '') => {
  const [config] = configOf(`routes { route "r" { builtin-handler "status"; matches { ${matches} }; ${more} } }`).config
    .routes;
  assert(config !== undefined);
  return { config };
};

test('each is tried before the next', () => {
  const order = [
    route('', 'priority "high"'),
    route('path "/a"; host "x"'),
    route('path "/a"; host "*.longer"'),
    route('path "/a"; host "*.x"'),
    route('path "/a"; host-regex "x"'),
    route('path "/a"; header "A"; header "B"'),
    route('path "/a"; header "A"; query-param "q"'),
    route('path "/a"; header "A"; header "a" "1"'),
    route('path "/a"; query-param "q"; query-param "Q"'),
    route('path "/a"; query-param "q"; method "GET"; source "::1"'),
    route('path "/a"; query-param "q"; method "GET" "PUT"'),
    route('path "/a"; source "::1"'),
    route('path "/a"'),
    route('path-regex "a"; path-prefix "/a"'),
    route('path-prefix "/a/b"'),
    route('path-prefix "/a"; host "x"'),
    route('path-prefix "/a"'),
    route('host "x"'),
    route(''),
  ].map((one) => alternativesOf(one)[0]!);
  for (const [index, one] of order.entries()) {
    for (const other of order.slice(index + 1)) {
      assert(bySpecificity(one, other) < 0, JSON.stringify([one, other]));
      assert(bySpecificity(other, one) > 0);
    }
    assert.equal(bySpecificity(one, one), 0);
  }
});

test('one alternative per host and path; exact paths that the rest excludes are none', () => {
  const found = (matches: string) =>
    alternativesOf(route(matches)).map(({ hostKind, host, kind, path }) => `${hostKind} ${host} ${kind} ${path}`);
  assert.deepEqual(found('host "A" "*.B"; path-prefix "/x" "/y"'), [
    'exact a prefix /x',
    'exact a prefix /y',
    'suffix .b prefix /x',
    'suffix .b prefix /y',
  ]);
  assert.deepEqual(found('path "/a/b" "/c"; path-prefix "/a"'), ['any  exact /a/b']);
  assert.deepEqual(found('host-regex "^a" "b$"'), ['regex ^a any ', 'regex b$ any ']);
});

test('prefixes end where segments do', () => {
  assert.equal(isUnder('/api', '/api/'), true);
  assert.equal(isUnder('/api/x', '/api'), true);
  assert.equal(isUnder('/apis', '/api'), false);
  assert.equal(isUnder('/x', '/'), true);
  assert.equal(isUnderAny('/x', []), true);
  assert.equal(isUnderAny('/x', ['/y']), false);
});

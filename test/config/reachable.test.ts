// Shadowed routes: what the judge must see it sees. Its claims meet the table of the proxy in reachable.process.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shadowedRoutes } from '#config/reachable';
import { routesOf } from '../proxy/request/routes.ts';

const route = (name: string, matches: string, more = '') =>
  `route "${name}" { builtin-handler "status"; matches { ${matches} }; ${more} }\n`;

/** First, second, and whether the second can never be reached. */
const rows: ReadonlyArray<readonly [first: string, second: string, isShadowed: boolean]> = [
  ['path "/x"; method "GET" "POST"', 'path "/x"; method "GET"', true],
  ['path "/x"; method "GET"', 'path "/x"; method "GET" "POST"', false],
  ['path "/x"', 'path "/x"; path-prefix "/"', true],
  ['path-prefix "/x"', 'path "/x/y"', false],
  ['header "A"', 'header "a" "1"', true],
  ['header "A" "1" "2"', 'header "a" "2"', true],
  ['header "A" "1"', 'header "A" "1"; header "A" "2"', false],
  ['header "A" "1"; header "A" regex="^x"', 'header "a" regex="^x"', true],
  ['header "A" regex="^x"', 'header "A" regex="^y"', false],
  ['header "A"; header "B"', 'header "A" "1"; header "B" "2"', true],
  ['query-param "q"', 'query-param "Q"', false],
  ['query-param "q" "1"', 'query-param "q" "1"; header "A"', false],
  ['source "10.0.0.0/8" "192.0.2.1"', 'source "10.1.0.0/16" "10.2.3.4"', true],
  ['source "10.0.0.0/8"', 'source "10.1.0.0/16" "192.0.2.1"', false],
  ['source "::/0"', 'source "2001:db8::/32"', true],
  ['source "::/0"', 'source "10.0.0.0/8"', false],
  ['scheme "http" "https"', 'scheme "http"', true],
  ['scheme "http"', 'scheme "https"', false],
  ['scheme "http"', 'source "10.0.0.0/8"', false],
  ['host-regex "^a"', 'host-regex "^a"; method "GET"', false],
  ['host-regex "^a" "^b"', 'host-regex "^b"', true],
  ['host "*.a"', 'host "x.a"', false],
  ['host "a" "*.b"', 'host "x.b"', false],
  ['path-prefix "/a/b/c" "/a"', 'path-prefix "/a/b"', false],
  ['', 'method "GET"', false],
  ['path "/x"; path-prefix "/y"', 'path "/x"', false],
];

for (const [first, second, isShadowed] of rows) {
  test(`'${first}' ${isShadowed ? 'hides' : 'does not hide'} '${second}'`, () => {
    const found = shadowedRoutes(routesOf(route('a', first) + route('b', second)));
    assert.deepEqual(found, isShadowed ? [{ index: 1, taker: 0 }] : []);
  });
}

test('with a higher priority, the broad hides the narrow', () => {
  for (const [first, second] of [
    ['header "A"', 'header "a" "1"; path "/x"'],
    ['host "*.a"', 'host "X.a"; query-param "q"'],
    ['', 'source "::1"'],
  ] as const) {
    const routes = routesOf(route('b', second) + route('a', first, 'priority "high"'));
    assert.deepEqual(shadowedRoutes(routes), [{ index: 0, taker: 1 }], `${first} before ${second}`);
  }
});

test('holes are passed over', () => {
  const [one] = routesOf(route('a', ''));
  assert.deepEqual(shadowedRoutes([undefined, one, undefined]), []);
});

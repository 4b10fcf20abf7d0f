// Shadowed routes: every claim is checked against the proxy's own table, and what the judge must see it sees.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shadowedRoutes } from '#config/reachable';
import type { RouteConfig } from '#config/schema';
import { requestOf, routesOf, tableOf } from '../proxy/request/routes.ts';

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

test('random routes: what is called unreachable is never reached', () => {
  const parts = fc.tuple(
    fc.constantFrom('', 'host "a"', 'host "*.a" "b"', 'host-regex "^a"', 'host "a"; host-regex "^a"'),
    fc.constantFrom(
      '',
      'path "/x"',
      'path-prefix "/"',
      'path-prefix "/x"',
      'path-regex "x"',
      'path "/x"; path-prefix "/x"',
    ),
    fc.constantFrom('', 'method "GET"', 'method "GET" "PUT"'),
    fc.constantFrom('', 'header "A"', 'header "A" "1"', 'header "A" "1" "2"', 'header "A" "1"; header "B"'),
    fc.constantFrom('', '', 'query-param "q"', 'query-param "q" "1"'),
    fc.constantFrom('', '', 'source "10.0.0.0/8"', 'source "10.1.0.0/16"'),
    fc.constantFrom('low', 'normal'),
  );
  const asked = ['a', 'x.a', 'b'].flatMap((host) =>
    ['/', '/x', '/x/y', '/x?q=1', '/x?q'].flatMap((target) =>
      [[], ['A: 1'], ['A: 3', 'B: 1'], ['A: 1', 'B: 2']].flatMap((lines) =>
        ['10.1.2.3', '10.2.2.3', '::1'].flatMap((ip) =>
          ['GET', 'PUT'].map((method) => requestOf({ host, target, lines, ip, method })),
        ),
      ),
    ),
  );
  const bases = new Map<string, RouteConfig>();
  const configOf = (
    [host, path, method, header, query, source, priority]: readonly string[],
    index: number,
  ): RouteConfig => {
    const text = [host, path, method, header, query, source].filter((one) => one !== '').join('; ');
    const key = `${priority} ${text}`;
    const known = bases.get(key) ?? routesOf(route('r', text, `priority "${priority}"`))[0]!;
    bases.set(key, known);
    return { ...known, name: String(index) };
  };
  let claims = 0;
  fc.assert(
    fc.property(fc.array(parts, { minLength: 2, maxLength: 6 }), (written) => {
      const routes = written.map(configOf);
      const shadowed = new Set(shadowedRoutes(routes).map(({ index }) => String(index)));
      claims += shadowed.size;
      if (shadowed.size === 0) return;
      const table = tableOf(routes);
      for (const request of asked) assert(!shadowed.has(table.match(request)?.name ?? ''), JSON.stringify(routes));
    }),
    { numRuns: 300 },
  );
  assert(claims > 20, `${claims} claims are too few to prove anything`);
});

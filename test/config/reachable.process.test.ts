// Shadowed routes among random ones: whatever is called unreachable, the proxy's own table never finds for any of 360
// requests. Apart from the rows of reachable.test.ts, since it takes over a second.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shadowedRoutes } from '#config/reachable';
import type { RouteConfig } from '#config/schema';
import { requestOf, routesOf, tableOf } from '../proxy/request/routes.ts';

const route = (name: string, matches: string, more: string) =>
  `route "${name}" { builtin-handler "status"; matches { ${matches} }; ${more} }\n`;

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

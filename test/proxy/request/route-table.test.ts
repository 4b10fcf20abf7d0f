// The table against the rule it compiles: for random routes and requests it finds what a plain reading of every route
// in order finds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadText } from '#config/load';
import type { RouteConfig } from '#config/schema';
import { RouteMetrics } from '../../../proxy/metrics.ts';
import { makeRoute, RouteTable } from '../../../proxy/request/route-table.ts';

interface Matches {
  readonly host: string[];
  readonly path: string[];
  readonly pathPrefix: string[];
  readonly pathRegex: string[];
  readonly method: string[];
}

const empty: Matches = { host: [], path: [], pathPrefix: [], pathRegex: [], method: [] };

function template(): RouteConfig {
  const loaded = loadText(
    't.kdl',
    'schema-version "1"\nlisteners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "demo" } }',
  );
  assert(loaded.ok && loaded.config.routes[0] !== undefined);
  return loaded.config.routes[0];
}

const base = template();
const around = {
  upstreams: new Map(),
  bodyBytesMax: 1,
  asksAgents: () => false,
  metrics: (name: string) => new RouteMetrics(name),
};

function tableOf(routes: readonly (Partial<Matches> & { readonly priority?: number })[]): RouteTable {
  return new RouteTable(
    routes.map(({ priority = 50, ...matches }, index) =>
      makeRoute({ ...base, name: String(index), priority, matches: { ...empty, ...matches } }, around),
    ),
  );
}

test('specificity: exact path, expression, longest prefix, any; exact host, wildcard, any; method; place', () => {
  const table = tableOf([
    {},
    { pathPrefix: ['/a'] },
    { pathPrefix: ['/a/b'] },
    { pathRegex: ['^/a/b/.'] },
    { path: ['/a/b/c'] },
    { pathPrefix: ['/a'], host: ['x.example'] },
    { pathPrefix: ['/a'], host: ['*.example'] },
    { pathPrefix: ['/a'], method: ['PUT'] },
    { pathPrefix: ['/a'] },
    { priority: 60, path: ['/first'] },
    { priority: 70, pathPrefix: ['/fir'] },
    { priority: 70, pathPrefix: ['/'], method: ['TOP'] },
  ]);
  const rows = [
    ['h', '/', 'GET', '0'],
    ['h', '/a', 'GET', '1'],
    ['h', '/ab', 'GET', '0'],
    ['h', '/a/b', 'GET', '2'],
    ['h', '/a/b/d', 'GET', '3'],
    ['h', '/a/b/c', 'GET', '4'],
    ['x.example', '/a/x', 'GET', '5'],
    ['y.x.example', '/a/x', 'GET', '6'],
    ['example', '/a/x', 'GET', '1'],
    ['h', '/a/x', 'PUT', '7'],
    ['h', '/first', 'GET', '9'],
    ['h', '/fir/st', 'GET', '10'],
    ['h', '/a/b/c', 'TOP', '11'],
    ['h', '*', 'OPTIONS', '0'],
  ] as const;
  for (const [host, path, method, name] of rows)
    assert.equal(table.match(host, path, method)?.name, name, `${method} ${host}${path}`);
  assert.equal(tableOf([{ path: ['/x'] }]).match('h', '/y', 'GET'), undefined);
});

const some = <T>(...values: T[]) => fc.subarray(values, { maxLength: 2 });
const randomRoute = fc.record({
  priority: fc.constantFrom(10, 50),
  host: some('a', 'b.a', '*.a', '*.b.a'),
  path: some('/', '/x', '/x/y'),
  pathPrefix: some('/', '/x', '/x/y/', '/xx'),
  pathRegex: some('^/x+$', 'y'),
  method: some('GET', 'PUT'),
});

/** Every route in turn, all its matchers, the first by the order that the reference states. */
function readPlainly(
  routes: readonly (Matches & { readonly priority: number })[],
  host: string,
  path: string,
  method: string,
): string | undefined {
  const isUnder = (prefix: string) =>
    path === prefix.replace(/\/$/, '') || path.startsWith(`${prefix.replace(/\/$/, '')}/`);
  const isHost = (one: string) => one === host || (one.startsWith('*.') && host.endsWith(one.slice(1)));
  const holds = (list: readonly string[], test: (one: string) => boolean) => list.length === 0 || list.some(test);
  const ranked = routes.flatMap((route, index) => {
    const { host: hosts, path: paths, pathPrefix, pathRegex, method: methods, priority } = route;
    const all =
      holds(hosts, isHost) &&
      holds(paths, (one) => one === path) &&
      holds(pathPrefix, isUnder) &&
      holds(pathRegex, (one) => new RegExp(one).test(path)) &&
      holds(methods, (one) => one === method);
    const kind = [paths, pathRegex, pathPrefix].findIndex((list) => list.length > 0);
    const longest = kind === 2 ? Math.max(...pathPrefix.filter(isUnder).map((one) => one.length)) : 0;
    const byHost = hosts.includes(host) ? 0 : hosts.length > 0 ? 1 : 2;
    const suffix =
      byHost === 1 ? Math.max(...hosts.filter(isHost).map((one) => one.length)) : byHost === 0 ? host.length : 0;
    return all
      ? [
          {
            index,
            rank: [-priority, kind === -1 ? 3 : kind, -longest, byHost, -suffix, methods.length === 0 ? 1 : 0, index],
          },
        ]
      : [];
  });
  const smaller = (one: number[], other: number[]) => {
    const at = one.findIndex((value, index) => value !== other[index]);
    return at === -1 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
  };
  const best = ranked.sort((one, other) => smaller(one.rank, other.rank))[0];
  return best === undefined ? undefined : String(best.index);
}

test('random routes: the table finds what reading them all finds', () => {
  const requests = fc.tuple(
    fc.constantFrom('a', 'b.a', 'c.b.a', 'z'),
    fc.constantFrom('/', '/x', '/x/', '/xx', '/x/y', '/x/y/z', '/y'),
    fc.constantFrom('GET', 'PUT', 'POST'),
  );
  fc.assert(
    fc.property(fc.array(randomRoute, { maxLength: 8 }), fc.array(requests, { maxLength: 6 }), (routes, asked) => {
      const table = tableOf(routes);
      for (const [host, path, method] of asked)
        assert.equal(
          table.match(host, path, method)?.name,
          readPlainly(routes, host, path, method),
          `${method} ${host}${path}`,
        );
    }),
    { numRuns: 1000 },
  );
});

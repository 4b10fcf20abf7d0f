// The table against the rule it compiles: for random routes and requests it finds what a plain reading of every route
// in order finds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RouteConfig } from '#config/schema';
import { type Asked, requestOf, routesOf, tableOf as tableOfConfigs } from './routes.ts';

type Matches = RouteConfig['matches'];

const [base] = routesOf('route "r" { builtin-handler "demo" }');
assert(base !== undefined);
const template = base;

const tableOf = (routes: ReadonlyArray<Partial<Matches> & { readonly priority?: number }>) =>
  tableOfConfigs(
    routes.map(({ priority = 50, ...matches }, index) => ({
      ...template,
      name: String(index),
      priority,
      matches: { ...template.matches, ...matches },
    })),
  );

const find = (table: ReturnType<typeof tableOf>, host: string, target: string, method: string, more: Asked = {}) =>
  table.match(requestOf({ host, target, method, ...more }))?.name;

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
    assert.equal(find(table, host, path, method), name, `${method} ${host}${path}`);
  assert.equal(find(tableOf([{ path: ['/x'] }]), 'h', '/y', 'GET'), undefined);
});

const line = (name: string, value: readonly string[] = [], regex?: string) => ({ name, value, regex });

test('specificity beyond paths: host expressions, headers, parameters, a method, a source; then the place', () => {
  const table = tableOf([
    { hostRegex: ['^h'] },
    {},
    { host: ['*.h'] },
    { source: ['10.0.0.0/8'] },
    { method: ['PUT'] },
    { queryParam: [line('q')] },
    { header: [line('X-A')] },
    { header: [line('x-a'), line('X-B')] },
    { header: [line('X-A'), line('x-A', ['2'])] },
    { header: [line('X-A', ['1'])], source: ['10.1.0.0/16'] },
    { host: ['only'], hostRegex: ['^no'] },
  ]);
  const rows: ReadonlyArray<readonly [Asked, string]> = [
    [{ host: 'host' }, '0'],
    [{ host: 'x' }, '1'],
    [{ host: 'h.h' }, '2'],
    [{ host: 'x', ip: '10.2.3.4' }, '3'],
    [{ host: 'x', ip: '10.2.3.4', method: 'PUT' }, '4'],
    [{ host: 'x', target: '/?q', method: 'PUT' }, '5'],
    [{ host: 'x', target: '/?q', lines: ['X-A: 0'] }, '6'],
    [{ host: 'x', lines: ['X-A: 1', 'x-b:'] }, '7'],
    [{ host: 'x', lines: ['X-A: 1'], ip: '10.1.0.1' }, '9'],
    [{ host: 'only' }, '1'],
  ];
  for (const [asked, name] of rows) assert.equal(table.match(requestOf(asked))?.name, name, JSON.stringify(asked));
});

const some = <T>(...values: T[]) => fc.subarray(values, { maxLength: 2 });
const randomRoute = fc.record({
  priority: fc.constantFrom(10, 50),
  host: some('a', 'b.a', '*.a', '*.b.a'),
  path: some('/', '/x', '/x/y'),
  pathPrefix: some('/', '/x', '/x/y/', '/xx'),
  pathRegex: some('^/x+$', 'y'),
  method: some('GET', 'PUT'),
  hostRegex: some('^c', 'a$'),
  header: fc.subarray([line('X-A'), line('x-a', ['1', '2']), line('X-B', ['1']), line('X-B', [], '^2')]),
  queryParam: fc.subarray([line('q'), line('q', ['1']), line('p', ['a b'])]),
  source: some('10.0.0.0/8', '2001:db8::/32'),
  scheme: some('http' as const, 'https' as const),
});

/** Every route in turn, all its matchers, the first by the order that the reference states. */
function readPlainly(
  routes: ReadonlyArray<Matches & { readonly priority: number }>,
  asked: Required<Asked>,
): string | undefined {
  const { host, method } = asked;
  const [path = '', query = ''] = asked.target.split('?');
  const isUnder = (prefix: string) =>
    path === prefix.replace(/\/$/, '') || path.startsWith(`${prefix.replace(/\/$/, '')}/`);
  const isHost = (one: string) => one === host || (one.startsWith('*.') && host.endsWith(one.slice(1)));
  const holds = (list: readonly string[], test: (one: string) => boolean) => list.length === 0 || list.some(test);
  const headers = asked.lines.map((one) => one.toLowerCase().split(': '));
  const parameters = [...new URLSearchParams(query)];
  const hasAll = (lines: Matches['header'], given: readonly (readonly string[])[], fold: (name: string) => string) =>
    Object.values(Object.groupBy(lines, ({ name }) => fold(name))).every((ofName = []) =>
      ofName.some(({ name, value, regex }) =>
        given.some(
          ([key = '', text = '']) =>
            key === fold(name) &&
            (value.includes(text) || (regex === undefined ? value.length === 0 : new RegExp(regex).test(text))),
        ),
      ),
    );
  const ranked = routes.flatMap((route, index) => {
    const { host: hosts, hostRegex, path: paths, pathPrefix, pathRegex, method: methods, priority } = route;
    const all =
      holds(hosts, isHost) &&
      holds(hostRegex, (one) => new RegExp(one).test(host)) &&
      holds(paths, (one) => one === path) &&
      holds(pathPrefix, isUnder) &&
      holds(pathRegex, (one) => new RegExp(one).test(path)) &&
      holds(methods, (one) => one === method) &&
      holds(route.source, (one) => asked.ip.startsWith(one.slice(0, 3))) &&
      holds(route.scheme, (one) => one === asked.scheme) &&
      hasAll(route.header, headers, (name) => name.toLowerCase()) &&
      hasAll(route.queryParam, parameters, (name) => name);
    const kind = [paths, pathRegex, pathPrefix].findIndex((list) => list.length > 0);
    const longest = kind === 2 ? Math.max(...pathPrefix.filter(isUnder).map((one) => one.length)) : 0;
    const byHost = hosts.includes(host) ? 0 : hosts.length > 0 ? 1 : hostRegex.length > 0 ? 2 : 3;
    const suffix = byHost === 1 ? Math.max(...hosts.filter(isHost).map((one) => one.length)) : 0;
    const names = (lines: Matches['header']) => new Set(lines.map(({ name }) => name.toLowerCase())).size;
    const rank = [-priority, kind === -1 ? 3 : kind, -longest, byHost, -suffix, -names(route.header)];
    const flags = [
      -names(route.queryParam),
      methods.length === 0 ? 1 : 0,
      route.source.length === 0 ? 1 : 0,
      route.scheme.length === 0 ? 1 : 0,
    ];
    return all ? [{ index, rank: [...rank, ...flags, index] }] : [];
  });
  const smaller = (one: number[], other: number[]) => {
    const at = one.findIndex((value, index) => value !== other[index]);
    return at === -1 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
  };
  const best = ranked.sort((one, other) => smaller(one.rank, other.rank))[0];
  return best === undefined ? undefined : String(best.index);
}

/** So many prefixes, which nobody asks for, that they are not looked at one by one. */
const others = [undefined, ['a'], ['b.a'], ['c.b.a'], ['z'], ['*.a'], ['*.b.a']].map((host) => ({
  ...(host === undefined ? {} : { host }),
  pathPrefix: Array.from({ length: 9 }, (_, index) => `/nobody/${index}`),
}));

test('random routes: the table finds what reading them all finds', () => {
  const requests = fc.record({
    host: fc.constantFrom('a', 'b.a', 'c.b.a', 'z'),
    target: fc
      .tuple(
        fc.constantFrom('/', '/x', '/x/', '/xx', '/x/y', '/x/y/z', '/y'),
        fc.constantFrom('', '?q=1', '?p=a+b&q', '?p=a%20b', '?%71=1', '?Q=1'),
      )
      .map((parts) => parts.join('')),
    method: fc.constantFrom('GET', 'PUT', 'POST'),
    lines: fc.subarray(['X-A: 1', 'X-A: 3', 'x-b: 1', 'X-B: 23']),
    ip: fc.constantFrom('10.1.2.3', '2001:db8::1', '192.0.2.1'),
    scheme: fc.constantFrom('http' as const, 'https' as const),
  });
  fc.assert(
    fc.property(fc.array(randomRoute, { maxLength: 8 }), fc.array(requests, { maxLength: 6 }), (routes, asked) => {
      const [table, among] = [tableOf(routes), tableOf([...routes, ...others])];
      for (const one of asked) {
        assert.equal(table.match(requestOf(one))?.name, readPlainly(routes, one), JSON.stringify(one));
        assert.equal(among.match(requestOf(one))?.name, readPlainly(routes, one), `among many: ${JSON.stringify(one)}`);
      }
    }),
    { numRuns: 1000 },
  );
});

// The table against the rule it compiles: for random routes and requests it finds what a plain reading of every route
// in order finds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Asked, lineOf as line, type Matches, requestOf, tableOfMatches as tableOf } from './routes.ts';

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

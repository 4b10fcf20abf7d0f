// Routes, compiled once into a table that is asked by host and path. The shaping decision: every alternative of a route
// is an entry with a rank, its place in the order of the configuration (priority, then the exact path, the regular
// expression, the longest prefix; the exact host, the wildcard; a method; then the place in the file), and the smallest
// rank that holds wins. So the cost of a look-up is the number of labels and segments of the request, not of routes.
//
//   hosts: "shop.example" -> paths: exact "/login" -> [rank 3]   prefixes "/api" -> [rank 1, rank 7]
//          "*.example"    -> …      regexes [rank 2]             any [rank 9]
//          any host       -> …

import RE2 from 're2';
import type { RouteConfig } from '#config/schema';
import { editOfRules, type HeaderEdit } from '../http1/header-edit.ts';
import type { RouteMetrics } from '../metrics.ts';
import type { Upstream } from '../upstream/pick.ts';

/** A route as an exchange meets it. */
export interface Route {
  readonly name: string;
  readonly config: RouteConfig;
  readonly upstream: Upstream | undefined;
  readonly asksAgents: boolean;
  /** Protocols that clients may switch to, in lower case. */
  readonly upgrades: readonly string[];
  readonly bodyBytesMax: number;
  readonly exchangeMs: number;
  readonly requestEdit: HeaderEdit | undefined;
  readonly responseEdit: HeaderEdit | undefined;
  readonly metrics: RouteMetrics;
}

export interface RouteSurroundings {
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly bodyBytesMax: number;
  readonly asksAgents: (routeName: string) => boolean;
  readonly metrics: (routeName: string) => RouteMetrics;
}

export function makeRoute(config: RouteConfig, around: RouteSurroundings): Route {
  const { policies } = config;
  return {
    name: config.name,
    config,
    upstream: config.upstream === undefined ? undefined : around.upstreams.get(config.upstream),
    asksAgents: around.asksAgents(config.name),
    upgrades: upgradesOf(config),
    bodyBytesMax: policies.maxBodyBytes ?? around.bodyBytesMax,
    exchangeMs: policies.timeoutMs,
    requestEdit: editOfRules(policies.requestHeaders),
    responseEdit: editOfRules(policies.responseHeaders),
    metrics: around.metrics(config.name),
  };
}

function upgradesOf({ websocket, upgrade }: RouteConfig): string[] {
  return [...(websocket ? ['websocket'] : []), ...upgrade.map((protocol) => protocol.toLowerCase())];
}

interface Entry {
  readonly route: Route;
  readonly methods: ReadonlySet<string> | undefined;
  readonly prefixes: readonly string[]; // that must hold as well: a route with both expressions and prefixes
  rank: number;
}

class Paths {
  readonly exact = new Map<string, Entry[]>();
  readonly prefixes = new Map<string, Entry[]>();
  readonly regexes: Array<{ readonly pattern: RE2; readonly entry: Entry }> = [];
  readonly any: Entry[] = [];
  prefixLongest = 0;
}

export class RouteTable {
  readonly #byHost = new Map<string, Paths>();
  readonly #bySuffix = new Map<string, Paths>(); // `.example` for `*.example`
  readonly #anyHost = new Paths();

  constructor(routes: readonly Route[]) {
    const alternatives = routes.flatMap(alternativesOf).toSorted(bySpecificity);
    for (const [rank, alternative] of alternatives.entries()) this.#add(alternative, rank);
  }

  /** `host` in lower case without port, `path` normalised. */
  match(host: string, path: string, method: string): Route | undefined {
    let best = bestIn(this.#anyHost, path, method, undefined);
    const exact = this.#byHost.get(host);
    if (exact !== undefined) best = bestIn(exact, path, method, best);
    if (this.#bySuffix.size === 0) return best?.route;
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const wild = dot === 0 ? undefined : this.#bySuffix.get(host.slice(dot));
      if (wild !== undefined) best = bestIn(wild, path, method, best);
    }
    return best?.route;
  }

  #add({ route, host, kind, path }: Alternative, rank: number): void {
    const { method, pathPrefix } = route.config.matches;
    const methods = method.length === 0 ? undefined : new Set(method);
    const entry: Entry = { route, methods, prefixes: kind === 'regex' ? pathPrefix : [], rank };
    const paths = this.#pathsOf(host);
    if (kind === 'any') paths.any.push(entry);
    else if (kind === 'regex') paths.regexes.push({ pattern: new RE2(path, 'u'), entry });
    else if (kind === 'exact') append(paths.exact, path, entry);
    else {
      append(paths.prefixes, withoutLastSlash(path), entry);
      paths.prefixLongest = Math.max(paths.prefixLongest, path.length);
    }
  }

  #pathsOf(host: string): Paths {
    if (host === '') return this.#anyHost;
    const [table, key] = host.startsWith('*.') ? [this.#bySuffix, host.slice(1)] : [this.#byHost, host];
    const paths = table.get(key) ?? new Paths();
    table.set(key, paths);
    return paths;
  }
}

function bestIn(paths: Paths, path: string, method: string, known: Entry | undefined): Entry | undefined {
  let best = known;
  if (paths.any.length > 0) best = better(paths.any, method, best);
  if (paths.exact.size > 0) best = better(paths.exact.get(path), method, best);
  if (paths.prefixes.size > 0) best = bestPrefix(paths, path, method, best);
  for (const { pattern, entry } of paths.regexes) {
    if (best !== undefined && best.rank < entry.rank) break; // they stand in the order of their ranks
    if (allows(entry, method) && isUnder(path, entry.prefixes) && pattern.test(path)) best = entry;
  }
  return best;
}

/** Every prefix of the path that ends where a segment does: `/a/b/c`, `/a/b`, `/a`, and the empty one. */
function bestPrefix(paths: Paths, path: string, method: string, known: Entry | undefined): Entry | undefined {
  let best = better(paths.prefixes.get(''), method, known);
  for (
    let slash = path.indexOf('/', 1);
    slash !== -1 && slash <= paths.prefixLongest;
    slash = path.indexOf('/', slash + 1)
  ) {
    best = better(paths.prefixes.get(path.slice(0, slash)), method, best);
  }
  return path.length <= paths.prefixLongest ? better(paths.prefixes.get(path), method, best) : best;
}

function better(entries: readonly Entry[] | undefined, method: string, known: Entry | undefined): Entry | undefined {
  if (entries === undefined) return known;
  for (const entry of entries) {
    if (known !== undefined && known.rank < entry.rank) return known;
    if (allows(entry, method)) return entry;
  }
  return known;
}

function allows({ methods }: Entry, method: string): boolean {
  return methods === undefined || methods.has(method);
}

/** On segment boundaries: `/api` holds for `/api` and `/api/v1`, not for `/apis`. */
function isUnder(path: string, prefixes: readonly string[]): boolean {
  if (prefixes.length === 0) return true;
  return prefixes.some((prefix) => {
    const bare = withoutLastSlash(prefix);
    return path === bare || path.startsWith(`${bare}/`);
  });
}

function append(table: Map<string, Entry[]>, key: string, entry: Entry): void {
  const entries = table.get(key);
  if (entries === undefined) table.set(key, [entry]);
  else entries.push(entry);
}

function withoutLastSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

// ---- alternatives and their order

interface Alternative {
  readonly route: Route;
  readonly host: string; // '' for any
  readonly kind: 'exact' | 'regex' | 'prefix' | 'any';
  readonly path: string;
}

function alternativesOf(route: Route): Alternative[] {
  const { host } = route.config.matches;
  const hosts = host.length === 0 ? [''] : host.map((one) => one.toLowerCase());
  const paths = pathsOf(route.config.matches);
  return hosts.flatMap((one) => paths.map(([kind, path]) => ({ route, host: one, kind, path })));
}

/**
 * What a route is found by. Its kinds of path must all hold, so it is found by its narrowest: its exact paths, those for
 * which the rest holds; else its expressions, with the prefixes as a condition; else its prefixes.
 */
function pathsOf({
  path,
  pathRegex,
  pathPrefix,
}: RouteConfig['matches']): Array<readonly [Alternative['kind'], string]> {
  if (path.length > 0) {
    const patterns = pathRegex.map((pattern) => new RE2(pattern, 'u'));
    const fits = (one: string) =>
      isUnder(one, pathPrefix) && (patterns.length === 0 || patterns.some((pattern) => pattern.test(one)));
    return path.filter(fits).map((one) => ['exact', one] as const);
  }
  if (pathRegex.length > 0) return pathRegex.map((one) => ['regex', one] as const);
  if (pathPrefix.length > 0) return pathPrefix.map((one) => ['prefix', one] as const);
  return [['any', '']];
}

const kindOrder = { exact: 0, regex: 1, prefix: 2, any: 3 } as const;

function bySpecificity(one: Alternative, other: Alternative): number {
  return (
    other.route.config.priority - one.route.config.priority ||
    kindOrder[one.kind] - kindOrder[other.kind] ||
    (one.kind === 'prefix' ? other.path.length - one.path.length : 0) ||
    hostOrder(one.host) - hostOrder(other.host) ||
    other.host.length - one.host.length ||
    methodOrder(one.route) - methodOrder(other.route)
  );
}

function hostOrder(host: string): number {
  return host === '' ? 2 : host.startsWith('*.') ? 1 : 0;
}

function methodOrder({ config }: Route): number {
  return config.matches.method.length === 0 ? 1 : 0;
}

// Routes, compiled once into a table that is asked by host and path. The shaping decision: every alternative of a route
// (config/route-order.ts) is an entry with a rank, its place in the order, and the smallest rank that holds wins. So the
// cost of a look-up is the number of labels and segments of the request, not of routes; only expressions, and routes that
// share host and path, are tried one by one, and of those not the ones that the value of a header tells apart.
//
//   hosts: "shop.example" -> paths: exact "/login" -> [rank 3]   prefixes "/api" -> [rank 1, rank 7]
//          ".example"     -> …      expressions [rank 2]         any [rank 9]; x-tenant: "acme" -> [rank 5]
//          expressions    -> …
//          any host       -> …

import RE2 from 're2';
import { type Alternative, alternativesOf, bySpecificity, withoutLastSlash } from '#config/route-order';
import type { RouteConfig } from '#config/schema';
import type { RoutePlan } from '../agents/plan.ts';
import { equalsLower } from '../http1/bytes.ts';
import { editOfRules, type HeaderEdit } from '../http1/header-edit.ts';
import type { HeaderLines } from '../http1/header-lines.ts';
import type { RouteMetrics } from '../metrics.ts';
import type { Peers } from '../peers.ts';
import { ErrorPages } from '../reply/error-page.ts';
import { StaticFiles } from '../reply/static-files.ts';
import { Mirror } from '../upstream/mirror.ts';
import type { Upstream } from '../upstream/pick.ts';
import { RetryPolicy } from '../upstream/retry.ts';
import { RouteAccess } from './access.ts';
import { Redirect } from './location.ts';
import { Rewrite } from './rewrite.ts';
import { type Condition, conditionsOf, HeaderCondition, type RoutedRequest } from './route-conditions.ts';
import { withImpliedHeaders } from './security-headers.ts';
import { Split } from './split.ts';

/** A route as an exchange meets it. */
export interface Route {
  readonly name: string;
  readonly config: RouteConfig;
  readonly upstream: Upstream | undefined;
  readonly split: Split | undefined;
  readonly mirror: Mirror | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly agents: RoutePlan | undefined; // usually none is asked
  /** Protocols that clients may switch to, in lower case. */
  readonly upgrades: readonly string[];
  readonly access: RouteAccess | undefined; // usually nobody is asked anything
  readonly files: StaticFiles | undefined;
  readonly bodyBytesMax: number;
  readonly exchangeMs: number;
  readonly requestEdit: HeaderEdit | undefined;
  readonly responseEdit: HeaderEdit | undefined;
  readonly redirect: Redirect | undefined;
  readonly rewrite: Rewrite | undefined;
  readonly errorPages: ErrorPages | undefined;
  readonly logsAll: boolean; // every exchange has an access line
  readonly metrics: RouteMetrics;
}

export interface RouteSurroundings {
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly bodyBytesMax: number;
  readonly agentsFor: (routeName: string) => RoutePlan | undefined;
  readonly metrics: (routeName: string) => RouteMetrics;
  readonly peers?: Peers | undefined; // that share what is counted; without any it is counted here
}

export function makeRoute(written: RouteConfig, around: RouteSurroundings): Route {
  const config = withImpliedHeaders(written);
  const { policies } = config;
  return {
    name: config.name,
    config,
    upstream: config.upstream === undefined ? undefined : around.upstreams.get(config.upstream),
    split: Split.of(config, around.upstreams),
    mirror: Mirror.of(config, around),
    retry: config.retryPolicy === undefined ? undefined : new RetryPolicy(config.retryPolicy),
    agents: around.agentsFor(config.name),
    upgrades: upgradesOf(config),
    access: RouteAccess.of(config, around.peers),
    files: config.staticFiles === undefined ? undefined : new StaticFiles(config.staticFiles),
    bodyBytesMax: policies.maxBodyBytes ?? around.bodyBytesMax,
    exchangeMs: policies.timeoutMs,
    requestEdit: editOfRules(policies.requestHeaders),
    responseEdit: editOfRules(policies.responseHeaders),
    redirect: config.redirect === undefined ? undefined : new Redirect(config.redirect),
    rewrite: config.rewrite === undefined ? undefined : new Rewrite(config.rewrite),
    errorPages: ErrorPages.of(config.errorPages),
    logsAll: config.accessLog === 'all',
    metrics: around.metrics(config.name),
  };
}

function upgradesOf({ websocket, upgrade }: RouteConfig): string[] {
  return [...(websocket ? ['websocket'] : []), ...upgrade.map((protocol) => protocol.toLowerCase())];
}

interface Entry {
  readonly route: Route;
  readonly methods: ReadonlySet<string> | undefined;
  readonly conditions: readonly Condition[] | undefined;
  readonly rank: number;
}

/** What is found by one host and one path, in the order of ranks. */
class Entries {
  readonly tried: Entry[] = [];
  readonly byHeader: HeaderIndex[] = [];

  add(entry: Entry): void {
    const exact = entry.conditions?.find((one) => one instanceof HeaderCondition && one.values.isExact);
    if (!(exact instanceof HeaderCondition)) this.tried.push(entry);
    else this.#indexOf(exact.name).add(exact.values.exact, entry);
  }

  #indexOf(name: Buffer): HeaderIndex {
    const known = this.byHeader.find((one) => one.name.equals(name));
    if (known !== undefined) return known;
    const index = new HeaderIndex(name);
    this.byHeader.push(index);
    return index;
  }

  /** The first that holds, if it stands before `known`. */
  best(request: RoutedRequest, known: Entry | undefined): Entry | undefined {
    const best = firstOf(this.tried, request, known);
    return this.byHeader.length === 0 ? best : this.#bestByHeader(request, best);
  }

  #bestByHeader(request: RoutedRequest, known: Entry | undefined): Entry | undefined {
    let best = known;
    for (const index of this.byHeader) best = index.best(request, best);
    return best;
  }
}

/** Entries that ask for values of one header, by value: ten thousand tenants on one host cost what one costs. */
class HeaderIndex {
  readonly name: Buffer;
  readonly #byValue = new Map<string, Entry[]>();

  constructor(name: Buffer) {
    this.name = name;
  }

  add(values: Iterable<string>, entry: Entry): void {
    for (const value of values) append(this.#byValue, value, entry);
  }

  best(request: RoutedRequest, known: Entry | undefined): Entry | undefined {
    const { lines }: { lines: HeaderLines } = request.head;
    let best = known;
    for (let index = 0; index < lines.count; index += 1) {
      if (!equalsLower(lines.bytes, lines.nameStart(index), lines.nameEnd(index), this.name)) continue;
      const entries = this.#byValue.get(lines.value(index));
      if (entries !== undefined) best = firstOf(entries, request, best);
    }
    return best;
  }
}

interface Prefix {
  readonly prefix: string;
  readonly entries: Entries;
}

class Paths {
  readonly exact = new Map<string, Entries>();
  readonly prefixes = new Map<string, Entries>();
  readonly regexes: Array<{ readonly pattern: RE2; readonly entry: Entry }> = [];
  readonly any = new Entries();
  readonly #few: Prefix[] = []; // all of them, where they are few
  prefixLongest = 0;
  #hasAny = false;

  add({ kind, path }: Alternative, entry: Entry): void {
    this.#hasAny ||= kind === 'any';
    if (kind === 'any') this.any.add(entry);
    else if (kind === 'regex') this.regexes.push({ pattern: new RE2(path, 'u'), entry });
    else if (kind === 'exact') entriesOf(this.exact, path).add(entry);
    else {
      this.#addPrefix(withoutLastSlash(path), entry);
      this.prefixLongest = Math.max(this.prefixLongest, path.length);
    }
  }

  #addPrefix(prefix: string, entry: Entry): void {
    const before = this.prefixes.size;
    const entries = entriesOf(this.prefixes, prefix);
    entries.add(entry);
    if (this.prefixes.size > before && before < fewPrefixes) this.#few.push({ prefix, entries });
  }

  best(request: RoutedRequest, known: Entry | undefined): Entry | undefined {
    let best = this.#hasAny ? this.any.best(request, known) : known;
    if (this.exact.size > 0) best = this.exact.get(request.path)?.best(request, best) ?? best;
    if (this.prefixes.size > fewPrefixes) best = this.#bestPrefix(request, best);
    else if (this.prefixes.size > 0) best = this.#bestOfFew(request, best);
    return this.regexes.length === 0 ? best : this.#bestRegex(request, best);
  }

  #bestRegex(request: RoutedRequest, best: Entry | undefined): Entry | undefined {
    for (const { pattern, entry } of this.regexes) {
      if (best !== undefined && best.rank < entry.rank) break; // they stand in the order of their ranks
      if (allows(entry, request) && pattern.test(request.path)) return entry;
    }
    return best;
  }

  /** Looked at one by one: a look into the table makes a string and its hash (get-1k: 0.25 us). */
  #bestOfFew(request: RoutedRequest, known: Entry | undefined): Entry | undefined {
    const { path } = request;
    let best = known;
    for (let index = 0; index < this.#few.length; index += 1) {
      const { prefix, entries } = this.#few[index] as Prefix;
      if (isPrefixOf(prefix, path)) best = entries.best(request, best);
    }
    return best;
  }

  /** Every prefix of the path that ends where a segment does: `/a/b/c`, `/a/b`, `/a`, and the empty one. */
  #bestPrefix(request: RoutedRequest, known: Entry | undefined): Entry | undefined {
    const { path } = request;
    let best = this.prefixes.get('')?.best(request, known) ?? known;
    for (
      let slash = path.indexOf('/', 1);
      slash !== -1 && slash <= this.prefixLongest;
      slash = path.indexOf('/', slash + 1)
    ) {
      best = this.prefixes.get(path.slice(0, slash))?.best(request, best) ?? best;
    }
    return path.length <= this.prefixLongest ? (this.prefixes.get(path)?.best(request, best) ?? best) : best;
  }
}

const fewPrefixes = 8;

/** True if it is one that ends where a segment does. */
function isPrefixOf(prefix: string, path: string): boolean {
  const { length } = prefix;
  if (length === 0 || length === path.length) return length === 0 || prefix === path;
  return path.charCodeAt(length) === slashCode && path.startsWith(prefix);
}

const slashCode = 0x2f;

export class RouteTable {
  readonly #byHost = new Map<string, Paths>();
  readonly #bySuffix = new Map<string, Paths>(); // `.example` for `*.example`
  readonly #byRegex = new Map<string, { readonly pattern: RE2; readonly paths: Paths; readonly rankLeast: number }>();
  readonly #anyHost = new Paths();
  #hasAnyHost = false;

  constructor(routes: readonly Route[]) {
    const alternatives = routes.flatMap((route) => alternativesOf(route)).toSorted(bySpecificity);
    const compiled = new Map<string, Omit<Entry, 'rank'>>();
    for (const [rank, alternative] of alternatives.entries()) {
      const entry = { ...compileOnce(compiled, alternative), rank };
      this.#pathsOf(alternative, rank).add(alternative, entry);
    }
  }

  match(request: RoutedRequest): Route | undefined {
    const { host } = request;
    let best = this.#hasAnyHost ? this.#anyHost.best(request, undefined) : undefined;
    if (this.#byHost.size > 0) best = this.#byHost.get(host)?.best(request, best) ?? best;
    if (this.#bySuffix.size > 0) best = this.#bestSuffix(request, best);
    if (this.#byRegex.size > 0) best = this.#bestRegex(request, best);
    return best?.route;
  }

  #bestSuffix(request: RoutedRequest, known: Entry | undefined): Entry | undefined {
    const { host } = request;
    let best = known;
    for (let dot = host.indexOf('.', 1); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      best = this.#bySuffix.get(host.slice(dot))?.best(request, best) ?? best;
    }
    return best;
  }

  /** Each expression in turn, but those under which all routes stand behind what has been found. */
  #bestRegex(request: RoutedRequest, known: Entry | undefined): Entry | undefined {
    let best = known;
    for (const { pattern, paths, rankLeast } of this.#byRegex.values()) {
      if (best !== undefined && best.rank < rankLeast) continue;
      if (pattern.test(request.host)) best = paths.best(request, best);
    }
    return best;
  }

  #pathsOf({ hostKind, host }: Alternative, rank: number): Paths {
    this.#hasAnyHost ||= hostKind === 'any';
    if (hostKind === 'any') return this.#anyHost;
    if (hostKind === 'regex') {
      const known = this.#byRegex.get(host) ?? { pattern: new RE2(host, 'u'), paths: new Paths(), rankLeast: rank };
      this.#byRegex.set(host, known);
      return known.paths;
    }
    const table = hostKind === 'suffix' ? this.#bySuffix : this.#byHost;
    const paths = table.get(host) ?? new Paths();
    table.set(host, paths);
    return paths;
  }
}

/** A route of a hundred hosts asks the same of a request under each of them. */
function compileOnce(known: Map<string, Omit<Entry, 'rank'>>, alternative: Alternative<Route>): Omit<Entry, 'rank'> {
  const { route, kind, hostKind } = alternative;
  const key = `${kind} ${hostKind} ${route.name}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const { method } = route.config.matches;
  const conditions = conditionsOf(alternative);
  const fresh = {
    route,
    methods: method.length === 0 ? undefined : new Set(method),
    conditions: conditions.length === 0 ? undefined : conditions,
  };
  known.set(key, fresh);
  return fresh;
}

function firstOf(entries: readonly Entry[], request: RoutedRequest, known: Entry | undefined): Entry | undefined {
  for (const entry of entries) {
    if (known !== undefined && known.rank < entry.rank) return known;
    if (allows(entry, request)) return entry;
  }
  return known;
}

function allows({ methods, conditions }: Entry, request: RoutedRequest): boolean {
  if (methods !== undefined && !methods.has(request.head.method)) return false;
  if (conditions === undefined) return true;
  for (const condition of conditions) if (!condition.holds(request)) return false;
  return true;
}

function entriesOf(table: Map<string, Entries>, key: string): Entries {
  const known = table.get(key);
  if (known !== undefined) return known;
  const entries = new Entries();
  table.set(key, entries);
  return entries;
}

function append(table: Map<string, Entry[]>, key: string, entry: Entry): void {
  const entries = table.get(key);
  if (entries === undefined) table.set(key, [entry]);
  else entries.push(entry);
}

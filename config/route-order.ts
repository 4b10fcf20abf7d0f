// The order in which routes are tried, in one place for the proxy that matches and for `check` that says what can never
// match: priority; the exact path, the expression, the longest prefix, any path; the exact host, the longest wildcard,
// an expression, any host; more headers, more query parameters, a method, a source, a scheme; the place in the file. A route is
// found in several ways, one per host and path it names: its *alternatives*, each with a place of its own in the order.

import RE2 from 're2';
import type { RouteConfig } from './schema.ts';

export type Matches = RouteConfig['matches'];

/** What is needed of a route; the proxy hands in its own with more in it. */
export interface Orderable {
  readonly config: Pick<RouteConfig, 'priority' | 'matches'>;
}

export interface Alternative<R extends Orderable = Orderable> {
  readonly route: R;
  readonly hostKind: 'exact' | 'suffix' | 'regex' | 'any';
  readonly host: string; // in lower case; `.example` for `*.example`
  readonly kind: 'exact' | 'regex' | 'prefix' | 'any';
  readonly path: string;
}

export function alternativesOf<R extends Orderable>(route: R): Alternative<R>[] {
  const paths = pathsOf(route.config.matches);
  return hostsOf(route.config.matches).flatMap(([hostKind, host]) =>
    paths.map(([kind, path]) => ({ route, hostKind, host, kind, path })),
  );
}

/** By the hosts that are named; an expression beside them must hold as well. */
function hostsOf({ host, hostRegex }: Matches): Array<readonly [Alternative['hostKind'], string]> {
  if (host.length > 0) {
    return host.map((one) =>
      one.startsWith('*.') ? ['suffix', one.slice(1).toLowerCase()] : ['exact', one.toLowerCase()],
    );
  }
  return hostRegex.length > 0 ? hostRegex.map((one) => ['regex', one]) : [['any', '']];
}

/**
 * What a route is found by. Its kinds of path must all hold, so it is found by its narrowest: its exact paths, those for
 * which the rest holds; else its expressions, with the prefixes as a condition; else its prefixes.
 */
function pathsOf({ path, pathRegex, pathPrefix }: Matches): Array<readonly [Alternative['kind'], string]> {
  if (path.length > 0) {
    const patterns = pathRegex.map((pattern) => new RE2(pattern, 'u'));
    const fits = (one: string) =>
      isUnderAny(one, pathPrefix) && (patterns.length === 0 || patterns.some((pattern) => pattern.test(one)));
    return path.filter(fits).map((one) => ['exact', one] as const);
  }
  if (pathRegex.length > 0) return pathRegex.map((one) => ['regex', one] as const);
  if (pathPrefix.length > 0) return pathPrefix.map((one) => ['prefix', one] as const);
  return [['any', '']];
}

/** True without any prefixes, too: then there is no such condition. */
export function isUnderAny(path: string, prefixes: readonly string[]): boolean {
  return prefixes.length === 0 || prefixes.some((prefix) => isUnder(path, prefix));
}

/** On segment boundaries: `/api` holds for `/api` and `/api/v1`, not for `/apis`. */
export function isUnder(path: string, prefix: string): boolean {
  const bare = withoutLastSlash(prefix);
  return path.startsWith(bare) && (path.length === bare.length || path.charCodeAt(bare.length) === 0x2f);
}

export function withoutLastSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Below 0: the first is tried before the second. 0: their places in the file decide. */
export function bySpecificity(one: Alternative, other: Alternative): number {
  return (
    other.route.config.priority - one.route.config.priority ||
    kindOrder[one.kind] - kindOrder[other.kind] ||
    (one.kind === 'prefix' ? other.path.length - one.path.length : 0) ||
    hostOrder[one.hostKind] - hostOrder[other.hostKind] ||
    (one.hostKind === 'suffix' ? other.host.length - one.host.length : 0) ||
    byConditions(one.route.config.matches, other.route.config.matches)
  );
}

const kindOrder = { exact: 0, regex: 1, prefix: 2, any: 3 } as const;
const hostOrder = { exact: 0, suffix: 1, regex: 2, any: 3 } as const;

function byConditions(one: Matches, other: Matches): number {
  return (
    namesIn(other.header, toLower) - namesIn(one.header, toLower) ||
    namesIn(other.queryParam, asWritten) - namesIn(one.queryParam, asWritten) ||
    Math.sign(other.method.length) - Math.sign(one.method.length) ||
    Math.sign(other.source.length) - Math.sign(one.source.length) ||
    Math.sign(other.scheme.length) - Math.sign(one.scheme.length)
  );
}

/** Lines of one name are alternatives, so they count as one. */
function namesIn(lines: Matches['header'], folded: (name: string) => string): number {
  return lines.length < 2 ? lines.length : new Set(lines.map(({ name }) => folded(name))).size;
}

const toLower = (name: string): string => name.toLowerCase(); // header names have no case (RFC 9110 section 5.1)
const asWritten = (name: string): string => name;

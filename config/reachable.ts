// Routes that no request can ever reach, because one that is tried before takes all of theirs. Pure set reasoning over
// what the matchers say, on the order that the proxy really tries them in (`route-order.ts`); expressions are compared
// as texts only. It errs on the side of silence, and what it costs is bounded: pairs beyond the bound are not looked at.

import { configurationLimits } from './limits.ts';
import { contains, type Network, parseNetwork } from './network.ts';
import { type Alternative, alternativesOf, bySpecificity, isUnder, type Matches } from './route-order.ts';
import type { RouteConfig } from './schema.ts';

export interface Shadowed {
  readonly index: number; // in the configuration
  readonly taker: number;
}

/** `routes` may have holes, for those that could not be read entirely. */
export function shadowedRoutes(routes: ReadonlyArray<RouteConfig | undefined>): Shadowed[] {
  const ranked = routes.flatMap((route, index) => (route === undefined ? [] : [rankedOf(route, index)]));
  ranked.sort((one, other) => byOrder(one.first, one.index, other.first, other.index));
  const alike = new Map<string, Ranked>();
  let budget = configurationLimits.routeComparisonsMax;
  return ranked.flatMap((one, rank) => {
    const key = `${one.route.priority} ${JSON.stringify(one.route.matches)}`;
    let taker = alike.get(key);
    for (let at = 0; taker === undefined && at < rank && budget > 0; at += 1, budget -= 1) {
      const before = ranked[at];
      if (before !== undefined && covers(before, one)) taker = before;
    }
    alike.set(key, taker ?? one);
    return taker === undefined ? [] : [{ index: one.index, taker: taker.index }];
  });
}

interface Ranked {
  readonly route: RouteConfig;
  readonly index: number;
  readonly first: Alternative | undefined; // the alternative that is tried first; none if its kinds of path exclude each other
  readonly last: Alternative | undefined;
  readonly sources: readonly Network[];
}

function rankedOf(route: RouteConfig, index: number): Ranked {
  const alternatives = alternativesOf({ config: route }).toSorted(bySpecificity);
  const sources = route.matches.source.map(parseNetwork).filter((one) => typeof one !== 'string');
  return { route, index, first: alternatives[0], last: alternatives.at(-1), sources };
}

function byOrder(one: Alternative | undefined, index: number, other: Alternative | undefined, place: number): number {
  return (one === undefined || other === undefined ? 0 : bySpecificity(one, other)) || index - place;
}

/** Every request of the second is one of the first, however it is found, and the first is asked before. */
function covers(one: Ranked, other: Ranked): boolean {
  if (one.last === undefined || other.first === undefined) return false;
  const [broad, narrow] = [one.route.matches, other.route.matches];
  return (
    byOrder(one.last, one.index, other.first, other.index) < 0 &&
    coversBy(broad.method, narrow.method, isSame) &&
    coversHost(broad, narrow) &&
    coversPath(broad, narrow) &&
    coversBy(one.sources, other.sources, contains) &&
    coversBy(broad.scheme, narrow.scheme, isSame) &&
    coversNamed(broad.header, narrow.header, (name) => name.toLowerCase()) &&
    coversNamed(broad.queryParam, narrow.queryParam, (name) => name)
  );
}

function coversHost(broad: Matches, narrow: Matches): boolean {
  return coversBy(broad.host, narrow.host, isHostOf) && coversBy(broad.hostRegex, narrow.hostRegex, isSame);
}

/** Each kind of path that the first asks for must follow from one that the second asks for. */
function coversPath(broad: Matches, narrow: Matches): boolean {
  return (
    coversBy(broad.path, narrow.path, isSame) &&
    (broad.pathPrefix.length === 0 ||
      coversBy(broad.pathPrefix, narrow.path, isPrefixOf) ||
      coversBy(broad.pathPrefix, narrow.pathPrefix, isPrefixOf)) &&
    coversBy(broad.pathRegex, narrow.pathRegex, isSame)
  );
}

function coversBy<T>(broad: readonly T[], narrow: readonly T[], test: (broad: T, narrow: T) => boolean): boolean {
  if (broad.length === 0) return true;
  return narrow.length > 0 && narrow.every((one) => broad.some((other) => test(other, one)));
}

function isSame(broad: string, narrow: string): boolean {
  return broad === narrow;
}

function isPrefixOf(broad: string, narrow: string): boolean {
  return isUnder(narrow, broad);
}

function isHostOf(written: string, other: string): boolean {
  const [broad, narrow] = [written.toLowerCase(), other.toLowerCase()];
  return broad === narrow || (broad.startsWith('*.') && narrow.endsWith(broad.slice(1)));
}

type Lines = Matches['header'];

/** For each name the first asks for: the second asks for it as well, and every alternative of it is one of the first's. */
function coversNamed(broad: Lines, narrow: Lines, folded: (name: string) => string): boolean {
  return broad.every(({ name }) => {
    const ofName = (line: Lines[number]) => folded(line.name) === folded(name);
    const [wide, strict] = [broad.filter(ofName), narrow.filter(ofName)];
    return strict.length > 0 && strict.every((line) => coversLine(wide, line));
  });
}

function coversLine(wide: Lines, { value, regex }: Lines[number]): boolean {
  if (wide.some((line) => line.value.length === 0 && line.regex === undefined)) return true; // that it is there is enough
  if (value.length === 0 && regex === undefined) return false;
  const hasValue = (one: string) => wide.some((line) => line.value.includes(one));
  return value.every(hasValue) && (regex === undefined || wide.some((line) => line.regex === regex));
}

// A route with several upstreams: which of them an exchange is for, decided once, before anybody is asked about it. In
// this order: the upstream that the request asks for by a header or cookie, the one that the client has been with, one
// by weight. One shape for splits and canaries: a canary is an upstream of little or no weight that some ask for.

import type { RouteConfig } from '#config/schema';
import type { HeaderLines } from '../http1/header-lines.ts';
import { hashText, shareOf } from '../upstream/hash.ts';
import type { Upstream } from '../upstream/pick.ts';
import { cookieOf, headerOf } from './cookies.ts';

/** Why a request of a split went where it went, as the access line says it. */
export type ChosenBy = 'header' | 'cookie' | 'sticky' | 'weight';

export interface Choice {
  readonly upstream: Upstream | undefined;
  readonly by: ChosenBy;
  readonly line: string; // for the reply, or ''
}

type SplitConfig = NonNullable<RouteConfig['split']>;

interface Branch {
  readonly upstream: Upstream | undefined;
  readonly weight: number;
  readonly headers: readonly Forcing[];
  readonly cookies: readonly Forcing[];
  readonly choices: Readonly<Record<ChosenBy, Choice>>;
}

interface Forcing {
  readonly name: string;
  readonly lowerName: Buffer;
  readonly values: ReadonlySet<string>; // empty: any
}

export class Split {
  readonly #branches: readonly Branch[];
  readonly #byName: ReadonlyMap<string, Branch>; // those that a client may stay with
  readonly #sum: number;
  readonly #routeName: string;
  readonly #sticky: SplitConfig['sticky'];
  readonly #chance: () => number;

  static of(
    { name, split }: RouteConfig,
    upstreams: ReadonlyMap<string, Upstream>,
    chance: () => number = Math.random,
  ): Split | undefined {
    return split === undefined ? undefined : new Split(name, split, upstreams, chance);
  }

  private constructor(
    routeName: string,
    config: SplitConfig,
    upstreams: ReadonlyMap<string, Upstream>,
    chance: () => number,
  ) {
    this.#branches = config.upstream.map((one) => branchOf(one, upstreams.get(one.name), config, routeName));
    const named = this.#branches.map((branch, index) => [config.upstream[index]?.name ?? '', branch] as const);
    this.#byName = new Map(named.filter(([, { weight }]) => weight > 0));
    this.#sum = this.#branches.reduce((sum, { weight }) => sum + weight, 0);
    this.#routeName = routeName;
    this.#sticky = config.sticky;
    this.#chance = chance;
  }

  choose({ head: { lines }, sender }: Splittable): Choice {
    return this.#asked(lines) ?? this.#stayed(lines, sender.ip) ?? this.#byWeight(this.#chance()).choices.weight;
  }

  #asked(lines: HeaderLines): Choice | undefined {
    for (const { headers, cookies, choices } of this.#branches) {
      for (const { lowerName, values } of headers) if (holds(values, headerOf(lines, lowerName))) return choices.header;
      for (const { name, values } of cookies) if (holds(values, cookieOf(lines, name))) return choices.cookie;
    }
    return undefined;
  }

  /** A cookie that names nothing, or what takes nobody any more (weight 0), is as none. */
  #stayed(lines: HeaderLines, ip: string): Choice | undefined {
    if (this.#sticky === 'off') return undefined;
    if (this.#sticky === 'client')
      return this.#byWeight(shareOf(hashText(this.#routeName, hashText(ip)))).choices.sticky;
    return this.#byName.get(cookieOf(lines, stickyCookieOf(this.#routeName)) ?? '')?.choices.sticky;
  }

  /** `share` is from 0 to below 1. */
  #byWeight(share: number): Branch {
    let left = share * this.#sum;
    let last = this.#branches[0] as Branch;
    for (const branch of this.#branches) {
      if (branch.weight === 0) continue;
      last = branch;
      left -= branch.weight;
      if (left < 0) break;
    }
    return last;
  }
}

/** What a choice depends on; an exchange is one. */
export interface Splittable {
  readonly head: { readonly lines: HeaderLines };
  readonly sender: { readonly ip: string };
}

function holds(values: ReadonlySet<string>, value: string | undefined): boolean {
  return value !== undefined && (values.size === 0 || values.has(value));
}

function branchOf(
  { name, weight, header, cookie }: SplitConfig['upstream'][number],
  upstream: Upstream | undefined,
  { sticky }: SplitConfig,
  routeName: string,
): Branch {
  const line =
    sticky === 'cookie' ? `Set-Cookie: ${stickyCookieOf(routeName)}=${name}; Path=/; HttpOnly; SameSite=Lax\r\n` : '';
  const choice = (by: ChosenBy): Choice => ({ upstream, by, line: by === 'weight' ? line : '' });
  return {
    upstream,
    weight,
    headers: header.map(forcingOf),
    cookies: cookie.map(forcingOf),
    choices: {
      header: choice('header'),
      cookie: choice('cookie'),
      sticky: choice('sticky'),
      weight: choice('weight'),
    },
  };
}

/** Not signed: it leads to what every client may be led to anyway. A session cookie, so a new visit is a new chance. */
const stickyCookieOf = (routeName: string): string => `sentinel-split-${routeName}`;

function forcingOf({ name, value }: SplitConfig['upstream'][number]['header'][number]): Forcing {
  return { name, lowerName: Buffer.from(name.toLowerCase(), 'latin1'), values: new Set(value) };
}

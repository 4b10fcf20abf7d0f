// Which origins' pages may read the replies of a route (the CORS protocol of the Fetch standard, section 3.2). Every
// answer is made when the route is: a request looks one up by its Origin. The upstream's own CORS headers are replaced
// where an Origin is sent, so that there is one policy. It refuses to echo an origin that nobody wrote down.

import type { RouteConfig } from '#config/schema';
import type { HeaderRules, Mutation } from '../http1/header-edit.ts';
import type { GuardedRequest } from './guarded-request.ts';
import { headerName, valueNamed } from './named-header.ts';

export type CorsConfig = NonNullable<RouteConfig['policies']['cors']>;

export class Cors {
  readonly #isForAll: boolean;
  readonly #granted = new Map<string, readonly Mutation[]>(); // by origin
  readonly #preflights = new Map<string, readonly Mutation[]>(); // by origin

  constructor(config: CorsConfig) {
    this.#isForAll = config.origins.includes('*');
    for (const origin of config.origins) {
      this.#granted.set(origin, grantTo(origin, config));
      this.#preflights.set(origin, [...grantTo(origin, config), ...preflightLines(config)]);
    }
  }

  /** Puts what the client is told on the exchange; a preflight is marked, and answered when its turn comes. */
  apply(exchange: GuardedRequest): void {
    const { lines, method } = exchange.head;
    const origin = valueNamed(lines, originHeader);
    if (origin === undefined) return;
    exchange.isPreflight = method === 'OPTIONS' && valueNamed(lines, requestMethodHeader) !== undefined;
    const answers = exchange.isPreflight ? this.#preflights : this.#granted;
    exchange.responseMutations = answers.get(this.#isForAll ? '*' : origin) ?? notGranted;
  }
}

const originHeader = headerName('origin');
const requestMethodHeader = headerName('access-control-request-method');

/** What only the proxy says on a route with `cors`. */
const spoken = [
  'Access-Control-Allow-Origin',
  'Access-Control-Allow-Credentials',
  'Access-Control-Allow-Methods',
  'Access-Control-Allow-Headers',
  'Access-Control-Expose-Headers',
  'Access-Control-Max-Age',
];

const notGranted: readonly Mutation[] = spoken.map((name) => ({ op: 'remove', name, value: '' }));

function grantTo(origin: string, { credentials, exposeHeaders }: CorsConfig): readonly Mutation[] {
  return [
    ...notGranted,
    line('Access-Control-Allow-Origin', origin),
    ...(credentials ? [line('Access-Control-Allow-Credentials', 'true')] : []),
    ...(exposeHeaders.length > 0 ? [line('Access-Control-Expose-Headers', exposeHeaders.join(', '))] : []),
  ];
}

function preflightLines({ methods, headers, maxAgeMs }: CorsConfig): readonly Mutation[] {
  return [
    line('Access-Control-Allow-Methods', (methods.length === 0 ? safeMethods : methods).join(', ')),
    ...(headers.length > 0 ? [line('Access-Control-Allow-Headers', headers.join(', '))] : []),
    line('Access-Control-Max-Age', String(Math.floor(maxAgeMs / 1000))),
  ];
}

const line = (name: string, value: string): Mutation => ({ op: 'add', name, value });

const safeMethods = ['GET', 'HEAD', 'POST'];

/** Caches are told that the origin matters, in every reply of the route, where it does. */
export function varyForCors({ origins }: CorsConfig): HeaderRules {
  return { remove: [], set: {}, add: origins.includes('*') ? {} : { Vary: 'Origin' } };
}

// What a route asks of a client before anybody works for it, in one order: its address, its rate, its password, a place
// among those in flight. Cheap questions come first, and who is refused by one is not asked the next. Made when the route
// is; a route that asks nothing has none of this, and its requests pay one comparison. It refuses to write: refusals are
// returned, headers for the reply are put on the exchange.

import type { RouteConfig } from '#config/schema';
import type { Mutation } from '../http1/header-edit.ts';
import { Levels } from '../levels.ts';
import type { Peers } from '../peers.ts';
import type { Refusal } from '../reply/refusals.ts';
import { AccessLists } from './access-lists.ts';
import { BasicAuth } from './basic-auth.ts';
import { Cors } from './cors.ts';
import type { GuardedRequest } from './guarded-request.ts';
import { RateLimit } from './rate-limit.ts';
import { strictTransport } from './security-headers.ts';

type Verdict = Refusal | Promise<Refusal | undefined> | undefined;

export class RouteAccess {
  readonly rateLimit: RateLimit | undefined;
  readonly #lists: AccessLists | undefined;
  readonly #cors: Cors | undefined;
  readonly #basicAuth: BasicAuth | undefined;
  readonly #inFlightMax: number;
  readonly #inFlight: Levels;
  readonly #strictTransport: Mutation | undefined;

  /** `undefined`: the route asks nothing. */
  static of(config: RouteConfig, peers?: Peers): RouteAccess | undefined {
    const { allow, deny, basicAuth, policies } = config;
    const { rateLimit, maxInFlight, cors, securityHeaders } = policies;
    const asksNothing =
      allow.length === 0 &&
      deny.length === 0 &&
      (basicAuth ?? rateLimit ?? maxInFlight ?? cors ?? strictTransport(securityHeaders)) === undefined;
    return asksNothing ? undefined : new RouteAccess(config, peers);
  }

  private constructor(config: RouteConfig, peers?: Peers) {
    const { rateLimit, maxInFlight = Infinity, cors, securityHeaders } = config.policies;
    this.#lists = AccessLists.of(config);
    this.#cors = cors === undefined ? undefined : new Cors(cors);
    this.rateLimit = rateLimit === undefined ? undefined : new RateLimit(rateLimit, config.name, peers);
    this.#basicAuth = config.basicAuth === undefined ? undefined : new BasicAuth(config.basicAuth);
    this.#inFlightMax = maxInFlight;
    this.#inFlight = new Levels(`in-flight ${config.name}`, maxInFlight, maxInFlight === Infinity ? undefined : peers);
    this.#strictTransport = strictTransport(securityHeaders);
  }

  check(exchange: GuardedRequest): Verdict {
    if (this.#lists?.admits(exchange.sender.ip) === false) return { code: 'address-denied', error: 'by the route' };
    this.#cors?.apply(exchange);
    if (this.#strictTransport !== undefined && exchange.sender.scheme === 'https')
      exchange.responseMutations = [...exchange.responseMutations, this.#strictTransport];
    const turn = this.rateLimit?.check(exchange);
    if (turn instanceof Promise) return turn.then(() => this.#checkPassword(exchange));
    return turn ?? this.#checkPassword(exchange);
  }

  leave(exchange: GuardedRequest): void {
    exchange.isInRoute = false;
    this.#inFlight.change(all, -1);
  }

  /** Browsers send no credentials with a preflight. */
  #checkPassword(exchange: GuardedRequest): Verdict {
    if (exchange.isClosed || exchange.isPreflight || this.#basicAuth === undefined) return this.#enter(exchange);
    const verdict = this.#basicAuth.check(exchange);
    if (verdict instanceof Promise) return verdict.then((refusal) => refusal ?? this.#enter(exchange));
    return verdict ?? this.#enter(exchange);
  }

  #enter(exchange: GuardedRequest): Refusal | undefined {
    if (exchange.isClosed || this.#inFlightMax === Infinity) return undefined; // it left while it waited
    const inFlight = this.#inFlight.everywhere(all);
    if (inFlight >= this.#inFlightMax) return { code: 'route-busy', error: `${inFlight} are in flight` };
    this.#inFlight.change(all, 1);
    exchange.isInRoute = true;
    return undefined;
  }
}

const all = ''; // one count for the route

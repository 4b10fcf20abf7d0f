// A few of the exchanges that the proxy refused of late, for people who ask what is being refused and why. The access log
// has all of them; this is a sample, bounded in number and in pace, so that a flood of refusals costs nothing more. What
// clients chose is cut short, and the query is left out: it is where secrets stand.

import { adminLimits } from '#config/limits';

export interface RefusalSeen {
  readonly at: number; // milliseconds since 1970
  readonly id: string;
  readonly reason: string;
  readonly status: number;
  readonly route: string; // '': none
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly client: string;
  readonly detail: string;
}

/** What of an exchange is looked at. */
export interface RefusedExchange {
  readonly id: string;
  readonly refusal: string | undefined;
  readonly status: number;
  readonly route: { readonly name: string } | undefined;
  readonly head: { readonly method: string };
  readonly host: string;
  readonly target: string;
  readonly sender: { readonly ip: string };
  readonly error: string | undefined;
}

export class RefusalSample {
  readonly #seen: RefusalSeen[] = [];
  #seenMs = -Infinity;

  /** Most are not looked at: one in so many milliseconds. */
  offer(exchange: RefusedExchange, nowMs: number): void {
    if (nowMs - this.#seenMs < adminLimits.refusalEveryMs) return;
    this.#seenMs = nowMs;
    this.#seen.push(seenOf(exchange));
    if (this.#seen.length > adminLimits.refusalsMax) this.#seen.shift();
  }

  /** Oldest first. */
  get seen(): readonly RefusalSeen[] {
    return this.#seen;
  }
}

function seenOf(exchange: RefusedExchange): RefusalSeen {
  const { id, refusal = 'internal', status, route, head, host, target, sender, error = '' } = exchange;
  const queryAt = target.indexOf('?');
  return {
    at: Date.now(),
    id,
    reason: refusal,
    status,
    route: route?.name ?? '',
    method: short(head.method),
    host: short(host),
    path: short(queryAt === -1 ? target : target.slice(0, queryAt)),
    client: sender.ip,
    detail: short(error),
  };
}

function short(text: string): string {
  const most = adminLimits.refusalCharactersMax;
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

// Connections that are closed at a bound, for people who ask why a client is not served: a line at most once a second, with
// how many have been turned away since the last one, because whoever floods us must not fill the log too. What was turned
// away in all is a figure (sentinel_connections_refused_total). It refuses to close anything.

import { systemLimits } from '#config/limits';
import type { Logger } from '#config/log';
import type { RefusedConnection } from './metrics.ts';

export class TurnedAway {
  readonly #log: Pick<Logger, 'warn'>;
  readonly #now: () => number;
  #toldMs = -Infinity;
  #untold = 0;

  constructor(log: Pick<Logger, 'warn'>, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** `client`: its address, where it is known that early. */
  add(listener: string, reason: RefusedConnection, client: string | undefined): void {
    this.#untold += 1;
    const now = this.#now();
    if (now - this.#toldMs < systemLimits.turnedAwayLineMs) return;
    this.#log.warn('connections-refused', { listener, reason, client, connections: this.#untold });
    this.#toldMs = now;
    this.#untold = 0;
  }
}

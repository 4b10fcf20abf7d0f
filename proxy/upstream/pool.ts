// The connections of one target that rest, the latest used first: those still warm are used, the others grow old and are
// closed. Bounded in number and in age. What happens to a connection that rests (it ends, its time is up, bytes come that
// nobody asked for) means the same: it goes.

import type { Address } from '#config/value';
import { type Surroundings, UpstreamConnection, type UpstreamOwner } from './connection.ts';

export interface PoolBounds {
  readonly idleMax: number;
  readonly idleMs: number;
}

export class Pool {
  readonly #address: Address;
  readonly #bounds: PoolBounds;
  readonly #around: Surroundings;
  readonly #resting: UpstreamConnection[] = [];

  constructor(address: Address, bounds: PoolBounds, around: Surroundings) {
    this.#address = address;
    this.#bounds = bounds;
    this.#around = around;
  }

  get restingCount(): number {
    return this.#resting.length;
  }

  /** One that has rested no longer than `restedMsMax`, for this owner. */
  take(owner: UpstreamOwner, restedMsMax: number): UpstreamConnection | undefined {
    const connection = this.#resting.at(-1);
    if (connection === undefined) return undefined;
    if (restedMsMax !== Infinity && this.#around.timers.nowMs - connection.restingSinceMs > restedMsMax)
      return undefined;
    this.#resting.pop();
    connection.take(owner);
    return connection;
  }

  open(owner: UpstreamOwner): UpstreamConnection {
    return new UpstreamConnection(this.#address, this.#around, owner, (connection) => this.#discard(connection));
  }

  /** Its exchange is over and in order. */
  put(connection: UpstreamConnection): void {
    connection.owner = undefined;
    if (connection.isGone || this.#bounds.idleMax === 0) return connection.destroy();
    // Full: the one that has rested longest goes. Keeping it instead would fill the pool with connections too old for
    // requests that must not be sent twice, and each of those would open one of its own (seen: 20 POSTs, 20 connections).
    if (this.#resting.length >= this.#bounds.idleMax) this.#resting.shift()?.destroy();
    connection.restingSinceMs = this.#around.timers.nowMs;
    connection.deadline.set(this.#bounds.idleMs);
    connection.expectHead();
    this.#resting.push(connection);
  }

  close(): void {
    for (const connection of this.#resting.splice(0)) connection.destroy();
  }

  #discard(connection: UpstreamConnection): void {
    const index = this.#resting.indexOf(connection);
    if (index !== -1) this.#resting.splice(index, 1);
    connection.destroy();
  }
}

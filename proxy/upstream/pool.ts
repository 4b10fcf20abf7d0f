// The connections of one target: how many there may be, and those that rest, the latest used first: those still warm are
// used, the others grow old and are closed. Bounded in number, in idle time and in life. What happens to a connection that
// rests (it ends, its time is up, bytes come that nobody asked for) means the same: it goes. Who finds no place may wait
// for one, in order, and is told when there is one; how long is for those who wait to say.

import { retryLimits } from '#config/limits';
import type { Address } from '#config/value';
import { type Surroundings, UpstreamConnection, type UpstreamOwner } from './connection.ts';
import { Addresses } from './resolve-addresses.ts';

export interface PoolBounds {
  readonly idleMax: number;
  readonly idleMs: number;
  readonly openMax?: number;
  readonly lifetimeMs?: number;
}

/** Waits for a place. */
export interface Waiter {
  onPlace(): void;
}

export class Pool {
  readonly addresses: Addresses;
  readonly #bounds: PoolBounds;
  readonly #openMax: number;
  readonly around: Surroundings;
  readonly #resting: UpstreamConnection[] = [];
  readonly #waiting: Waiter[] = [];
  #openCount = 0;
  #isServing = false;

  constructor(address: Address, bounds: PoolBounds, around: Surroundings) {
    this.addresses = new Addresses(address);
    this.#bounds = bounds;
    this.#openMax = bounds.openMax ?? Infinity;
    this.around = around;
  }

  get restingCount(): number {
    return this.#resting.length;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** All connections that may be open are, and none of them rests; or others wait already. */
  get mustWait(): boolean {
    return this.#waiting.length > 0 || (this.#openCount >= this.#openMax && this.#resting.length === 0);
  }

  /** One that has rested no longer than `restedMsMax`, for this owner. */
  take(owner: UpstreamOwner, restedMsMax: number): UpstreamConnection | undefined {
    const connection = this.#resting.at(-1);
    if (connection === undefined) return undefined;
    if (restedMsMax !== Infinity && this.around.timers.nowMs - connection.restingSinceMs > restedMsMax)
      return undefined;
    this.#resting.pop();
    connection.take(owner);
    return connection;
  }

  /** To the next of the target's addresses; `undefined`: its name has none. */
  open(owner: UpstreamOwner, chance: () => number = Math.random): UpstreamConnection | undefined {
    const { nowMs } = this.around.timers;
    const address = this.addresses.next(nowMs);
    if (address === undefined) return undefined;
    if (this.#openCount >= this.#openMax) this.#resting.shift()?.destroy(); // too old for this owner
    const connection = new UpstreamConnection(
      address,
      this.around,
      owner,
      (one) => this.#discard(one),
      () => this.#onEnded(),
    );
    this.#openCount += 1;
    connection.generation = this.addresses.generation;
    // A tenth shorter by chance: connections opened together would end together.
    connection.retireAtMs = nowMs + (this.#bounds.lifetimeMs ?? Infinity) * (1 - 0.1 * chance());
    return connection;
  }

  /** Its exchange is over and in order. */
  put(connection: UpstreamConnection): void {
    connection.owner = undefined;
    const { nowMs } = this.around.timers;
    if (
      connection.isGone ||
      connection.outlet.isBroken ||
      this.#bounds.idleMax === 0 ||
      nowMs >= connection.retireAtMs ||
      this.#isElsewhere(connection)
    )
      return connection.destroy();
    // Full: the one that has rested longest goes. Keeping it instead would fill the pool with connections too old for
    // requests that must not be sent twice, and each of those would open one of its own (seen: 20 POSTs, 20 connections).
    if (this.#resting.length >= this.#bounds.idleMax) this.#resting.shift()?.destroy();
    connection.restingSinceMs = nowMs;
    connection.deadline.set(Math.min(this.#bounds.idleMs, connection.retireAtMs - nowMs));
    connection.expectHead();
    this.#resting.push(connection);
    if (this.#waiting.length > 0) this.#serveSoon();
  }

  /** False if too many wait already. */
  wait(waiter: Waiter): boolean {
    if (this.#waiting.length >= retryLimits.waitingExchangesMax) return false;
    this.#waiting.push(waiter);
    return true;
  }

  leave(waiter: Waiter): void {
    const index = this.#waiting.indexOf(waiter);
    if (index !== -1) this.#waiting.splice(index, 1);
  }

  /** The target's addresses have changed: resting connections to those it no longer has are closed, busy ones after their exchange. */
  retireGone(): void {
    for (const connection of this.#resting.filter((one) => this.#isElsewhere(one))) this.#discard(connection);
  }

  close(): void {
    for (const connection of this.#resting.splice(0)) connection.destroy();
  }

  #isElsewhere({ generation, address }: UpstreamConnection): boolean {
    return generation !== this.addresses.generation && !this.addresses.has(address);
  }

  #discard(connection: UpstreamConnection): void {
    const index = this.#resting.indexOf(connection);
    if (index !== -1) this.#resting.splice(index, 1);
    connection.destroy();
  }

  #onEnded(): void {
    this.#openCount -= 1;
    if (this.#waiting.length > 0) this.#serveSoon();
  }

  /** Not at once: whoever gave the place back is in the middle of its own affairs. */
  #serveSoon(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    setImmediate(() => this.#serve());
  }

  #serve(): void {
    this.#isServing = false;
    this.around.timers.refresh();
    while (this.#waiting.length > 0 && (this.#resting.length > 0 || this.#openCount < this.#openMax))
      this.#waiting.shift()?.onPlace();
  }
}

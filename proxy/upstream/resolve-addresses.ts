// Where one target is: a single address, or those that its name has at the moment, used in turn. One that could not be
// reached is left out for a while, unless none is left. Names come and go behind it (resolve.ts); who connects only asks
// for the next. The time is an argument.

import { isIP } from 'node:net';
import { resolveLimits } from '#config/limits';
import type { Address } from '#config/value';

export class Addresses {
  /** The name that must be looked up; '': it is an address already. */
  readonly name: string;
  /** Rises with every change, so that connections from before are noticed. */
  generation = 0;
  readonly #port: number;
  #list: readonly Address[];
  #turn = 0;
  readonly #restUntilMs = new Map<string, number>();

  constructor(address: Address) {
    const isName = address.kind === 'tcp' && isIP(address.host) === 0;
    this.name = isName ? address.host : '';
    this.#port = address.kind === 'tcp' ? address.port : 0;
    this.#list = isName ? [] : [address];
  }

  get count(): number {
    return this.#list.length;
  }

  next(nowMs: number): Address | undefined {
    const { length } = this.#list;
    if (length <= 1) return this.#list[0];
    for (let tries = 0; tries < length; tries += 1) {
      const address = this.#list[this.#turn++ % length];
      if (address !== undefined && (this.#restUntilMs.get(hostOf(address)) ?? -Infinity) <= nowMs) return address;
    }
    return this.#list[this.#turn++ % length];
  }

  /** It could not be reached. */
  rest(address: Address, nowMs: number): void {
    if (this.#list.length > 1) this.#restUntilMs.set(hostOf(address), nowMs + resolveLimits.unreachableRestMs);
  }

  has(address: Address): boolean {
    return this.#list.some((one) => hostOf(one) === hostOf(address));
  }

  /** What the name has now; true if that is something else than before. */
  set(hosts: readonly string[]): boolean {
    const known = this.#list.map(hostOf);
    if (hosts.length === known.length && hosts.every((host) => known.includes(host))) return false;
    this.#list = hosts.map((host) => ({ kind: 'tcp', host, port: this.#port }));
    for (const host of this.#restUntilMs.keys()) if (!hosts.includes(host)) this.#restUntilMs.delete(host);
    this.generation += 1;
    return true;
  }
}

function hostOf(address: Address): string {
  return address.kind === 'tcp' ? address.host : address.path;
}

// Who may ask at all, by address: the client's, as the first phase settled it, so behind trusted proxies it is theirs.
// One rule without an order: who is denied is refused, and where anybody is allowed, everybody else is. A peer on a Unix
// socket has no address, so it is in no network.

import { type Network, NetworkSet, parseNetwork } from '#config/network';

export interface AccessTerms {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

export class AccessLists {
  readonly #allowed: NetworkSet | undefined;
  readonly #denied: NetworkSet | undefined;

  /** `undefined`: everybody may. */
  static of({ allow, deny }: AccessTerms): AccessLists | undefined {
    return allow.length === 0 && deny.length === 0 ? undefined : new AccessLists(setOf(allow), setOf(deny));
  }

  private constructor(allowed: NetworkSet | undefined, denied: NetworkSet | undefined) {
    this.#allowed = allowed;
    this.#denied = denied;
  }

  admits(ip: string): boolean {
    if (this.#denied?.has(ip) === true) return false;
    return this.#allowed === undefined || this.#allowed.has(ip);
  }
}

function setOf(written: readonly string[]): NetworkSet | undefined {
  if (written.length === 0) return undefined;
  return new NetworkSet(written.map(parseNetwork).filter((one): one is Network => typeof one !== 'string'));
}

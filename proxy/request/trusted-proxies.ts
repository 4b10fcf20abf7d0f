// Which peers are proxies of the operator's own: what they say about their client is believed. Read once per listener;
// asked once per connection, and for each hop of a chain that such a peer reports. It trusts nobody who is not written
// down.

import { NetworkSet, parseNetwork } from '#config/network';

/** All clients of a Unix socket have this name, and no address. */
export const unixPeer = 'unix';

export class TrustedProxies {
  readonly #networks: NetworkSet;
  readonly #hasUnix: boolean;
  readonly isEmpty: boolean;

  /** The texts have been checked with the configuration. */
  constructor(written: readonly string[]) {
    this.#hasUnix = written.includes(unixPeer);
    this.#networks = new NetworkSet(written.map(parseNetwork).filter((one) => typeof one !== 'string'));
    this.isEmpty = written.length === 0;
  }

  has(address: string): boolean {
    return address === unixPeer ? this.#hasUnix : this.#networks.has(address);
  }
}

// Which peers are proxies of the operator's own: what they say about their client is believed. Read once per listener;
// asked once per connection, and for each hop of a chain that such a peer reports. A list has a handful of networks (the
// largest content network has some forty), so it is walked: 20 ns each. It trusts nobody who is not written down.

import { holds, type Network, parseIp, parseNetwork } from '#config/network';

/** All clients of a Unix socket have this name, and no address. */
export const unixPeer = 'unix';

export class TrustedProxies {
  readonly #networks: readonly Network[];
  readonly #hasUnix: boolean;
  readonly isEmpty: boolean;

  /** The texts have been checked with the configuration. */
  constructor(written: readonly string[]) {
    this.#hasUnix = written.includes(unixPeer);
    this.#networks = written.flatMap((text) => {
      const network = parseNetwork(text);
      return 'ip' in network ? [network] : [];
    });
    this.isEmpty = written.length === 0;
  }

  has(address: string): boolean {
    if (address === unixPeer) return this.#hasUnix;
    const ip = parseIp(address);
    return ip !== undefined && this.#networks.some((network) => holds(network, ip));
  }
}

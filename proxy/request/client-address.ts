// Who the client is, fixed once per connection: what limits, agents and logs use. Nobody in front is trusted, so what a
// client says about itself (`X-Forwarded-For` and its like) is never read; it is replaced.

import type { Socket } from 'node:net';

export interface ClientAddress {
  readonly ip: string;
  readonly port: number;
}

/** A client on a Unix socket has no address; it is called `unix`. */
export function clientAddressOf({
  remoteAddress,
  remotePort,
}: Pick<Socket, 'remoteAddress' | 'remotePort'>): ClientAddress {
  const ip = remoteAddress ?? 'unix';
  return { ip: ip.startsWith(mappedPrefix) ? ip.slice(mappedPrefix.length) : ip, port: remotePort ?? 0 };
}

const mappedPrefix = '::ffff:'; // an IPv4 client of a socket that takes both (RFC 4291 section 2.5.5.2)

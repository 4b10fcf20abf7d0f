// Who is at the other end: of a connection (`Peer`), and of an exchange (`Sender`), which is the peer unless a trusted
// proxy says otherwise (identify.ts). Fixed before the first phase; what limits, agents, logs and the upstream are told.
// The shaping decision: what a forwarded request says about its client is one text, made once per connection, so that a
// request without a trusted proxy pays one copy. Nothing here reads what a client says about itself.

import { forwardingLimits } from '#config/limits';
import type { Constant } from '#config/lines/byte-writer';
import type { ListenerConfig } from '#config/schema';
import type { ClientSocket } from '../http1/client-socket.ts';
import { constantOf } from '../http1/write-head.ts';
import { TrustedProxies, unixPeer } from './trusted-proxies.ts';

export type Scheme = 'http' | 'https';

/** Who sent a request. */
export interface Sender {
  readonly ip: string;
  readonly port: number; // 0: not known
  /** The client first, then the proxies that it came through. */
  readonly chain: readonly string[];
  readonly scheme: Scheme;
  /** What the client asked for where a trusted proxy says that it was something else; '': what Host says. */
  readonly host: string;
  /** The lines about all this that every forwarded request carries. */
  readonly lines: Constant;
}

/** Who opened a connection, or is named in front of it by a PROXY header. */
export interface Peer extends Sender {
  readonly isTrusted: boolean;
  readonly continuesTrace: boolean;
  readonly edge: Edge;
}

/** What the access lines of a connection have in common, as long as it asks in the same way. */
export interface CommonPart {
  readonly ip: string;
  readonly protocol: string;
  readonly tls: string | undefined; // its version
  readonly method: string;
  readonly host: string;
  readonly text: Constant;
}

/** What all connections to one address of a listener share. */
export interface Edge {
  readonly trusted: TrustedProxies;
  readonly proxyProtocol: ListenerConfig['proxyProtocol'];
  readonly traceContext: ListenerConfig['traceContext'];
  readonly scheme: Scheme;
  readonly port: number; // 0: a Unix socket
  /** What is said of clients that have connected to this port, by address: most come again. */
  readonly lines: Map<string, Constant>;
  /** What the access line of the last connection that had one request alone shares with the next one's, if that is alike. */
  lastLine: CommonPart | undefined;
  /** What it asked for; likewise. */
  lastHost: KnownHost | undefined;
}

/** What a connection asked last, as it stood there, and what that means. */
export interface KnownHost {
  readonly written: string;
  readonly host: string;
}

export function edgeOf(config: ListenerConfig, scheme: Scheme, port: number): Edge {
  const { proxyProtocol, traceContext } = config;
  return {
    trusted: new TrustedProxies(config.trustedProxies),
    proxyProtocol,
    traceContext,
    scheme,
    port,
    lines: new Map(),
    lastLine: undefined,
    lastHost: undefined,
  };
}

/** The one at the other end of the socket; `undefined` if it has left already, so that nobody knows its address. */
export function peerOf({ remoteAddress, remotePort = 0 }: Ends, edge: Edge): Peer | undefined {
  const ip = edge.port === 0 ? unixPeer : remoteAddress === undefined ? undefined : plainAddress(remoteAddress);
  if (ip === undefined) return undefined;
  const isTrusted = !edge.trusted.isEmpty && edge.trusted.has(ip);
  return makePeer(edge, { ip, port: remotePort, isTrusted, listenPort: edge.port });
}

type Ends = Pick<ClientSocket, 'remoteAddress' | 'remotePort'>;

/** An IPv4 client of a socket that takes both is what it is (RFC 4291 section 2.5.5.2). */
function plainAddress(address: string): string {
  return address.startsWith(mappedPrefix) ? address.slice(mappedPrefix.length) : withoutZone(address);
}

const mappedPrefix = '::ffff:';

/** `fe80::1%eth0`: the zone is ours to know, and no part of an address anywhere else (RFC 4007 section 11). */
function withoutZone(ip: string): string {
  const zone = ip.indexOf('%');
  return zone === -1 ? ip : ip.slice(0, zone);
}

export interface PeerFacts {
  readonly ip: string;
  readonly port: number;
  readonly isTrusted: boolean;
  readonly listenPort: number; // that it connected to
}

export function makePeer(edge: Edge, { ip, port, isTrusted, listenPort }: PeerFacts): Peer {
  const { scheme, traceContext } = edge;
  const chain = [ip];
  return {
    ip,
    port,
    chain,
    scheme,
    host: '',
    lines: listenPort === edge.port ? knownLines(edge, ip, chain) : linesOf(chain, scheme, listenPort),
    isTrusted,
    continuesTrace: traceContext === 'continue' || (traceContext === 'trusted' && isTrusted),
    edge,
  };
}

/** Making them costs a connection 0.6 us. Bounded by beginning again: whoever is here comes back into it. */
function knownLines({ lines: known, scheme, port }: Edge, ip: string, chain: readonly string[]): Constant {
  const before = known.get(ip);
  if (before !== undefined) return before;
  if (known.size >= forwardingLimits.peersKnownMax) known.clear();
  const lines = linesOf(chain, scheme, port);
  known.set(ip, lines);
  return lines;
}

/** `X-Forwarded-For` and what belongs to it. A Unix socket has no port to tell. */
export function linesOf(chain: readonly string[], scheme: Scheme, port: number): Constant {
  const about = `X-Forwarded-For: ${chain.join(', ')}\r\nX-Real-IP: ${chain[0]}\r\nX-Forwarded-Proto: ${scheme}\r\n`;
  return constantOf(port === 0 ? about : `${about}X-Forwarded-Port: ${port}\r\n`);
}

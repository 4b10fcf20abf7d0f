// The moment between accepting a connection and its first request, on listeners that speak the PROXY protocol: bytes are
// gathered until the header is whole, then the connection begins as any other, with the client that was named and the
// bytes behind the header. The shaping decision: the connection's own code knows nothing of all this. Whom to
// believe is decided here and only here:
//
//   trusted peer    a header: the client it names; a broken one: closed; none: `accept` serves the peer, `require` closes
//   anybody else    never read: what looks like a header is a malformed request; `require` closes everything else

import type { Socket } from 'node:net';
import { type Announced, type ProxyHeaderFault, readProxyHeader } from './http1/proxy-protocol.ts';
import { makePeer, type Peer } from './request/client-address.ts';
import { Deadline, type TimerWheel } from './timers.ts';

export interface ProxyHeaderTerms {
  readonly timers: TimerWheel;
  readonly deadlineMs: number;
  /** Called once, in the turn in which the bytes came: who is served. Returns who takes the bytes from here on, if anybody does. */
  readonly onPeer: (peer: Peer) => Receiver | undefined;
  /** The connection has been closed for this. */
  readonly onFault: (fault: ProxyHeaderFault) => void;
}

export interface Receiver {
  receive(bytes: Buffer): void;
}

export class ProxyHeaderWait {
  readonly #socket: Socket;
  place = -1; // among the guests
  readonly #peer: Peer;
  readonly #terms: ProxyHeaderTerms;
  readonly #deadline: Deadline;
  #bytes: Buffer = noBytes;

  constructor(socket: Socket, peer: Peer, terms: ProxyHeaderTerms) {
    this.#socket = socket;
    this.#peer = peer;
    this.#terms = terms;
    this.#deadline = new Deadline(terms.timers, this.cut);
    this.#deadline.set(terms.deadlineMs);
    socket.on('data', this.#onData);
    socket.on('end', this.cut);
    socket.on('error', ignore); // `close` follows
    socket.on('close', this.#onClose);
  }

  /** Nobody has asked for anything yet. */
  drain(): void {
    this.cut();
  }

  readonly cut = (): void => {
    this.#socket.destroy();
  };

  readonly #onClose = (): void => this.#deadline.drop();

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const reading = readProxyHeader(this.#bytes);
    const { isTrusted, edge } = this.#peer;
    if (reading.kind === 'needs-more') return;
    const isNone = reading.kind === 'fault' && reading.fault === 'no-proxy-header';
    if (isNone ? edge.proxyProtocol === 'accept' : !isTrusted) return this.#leave(this.#peer, 0);
    if (reading.kind === 'header') return this.#leave(peerAnnounced(this.#peer, reading.announced), reading.end);
    this.cut();
    this.#terms.onFault(reading.fault);
  };

  /** The socket is as it was before, without the header. */
  #leave(peer: Peer, headerBytes: number): void {
    this.#deadline.drop();
    this.#socket.off('data', this.#onData);
    this.#socket.off('end', this.cut);
    this.#socket.off('error', ignore);
    this.#socket.off('close', this.#onClose);
    const rest = this.#bytes.subarray(headerBytes);
    const receiver = this.#terms.onPeer(peer);
    if (rest.length > 0) receiver?.receive(rest);
  }
}

const noBytes = Buffer.alloc(0);

function ignore(): void {}

/** What a client that is named says about others is believed if it is a trusted proxy itself; one not known never is. */
function peerAnnounced(peer: Peer, announced: Announced): Peer {
  const { edge, ip, port } = peer;
  switch (announced.kind) {
    case 'proxy-itself':
      return peer;
    case 'not-known':
      return makePeer(edge, { ip, port, isTrusted: false, listenPort: edge.port });
    case 'client':
      return makePeer(edge, {
        ip: announced.ip,
        port: announced.port,
        isTrusted: edge.trusted.has(announced.ip),
        listenPort: announced.listenPort,
      });
  }
}

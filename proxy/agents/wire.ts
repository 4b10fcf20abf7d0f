// What carries version 2 of the protocol: a Unix socket here, gRPC in grpc-wire.ts. The connection (connection-v2.ts)
// knows calls and what follows from them; a wire knows bytes. The shaping decision: all frames of one turn of the event
// loop leave in one write, and reads go into a buffer that stays. It refuses to know what a message means.

import { connect, type Socket } from 'node:net';
import {
  type AgentMessage,
  ProxyReader,
  sendCancel,
  sendEvent,
  sendHandshakeRequest,
  sendPing,
  sendPong,
} from '#protocol/codec-v2';
import type { Encoding, HandshakeRequest } from '#protocol/control';
import { FrameBatch } from '#protocol/frame-batch';
import type { GrpcFailure } from '#protocol/grpc';
import type { AgentEvent } from '#protocol/message';
import type { AgentFault } from './call.ts';
import type { CancelReason } from './connection.ts';

export interface WireEvents {
  onConnect(): void;
  /** Something has come, whatever it is. */
  onHeard(): void;
  onMessage(message: AgentMessage | GrpcFailure): void;
  /** It is of no use any more; may be told more than once. `undefined`: what it means depends on what was before. */
  onGone(fault: AgentFault | undefined, detail: string): void;
}

export interface Wire {
  /** For the log, in place of an encoding, where there is but one. */
  readonly name: string | undefined;
  /** Encodings that it offers, best first; of one without a choice, none. */
  readonly encodings: readonly Encoding[];
  /** Agreed upon in the handshake. */
  use(encoding: Encoding): void;
  offer(request: HandshakeRequest): void;
  /** Both texts name the call where the encoding has no ids. False: larger than a message may be; nothing was sent. */
  sendEvent(callId: number, correlationId: string, event: AgentEvent): boolean;
  sendCancel(callId: number, correlationId: string, reason: CancelReason): void;
  sendPing(): void;
  sendPong(payload: Buffer): void;
  /** Nothing is told after it. */
  close(): void;
}

export type OpenWire = (events: WireEvents) => Wire;

export class SocketWire implements Wire {
  readonly name = undefined;
  readonly encodings = ['sentinel-binary', 'msgpack', 'json'] as const;
  readonly #socket: Socket;
  readonly #batch: FrameBatch;
  readonly #reader: ProxyReader;
  #encoding: Encoding = 'json';

  constructor(path: string, events: WireEvents) {
    this.#reader = new ProxyReader((message) => events.onMessage(message));
    const bytes = Buffer.allocUnsafeSlow(readBytes);
    const callback = (length: number) => {
      events.onHeard();
      const problem = this.#reader.push(bytes.subarray(0, length));
      if (problem !== undefined) events.onGone('bad-protocol', problem);
      return true;
    };
    this.#socket = connect({ path, onread: { buffer: bytes, callback } });
    this.#batch = FrameBatch.for(this.#socket);
    this.#socket.on('connect', () => events.onConnect());
    this.#socket.on('error', (error) => events.onGone(undefined, error.message));
    this.#socket.on('end', () => events.onGone('lost', 'the agent closed the connection'));
    this.#socket.on('close', () => events.onGone('lost', 'the agent closed the connection'));
  }

  use(encoding: Encoding): void {
    this.#encoding = encoding;
    this.#reader.encoding = encoding;
  }

  offer(request: HandshakeRequest): void {
    sendHandshakeRequest(this.#batch, request);
  }

  sendEvent(callId: number, _correlationId: string, event: AgentEvent): boolean {
    return sendEvent(this.#batch, this.#encoding, callId, event);
  }

  sendCancel(callId: number, correlationId: string, reason: CancelReason): void {
    sendCancel(this.#batch, this.#encoding, callId, correlationId, reason);
  }

  sendPing(): void {
    sendPing(this.#batch, pingPayload);
  }

  sendPong(payload: Buffer): void {
    sendPong(this.#batch, payload);
  }

  close(): void {
    this.#reader.stop();
    this.#socket.destroy();
  }
}

export const pingPayload = Buffer.from('{}');
const readBytes = 64 * 1024;

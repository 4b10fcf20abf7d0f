// A session of version 2 over one gRPC stream, on the agent's side: messages in, messages out, known by their correlation
// ids. It refuses to send to a proxy that has gone.

import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { ControlMessage, Encoding, HandshakeResponse } from '#protocol/control';
import { writeAnswer, writeGrpcControl, writeGrpcFailure, writeGrpcPing, writeGrpcReply } from '#protocol/grpc';
import type { AgentReply } from '#protocol/message';
import type { HostWire } from './host-wire.ts';

export class GrpcHostWire implements HostWire {
  readonly hasCallIds = false;
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  #isClosed = false;

  constructor(call: ServerDuplexStream<Buffer, Buffer>) {
    this.#call = call;
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#call.cancelled;
  }

  /** The proxy has gone. */
  close(): void {
    this.#isClosed = true;
  }

  /** A proxy that does not take its answers gets no new ones. */
  readLaterIfFull(): void {
    if (this.isClosed || !this.#call.writableNeedDrain) return;
    this.#call.pause();
    this.#call.once('drain', () => this.#call.resume());
  }

  /** There is nothing to choose. */
  choose(): Encoding {
    return 'json';
  }

  use(): void {}

  sendAnswer(response: HandshakeResponse): void {
    this.#write(writeAnswer(response));
  }

  sendReply(_callId: number, correlationId: string, reply: AgentReply): boolean {
    const bytes = writeGrpcReply(reply, correlationId);
    if (bytes !== undefined) this.#write(bytes);
    return bytes !== undefined;
  }

  sendFailure(_callId: number, correlationId: string, why: string): void {
    this.#write(writeGrpcFailure(correlationId, why));
  }

  sendControl(message: ControlMessage): void {
    this.#write(writeGrpcControl(message));
  }

  sendPing(payload: Buffer): void {
    this.#write(writeGrpcPing('agent', 'ping', payload));
  }

  sendPong(payload: Buffer): void {
    this.#write(writeGrpcPing('agent', 'pong', payload));
  }

  end(): void {
    this.#isClosed = true;
    this.#call.end();
  }

  destroy(): void {
    if (this.isClosed) return;
    this.#isClosed = true;
    this.#call.emit('error', { code: status.INVALID_ARGUMENT, details: 'not what the protocol says' });
  }

  #write(bytes: Buffer): void {
    if (!this.isClosed) this.#call.write(bytes);
  }
}

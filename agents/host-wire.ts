// What carries a session of version 2 on the agent's side: a Unix socket here, gRPC in host-grpc.ts. The session knows
// calls, a wire knows bytes. All frames of one turn leave in one write. It refuses to know what a message means.

import type { Socket } from 'node:net';
import {
  AgentReader,
  type ProxyMessage,
  sendControl,
  sendFailure,
  sendHandshakeResponse,
  sendPing,
  sendPong,
  sendReply,
} from '#protocol/codec-v2';
import {
  type ControlMessage,
  type Encoding,
  encodings,
  type HandshakeRequest,
  type HandshakeResponse,
} from '#protocol/control';
import { FrameBatch } from '#protocol/frame-batch';
import type { AgentReply } from '#protocol/message';

export interface HostWire {
  readonly isClosed: boolean;
  /** Whether a call is known by its number; else by its correlation id. */
  readonly hasCallIds: boolean;
  /** The best of those that both know. */
  choose(request: HandshakeRequest): Encoding;
  use(encoding: Encoding): void;
  sendAnswer(response: HandshakeResponse): void;
  /** False: larger than a message may be; nothing was sent. */
  sendReply(callId: number, correlationId: string, reply: AgentReply): boolean;
  /** Where nothing can say it, nothing is sent, and the proxy's deadline will. */
  sendFailure(callId: number, correlationId: string, why: string): void;
  sendControl(message: ControlMessage): void;
  sendPing(payload: Buffer): void;
  sendPong(payload: Buffer): void;
  /** Behind what has been sent. */
  end(): void;
  destroy(): void;
}

export class SocketHostWire implements HostWire {
  readonly #socket: Socket;
  readonly #batch: FrameBatch;
  readonly #reader: AgentReader;
  #encoding: Encoding = 'json';

  constructor(socket: Socket, onMessage: (message: ProxyMessage) => void) {
    this.#socket = socket;
    this.#batch = FrameBatch.for(socket);
    this.#reader = new AgentReader(onMessage);
  }

  /** Returns what is wrong with what has come, if anything is. A proxy that does not take its answers gets no new ones. */
  push(chunk: Buffer): string | undefined {
    const problem = this.#reader.push(chunk);
    if (problem === undefined && this.#socket.writableNeedDrain) {
      this.#socket.pause();
      this.#socket.once('drain', () => this.#socket.resume());
    }
    return problem;
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  get hasCallIds(): boolean {
    return this.#encoding === 'sentinel-binary';
  }

  choose({ supportedEncodings }: HandshakeRequest): Encoding {
    const first = supportedEncodings.find((theirs) => encodings.some((one) => one === theirs));
    return encodings.find((one) => one === first) ?? 'json';
  }

  use(encoding: Encoding): void {
    this.#encoding = encoding;
    this.#reader.encoding = encoding;
  }

  sendAnswer(response: HandshakeResponse): void {
    sendHandshakeResponse(this.#batch, response);
  }

  sendReply(callId: number, correlationId: string, reply: AgentReply): boolean {
    return sendReply(this.#batch, this.#encoding, callId, correlationId, reply);
  }

  sendFailure(callId: number, _correlationId: string, why: string): void {
    sendFailure(this.#batch, this.#encoding, callId, why);
  }

  sendControl(message: ControlMessage): void {
    sendControl(this.#batch, this.#encoding, message);
  }

  sendPing(payload: Buffer): void {
    sendPing(this.#batch, payload);
  }

  sendPong(payload: Buffer): void {
    sendPong(this.#batch, payload);
  }

  end(): void {
    this.#batch.flush();
    this.#socket.end();
  }

  /** Nothing that has come or will come is read any more. */
  destroy(): void {
    this.#reader.stop();
    this.#socket.destroy();
  }
}

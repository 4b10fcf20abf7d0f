// Version 2 on a Unix socket: a wire that reads frames, and the session that they are for. It refuses to understand
// either.

import type { Socket } from 'node:net';
import type { Logger } from '#config/log';
import type { Answerer } from './host-answer.ts';
import type { Session } from './host-session.ts';
import { SessionV2 } from './host-v2.ts';
import { SocketHostWire } from './host-wire.ts';

export class SocketSessionV2 implements Session {
  readonly #wire: SocketHostWire;
  readonly #session: SessionV2;

  constructor(socket: Socket, answerer: Answerer, log: Logger) {
    this.#wire = new SocketHostWire(socket, (message) => this.#session.onMessage(message));
    this.#session = new SessionV2(this.#wire, answerer, log);
  }

  push(chunk: Buffer): void {
    const problem = this.#wire.push(chunk);
    if (problem !== undefined) this.#session.refuse(problem);
  }

  drain(): void {
    this.#session.drain();
  }

  close(): void {
    this.#wire.destroy();
    this.#session.close();
  }
}

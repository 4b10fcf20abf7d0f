// Version 1 on one connection of an agent: one call at a time, so a second message before the answer to the first is a
// fault like any other; nothing is queued. Version 1 has no reply for a fault: the connection is closed, which the other
// side sees at once. It refuses to decide anything about a message: the answerer does.

import type { Socket } from 'node:net';
import type { Logger } from '#config/log';
import { readEvent } from '#protocol/event-json';
import { encodeFrame, FrameReader } from '#protocol/frame-v1';
import { writeReply } from '#protocol/reply-json';
import type { Answerer } from './host-answer.ts';
import { type Answer, type Call, Fault } from './host-call.ts';
import type { Session } from './host-session.ts';

export class SessionV1 implements Session {
  readonly #socket: Socket;
  readonly #answerer: Answerer;
  readonly #log: Logger;
  readonly #reader = new FrameReader();
  #call: Call | undefined;
  #draining = false;

  constructor(socket: Socket, answerer: Answerer, log: Logger) {
    this.#socket = socket;
    this.#answerer = answerer;
    this.#log = log;
  }

  push(chunk: Buffer): void {
    const { messages, problem } = this.#reader.push(chunk);
    for (const message of messages) this.#onMessage(message);
    if (problem !== undefined) this.#refuse(problem);
  }

  drain(): void {
    this.#draining = true;
    if (this.#call === undefined) this.#socket.end();
  }

  /** In version 1 a proxy that no longer waits closes the connection. */
  close(): void {
    this.#call?.abort('client_disconnect');
  }

  #onMessage(message: unknown): void {
    if (this.#socket.destroyed) return;
    if (this.#call !== undefined) return this.#refuse('a second message before the answer to the first');
    const event = readEvent(message);
    if (!event.ok) return this.#refuse(event.problem);
    let answered = false;
    const call = this.#answerer.answer(event.value, (answer) => {
      answered = true;
      this.#call = undefined;
      this.#onAnswer(answer);
    });
    if (!answered) this.#call = call;
  }

  #onAnswer(answer: Answer): void {
    if (this.#socket.destroyed) return; // the proxy waited no longer
    if (answer instanceof Fault) return this.#refuse(answer.why);
    const frame = encodeFrame(writeReply(answer));
    if (frame === undefined) this.#refuse('a reply over the size of a frame');
    else if (this.#draining) this.#socket.end(frame);
    else this.#socket.write(frame);
  }

  #refuse(fault: string): void {
    if (this.#socket.destroyed) return;
    this.#log.warn('agent-bad-peer', { fault });
    this.#socket.destroy();
  }
}

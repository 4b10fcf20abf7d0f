// One connection of an agent: bytes in, answers out. The shaping decision: one call at a time, as v1 says, so a second
// message before the answer to the first is a fault like any other; nothing is queued. Any fault closes the connection,
// which the other side sees at once. It refuses to decide anything about a message: the answerer does.

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { Logger } from '#config/log';
import { encodeFrame, FrameReader } from '#protocol/frame-v1';
import type { Answerer } from './host-answer.ts';

export class HostConnection {
  readonly #socket: Socket;
  readonly #answerer: Answerer;
  readonly #log: Logger;
  readonly #reader = new FrameReader();
  #answering = false;
  #draining = false;

  constructor(socket: Socket, answerer: Answerer, log: Logger) {
    this.#socket = socket;
    this.#answerer = answerer;
    this.#log = log;
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', () => socket.destroy()); // a peer that is gone; 'close' follows
  }

  /** Ends after the call in flight, now if there is none. */
  drain(): void {
    this.#draining = true;
    if (!this.#answering) this.#socket.end();
  }

  cut(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer | string): void {
    assert(typeof chunk !== 'string'); // no encoding was asked for
    const { messages, problem } = this.#reader.push(chunk);
    for (const message of messages) {
      if (this.#answering) this.#refuse('a second message before the answer to the first');
      else void this.#answer(message);
    }
    if (problem !== undefined) this.#refuse(problem);
  }

  async #answer(message: unknown): Promise<void> {
    this.#answering = true;
    const answer = await this.#answerer.answer(message);
    this.#answering = false;
    if (this.#socket.destroyed) return; // the proxy waited no longer
    const frame = 'fault' in answer ? undefined : encodeFrame(answer.reply);
    if (frame === undefined) this.#refuse('fault' in answer ? answer.fault : 'a reply over the size of a frame');
    else if (this.#draining) this.#socket.end(frame);
    else this.#socket.write(frame);
  }

  #refuse(fault: string): void {
    if (this.#socket.destroyed) return;
    this.#log.warn('agent-bad-peer', { fault });
    this.#socket.destroy();
  }
}

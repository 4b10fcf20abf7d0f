// One connection of an agent: its first bytes tell which version it speaks, and from then on a session of that version
// has it. The shaping decision: version 1 begins with the `{` of its JSON and version 2 with the type of a handshake, in
// the same fifth byte; nothing has to be configured and both are served on one socket. It refuses to wait for those
// bytes for ever.

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { hostLimits, wireLimits } from '#config/limits';
import type { Logger } from '#config/log';
import { frameTypes } from '#protocol/frame-types';
import type { Answerer } from './host-answer.ts';
import type { Session } from './host-session.ts';
import { SocketSessionV2 } from './host-socket-v2.ts';
import { SessionV1 } from './host-v1.ts';

const { lengthBytes, frameV2BytesMax } = wireLimits;

export class HostConnection {
  readonly #socket: Socket;
  readonly #answerer: Answerer;
  readonly #log: Logger;
  readonly #waiting: NodeJS.Timeout;
  #first: Buffer = Buffer.alloc(0);
  #session: Session | undefined;

  constructor(socket: Socket, answerer: Answerer, log: Logger) {
    this.#socket = socket;
    this.#answerer = answerer;
    this.#log = log;
    this.#waiting = setTimeout(() => this.#onSilence(), hostLimits.firstBytesMs);
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', () => socket.destroy()); // a peer that is gone; 'close' follows
    socket.on('close', () => {
      clearTimeout(this.#waiting);
      this.#session?.close();
    });
  }

  drain(): void {
    if (this.#session === undefined) this.#socket.end();
    else this.#session.drain();
  }

  cut(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer | string): void {
    assert(typeof chunk !== 'string'); // no encoding was asked for
    if (this.#session !== undefined) this.#session.push(chunk);
    else this.#begin(this.#first.length === 0 ? chunk : Buffer.concat([this.#first, chunk]));
  }

  #begin(bytes: Buffer): void {
    this.#first = bytes;
    const type = bytes[lengthBytes];
    if (type === undefined && !isNoLength(bytes)) return;
    clearTimeout(this.#waiting);
    const version2 = type === frameTypes.handshakeRequest;
    this.#session = version2
      ? new SocketSessionV2(this.#socket, this.#answerer, this.#log)
      : new SessionV1(this.#socket, this.#answerer, this.#log);
    this.#first = Buffer.alloc(0);
    this.#session.push(bytes);
  }

  /** A connection that a proxy keeps for later has said something; one that was only tried is closed by its owner. */
  #onSilence(): void {
    this.#log.warn('agent-bad-peer', { fault: `nothing within ${hostLimits.firstBytesMs} ms` });
    this.#socket.destroy();
  }
}

/** A length that no version allows need not wait for a fifth byte: the session of version 1 says what is wrong. */
function isNoLength(bytes: Buffer): boolean {
  if (bytes.length < lengthBytes) return false;
  const frameBytes = bytes.readUInt32BE();
  return frameBytes === 0 || frameBytes > frameV2BytesMax;
}

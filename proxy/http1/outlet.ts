// Where bytes leave by one socket. Usually the system takes all of them at once, and then the stream around the socket
// has nothing to add: so they are handed to the socket's handle directly, as the stream would do (get-1k: 1.3 us less),
// small pieces at the end of the event loop's turn, together with those of other sockets (departures.ts).
// When the system does not take all, the handle keeps the rest, everything behind goes through the stream, and the order
// holds, because both end in one queue. Only for versions of Node whose handle is known to us, and where
// `system.fast-sockets` allows it; elsewhere everything goes through the stream.
//
// Two rules keep bytes whole. Those of whoever has a buffer to itself go out by `send`: what was not taken at once is still
// being read by the system, so the buffer must not be written to again. Those of a buffer that many share go out by
// `sendLent`: what is not taken at once waits in a copy. For large ones that takes a write that leaves nothing with the
// system, which a handle does not offer; `fs.writeSync` on its descriptor is one. Inside TLS, what is written while nothing
// waits is encrypted before the call returns, so the bytes are free at once (tls-1k: 3 us less than with a copy). It
// refuses to gather: whoever writes puts a message together first.

import { writeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { bufferLimits } from '#config/limits';
import { BareSocket } from './bare-socket.ts';
import type { ClientSocket } from './client-socket.ts';
import { isEncrypted } from './cut.ts';
import type { Departing, Departures } from './departures.ts';

export class Outlet implements Departing {
  readonly #socket: ClientSocket;
  readonly #departures: Departures | undefined; // where the handle may be used
  readonly #isEncrypted: boolean;
  readonly #onDrained: () => void;
  #handle: WritingHandle | null | undefined = undefined; // undefined: not looked for yet; null: the stream is used
  readonly #onBroken: ((error: Error) => void) | undefined;
  #isHandleBusy = false;
  #isDeparting = false; // something leaves at the end of this turn
  #isSlow = false; // it was behind once, and from then on keeps its own bytes waiting, not those of all
  #afterDeparture: (() => void) | undefined = undefined;
  isBroken = false; // the other side takes nothing more: what is sent is thrown away

  /**
   * `onDrained` is called when it was backed up and is no longer. With `onBroken` a write that fails does not end the
   * connection: what has arrived can still be read, and its end is found there. Without `departures` the stream is used.
   */
  constructor(
    socket: ClientSocket,
    departures: Departures | undefined,
    onDrained: () => void,
    onBroken?: (error: Error) => void,
  ) {
    this.#onBroken = onBroken;
    this.#socket = socket;
    this.#departures = isKnownNode ? departures : undefined;
    this.#isEncrypted = isEncrypted(socket);
    this.#onDrained = onDrained;
    socket.on('drain', () => this.#onLess());
  }

  /** True if the system has taken all of it, so that the bytes may be written over. */
  send(bytes: Buffer): boolean {
    if (this.isBroken) return true;
    if (this.#isEncrypted) return this.#encrypt(bytes, 0, bytes.length);
    const handle = this.#openHandle();
    if (handle === null) return this.#queue(bytes);
    if (this.#joins(bytes, 0, bytes.length)) return true;
    this.leave();
    return this.isWaiting ? this.#queue(bytes) : this.#write(handle, bytes);
  }

  /** `bytes[start, end)`, which may be written over afterwards in any case. */
  sendLent(bytes: Buffer, start: number, end: number): void {
    if (this.isBroken) return;
    if (this.#isEncrypted) return void this.#encrypt(bytes, start, end);
    const handle = this.#openHandle();
    if (handle !== null && this.#joins(bytes, start, end)) return;
    this.leave();
    if (handle === null || this.isWaiting) return void this.#queue(Buffer.from(bytes.subarray(start, end)));
    const taken = writeNow(handle.fd, bytes, start, end - start);
    if (taken < 0) return void this.#fail(taken);
    if (start + taken < end) this.#write(handle, Buffer.from(bytes.subarray(start + taken, end)));
  }

  /** Now, or with what leaves at the end of this turn. */
  #encrypt(bytes: Buffer, start: number, end: number): true {
    if (!this.#socket.destroyed && this.#joins(bytes, start, end)) return true;
    this.leave();
    return this.#encryptNow(bytes.subarray(start, end));
  }

  #encryptNow(bytes: Buffer): true {
    const isAtOnce = this.#departures !== undefined && this.#socket.writableLength === 0;
    this.#socket.write(isAtOnce ? bytes : Buffer.from(bytes));
    return true;
  }

  #queue(bytes: Buffer): boolean {
    this.#socket.write(bytes);
    return this.#socket.writableLength === 0;
  }

  /** Null: the stream is used. */
  #openHandle(): WritingHandle | null {
    const handle = this.#handle === undefined ? this.#findHandle() : this.#handle;
    return this.#socket.destroyed ? null : handle;
  }

  /** True if they leave with the others. To make room, what is there leaves first, and this socket may be behind then. */
  #joins(bytes: Buffer, start: number, end: number): boolean {
    const departures = this.#departures;
    const length = end - start;
    if (departures === undefined || length > bufferLimits.departingPieceBytesMax || this.isWaiting) return false;
    departures.makeRoom(length, this.#isDeparting, this);
    if (this.#isSlow) return false;
    this.#isDeparting = true;
    departures.add(this, bytes, start, end);
    return true;
  }

  /** What was to leave at the end of this turn leaves now: before anything else is done to the socket. */
  leave(): void {
    if (this.#isDeparting) this.#departures?.leave();
  }

  /** When what was sent has left: now, or together with it at the end of this turn. May not send anything. */
  afterLeaving(then: () => void): void {
    if (this.#isDeparting) this.#afterDeparture = then;
    else then();
  }

  /** Ends our side, behind everything that was sent. */
  end(): void {
    this.leave();
    this.#socket.end();
  }

  depart(bytes: Uint8Array): boolean {
    this.#isDeparting = false;
    if (this.#socket.destroyed) return true;
    const isTaken = this.#isEncrypted
      ? this.#encryptNow(asBuffer(bytes))
      : this.#write(this.#handle as WritingHandle, bytes);
    if (!isTaken) this.#isSlow = true;
    if (this.#afterDeparture !== undefined) this.#goOn(this.#afterDeparture);
    return isTaken;
  }

  #goOn(then: () => void): void {
    this.#afterDeparture = undefined;
    then();
  }

  #write(handle: WritingHandle, bytes: Uint8Array): boolean {
    const left = handle.writeBuffer(null, bytes);
    if (left === 0) return true;
    if (typeof left === 'number') return this.#fail(left);
    this.#wait(left, bytes);
    return false;
  }

  #fail(status: number): boolean {
    const error = writeError(status);
    if (this.#onBroken === undefined) {
      this.#socket.destroy(error);
      return false;
    }
    this.isBroken = true;
    this.#onBroken(error);
    return true;
  }

  /** Something has been sent that the system has not taken yet. */
  get isWaiting(): boolean {
    return this.#isHandleBusy || this.#socket.writableLength > 0;
  }

  /** So much is waiting that the sender should stop until `onDrained`. */
  get isBackedUp(): boolean {
    return this.#isHandleBusy || (this.#socket.writableNeedDrain && this.#socket.writableLength > 0);
  }

  /** A socket that we connect has the handle that will last only when it is connected. */
  #findHandle(): WritingHandle | null {
    const socket = this.#socket;
    if (this.#departures === undefined) this.#handle = null;
    else if (socket instanceof BareSocket)
      this.#handle = socket.handle; // it has been looked into, once for all
    else {
      const handle: unknown = Reflect.get(socket, '_handle');
      this.#handle = canWrite(handle) ? handle : null;
    }
    return this.#handle;
  }

  #wait(left: UnfinishedWrite, bytes: Uint8Array): void {
    this.#isHandleBusy = true;
    left.buffer = bytes; // keeps them alive
    left.oncomplete = (status) => {
      this.#isHandleBusy = false;
      if (status < 0) this.#fail(status);
      else this.#onLess();
    };
  }

  #onLess(): void {
    if (!this.isBackedUp) this.#onDrained();
  }
}

/** In Node 26 `writeBuffer` takes null in place of a request, and makes one itself if something is left to write. */
const isKnownNode = process.versions.node.startsWith('26.');

interface WritingHandle {
  readonly fd: number;
  /** 0: all is written; another number: an error; an object: the system has the rest, and calls `oncomplete`. */
  writeBuffer(request: null, bytes: Uint8Array): number | UnfinishedWrite;
}

interface UnfinishedWrite {
  buffer: Uint8Array | null;
  oncomplete: ((status: number) => void) | null;
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, length);
}

function canWrite(handle: unknown): handle is WritingHandle {
  if (typeof handle !== 'object' || handle === null) return false;
  return typeof Reflect.get(handle, 'writeBuffer') === 'function' && Number(Reflect.get(handle, 'fd')) >= 0;
}

/** How much the system takes now; below 0, an error. */
function writeNow(descriptor: number, bytes: Buffer, start: number, length: number): number {
  try {
    return writeSync(descriptor, bytes, start, length);
  } catch (error) {
    const { code, errno = 0 } = error as NodeJS.ErrnoException;
    return code === 'EAGAIN' ? 0 : errno;
  }
}

function writeError(status: number): Error {
  return new Error(`the write failed: ${getSystemErrorName(status)}`);
}

// Where bytes leave by one socket. Usually the system takes all of them at once, and then the stream around the socket
// has nothing to add: so they are handed to the socket's handle directly, as the stream would do (get-1k: 1.3 us less),
// small pieces at the end of the event loop's turn, together with those of other sockets (departures.ts).
// When the system does not take all, the handle keeps the rest, everything behind goes through the stream, and the order
// holds, because both end in one queue. Only for versions of Node whose handle is known to us, and where
// `system.fast-sockets` allows it; elsewhere everything goes through the stream.
//
// The rule that keeps bytes whole: what was not taken at once is still being read by the system, so its buffer must not
// be written to again (`send` says so). Inside TLS it is otherwise: what is written while nothing waits is encrypted before
// the call returns, so the bytes are free at once (tls-1k: 3 us less than with a copy); behind it, a copy waits. It
// refuses to gather: whoever writes puts a message together first.

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
    if (this.#isEncrypted) return this.#encrypt(bytes);
    return this.isWaiting ? this.#queue(bytes) : this.#sendNow(bytes, bytes.length);
  }

  /** `bytes[0, length)`; but what must wait behind others waits in a copy of its size, so the bytes may be written over then too. */
  sendOrCopy(bytes: Buffer, length: number): boolean {
    if (this.isBroken) return true;
    if (this.#isEncrypted) return this.#encrypt(bytes.subarray(0, length));
    if (!this.isWaiting) return this.#sendNow(bytes, length);
    this.#queue(Buffer.from(bytes.subarray(0, length)));
    return true;
  }

  #encrypt(bytes: Buffer): true {
    const isAtOnce = this.#departures !== undefined && this.#socket.writableLength === 0;
    this.#socket.write(isAtOnce ? bytes : Buffer.from(bytes));
    return true;
  }

  #queue(bytes: Buffer): boolean {
    this.#socket.write(bytes);
    return this.#socket.writableLength === 0;
  }

  #sendNow(bytes: Buffer, length: number): boolean {
    const handle = this.#handle === undefined ? this.#findHandle() : this.#handle;
    const isAlone = handle === null || this.#socket.destroyed;
    if (!isAlone && this.#joins(bytes, length)) return true;
    const written = length === bytes.length ? bytes : bytes.subarray(0, length);
    if (isAlone) return this.#queue(written);
    this.leave();
    return this.isWaiting ? this.#queue(written) : this.#write(handle, written);
  }

  /** True if they leave with the others. To make room, what is there leaves first, and this socket may be behind then. */
  #joins(bytes: Buffer, length: number): boolean {
    const departures = this.#departures;
    if (departures === undefined || length > bufferLimits.departingPieceBytesMax) return false;
    departures.makeRoom(length, this.#isDeparting, this);
    if (this.#isSlow) return false;
    this.#isDeparting = true;
    departures.add(this, bytes, length);
    return true;
  }

  /** What was to leave at the end of this turn leaves now: before anything else is done to the socket. */
  leave(): void {
    if (this.#isDeparting) this.#departures?.leave();
  }

  /** Ends our side, behind everything that was sent. */
  end(): void {
    this.leave();
    this.#socket.end();
  }

  depart(bytes: Uint8Array): boolean {
    this.#isDeparting = false;
    if (this.#socket.destroyed) return true;
    const isTaken = this.#write(this.#handle as WritingHandle, bytes);
    if (!isTaken) this.#isSlow = true;
    return isTaken;
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
    const handle: unknown = socket instanceof BareSocket ? socket.handle : Reflect.get(socket, '_handle');
    this.#handle = this.#departures !== undefined && canWrite(handle) ? handle : null;
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
  /** 0: all is written; another number: an error; an object: the system has the rest, and calls `oncomplete`. */
  writeBuffer(request: null, bytes: Uint8Array): number | UnfinishedWrite;
}

interface UnfinishedWrite {
  buffer: Uint8Array | null;
  oncomplete: ((status: number) => void) | null;
}

function canWrite(handle: unknown): handle is WritingHandle {
  return (
    typeof handle === 'object' && handle !== null && 'writeBuffer' in handle && typeof handle.writeBuffer === 'function'
  );
}

function writeError(status: number): Error {
  return new Error(`the write failed: ${getSystemErrorName(status)}`);
}

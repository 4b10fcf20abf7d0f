// Reads of accepted sockets into one buffer of the worker, as `net.connect({ onread })` offers it for sockets that we
// open: no allocation, no stream machinery per read (get-1k: 26.8 -> 22.9 us). Node has no public way to ask for it on an
// accepted socket, so this uses what `onread` itself sets: three fields of the socket and one method of its handle. Where
// any of them is missing (another version of Node), or `system.fast-sockets` is off, the caller reads `data` events.
//
// The shaping decision: the bytes are lent. They are overwritten by the next read of any connection, so whoever needs
// them beyond the callback copies them, and nobody ever writes a view of them to a socket.

import { bufferLimits } from '#config/limits';
import type { ClientSocket } from './client-socket.ts';

export class FastReads {
  readonly bytes: Buffer;
  readonly #isWanted: boolean;
  /** Whether a socket is read so. */
  isInUse = false;
  #fields: ReadFields | null | undefined = undefined; // null: this Node does not have them

  constructor(isWanted: boolean, bytes: Buffer = Buffer.allocUnsafeSlow(bufferLimits.clientReadBytes)) {
    this.#isWanted = isWanted;
    this.bytes = bytes;
  }

  /** From now on each read of the socket is in `bytes[0, length)` while `onRead` runs. False if this Node cannot do that. */
  attach(socket: ClientSocket, onRead: (length: number) => void): boolean {
    if (!this.#isWanted) return false;
    if (socket.readInto !== undefined) {
      socket.readInto(this.bytes, onRead);
      this.isInUse = true;
      return true;
    }
    if (this.#fields === undefined) this.#fields = fieldsOf(socket);
    const handle: unknown = Reflect.get(socket, '_handle');
    if (this.#fields === null || !hasUserBuffer(handle)) return false;
    const { buffer, callback } = this.#fields;
    Reflect.set(socket, buffer, this.bytes);
    Reflect.set(socket, callback, onRead);
    handle.useUserBuffer(this.bytes);
    this.isInUse = true;
    return true;
  }
}

interface ReadFields {
  readonly buffer: symbol;
  readonly callback: symbol;
}

/** The fields that `onread` fills, by the names that they carry. */
function fieldsOf(socket: ClientSocket): ReadFields | null {
  const symbols = Object.getOwnPropertySymbols(socket);
  const find = (name: string) => symbols.find(({ description }) => description === name);
  const [buffer, callback, generator] = [find('kBuffer'), find('kBufferCb'), find('kBufferGen')];
  if (buffer === undefined || callback === undefined || generator === undefined) return null;
  const areUnset = [buffer, callback, generator].every((symbol) => Reflect.get(socket, symbol) === null);
  return areUnset ? { buffer, callback } : null;
}

function hasUserBuffer(handle: unknown): handle is { useUserBuffer(buffer: Buffer): void } {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    'useUserBuffer' in handle &&
    typeof handle.useUserBuffer === 'function'
  );
}

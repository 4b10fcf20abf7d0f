// A client's connection without the stream that Node puts around one. A `net.Socket` is two streams, an event emitter and
// some fifty fields; to make one and to end it costs as much as a request (new-connection: 56 -> 40 us, a third of it the
// collection of its garbage). The engine needs of it what the handle below can do: read into a buffer, write, pause, close.
//
// The shaping decision: Node's own function for reads stays (it alone knows how much was read, and which error came), and
// this class is what it finds where it expects a socket. Whatever is rare is not done again here: to end its side while
// the other goes on, it becomes a real socket around the same handle. Names of undocumented fields are looked for once; where one of
// them is missing (another version of Node), or `system.fast-sockets` is off, connections are sockets as ever.

import { type Server, Socket } from 'node:net';
import type { ClientSocket } from './client-socket.ts';

export class BareSocket implements ClientSocket {
  readonly handle: StreamHandle;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly remoteFamily: string | undefined;
  declare readonly _readableState: unknown; // of its prototype, as what else Node looks for
  #bytes: Buffer = noBytes;
  #onRead: (length: number) => void = ignore;
  #onEnd: () => void = ignore;
  #onDrain: () => void = ignore;
  #onFinish: () => void = ignore;
  #onClose: readonly (() => void)[] = nobody;
  #isClosed = false;
  #hasEnded = false; // the other side sends nothing more
  #waitingBytes = 0; // written here, and not taken by the system yet
  #needsDrain = false;
  #full: Socket | undefined = undefined; // what it has become

  private constructor(handle: StreamHandle) {
    this.handle = handle;
    const isKnown = handle.getpeername(remoteName) === 0;
    this.remoteAddress = isKnown ? remoteName.address : undefined;
    this.remotePort = isKnown ? remoteName.port : undefined;
    this.remoteFamily = isKnown ? remoteName.family : undefined;
  }

  /** Around what a server has just accepted; `undefined` if that, or this Node, is not as it should be. */
  static adopt(handle: unknown): BareSocket | undefined {
    if (nodesNames === undefined || !isStreamHandle(handle)) return undefined;
    const socket = new BareSocket(handle);
    const { owner, onread } = nodesNames;
    handle[owner] = socket;
    handle.onread = onread;
    return socket;
  }

  /** From now on each read is in `bytes[0, length)` while `onRead` runs. */
  readInto(bytes: Buffer, onRead: (length: number) => void): void {
    this.#bytes = bytes;
    this.#onRead = onRead;
    this.handle.useUserBuffer(bytes);
    this.resume();
  }

  on(event: string, listener: (() => void) | ((chunk: Buffer) => void)): this {
    return this.#listen(event, listener as () => void);
  }

  #listen(event: string, listener: () => void): this {
    if (event === 'close') this.#onClose = this.#onClose === nobody ? [listener] : [...this.#onClose, listener];
    else if (event === 'end') this.#onEnd = listener;
    else if (event === 'drain') this.#onDrain = listener;
    else if (event === 'finish') this.#onFinish = listener;
    return this; // there is no `error`: `close` tells it
  }

  get destroyed(): boolean {
    return this.#isClosed || this.#full?.destroyed === true;
  }

  get writableLength(): number {
    return this.#waitingBytes + (this.#full?.writableLength ?? 0);
  }

  get writableNeedDrain(): boolean {
    return this.#needsDrain || this.#full?.writableNeedDrain === true;
  }

  get writableEnded(): boolean {
    return this.#full?.writableEnded === true;
  }

  get writableFinished(): boolean {
    return this.#full?.writableFinished === true;
  }

  pause(): void {
    if (this.#full !== undefined) this.#full.pause();
    else if (this.handle.reading && !this.#isClosed) {
      this.handle.reading = false;
      this.handle.readStop();
    }
  }

  resume(): void {
    if (this.#full !== undefined) this.#full.resume();
    else if (!(this.handle.reading || this.#hasEnded || this.#isClosed)) {
      this.handle.reading = true;
      if (this.handle.readStart() !== 0) this.destroy();
    }
  }

  /** Behind what is under way; the bytes are the system's until it has taken them. */
  write(bytes: Buffer): boolean {
    if (this.#full !== undefined) return this.#full.write(bytes);
    if (this.#isClosed) return false;
    const left = this.handle.writeBuffer(null, bytes);
    if (left === 0) return true;
    if (typeof left === 'number') this.destroy();
    else this.#wait(left, bytes);
    return false;
  }

  #wait(left: UnfinishedWrite, bytes: Buffer): void {
    this.#waitingBytes += bytes.length;
    this.#needsDrain ||= this.#waitingBytes >= waitingBytesMany;
    left.buffer = bytes; // keeps them alive
    left.oncomplete = (status) => {
      this.#waitingBytes -= bytes.length;
      if (status < 0) return void this.destroy();
      if (this.#waitingBytes > 0 || !this.#needsDrain) return;
      this.#needsDrain = false;
      this.#onDrain();
    };
  }

  /** Ends our side behind what is under way. */
  end(): void {
    if (this.#full === undefined && !this.#isClosed) this.#full = this.#becomeFull();
    this.#full?.end();
  }

  destroy(_error?: Error): void {
    if (this.#full !== undefined) this.#full.destroy();
    else if (!this.#isClosed) {
      this.handle.close();
      this.#tellClosed();
    }
  }

  resetAndDestroy(): void {
    if (this.#full !== undefined) this.#full.resetAndDestroy();
    else if (!this.#isClosed) {
      if (this.handle.reset() !== 0) this.handle.close();
      this.#tellClosed();
    }
  }

  /** Not within the call that closed it. */
  #tellClosed(): void {
    this.#isClosed = true;
    if (closed.length === 0) process.nextTick(tellClosed); // one for all: each costs as much as making a socket
    closed.push(this.#onClose);
  }

  #becomeFull(): Socket {
    const onread = {
      buffer: this.#bytes,
      callback: (length: number) => {
        this.#onRead(length);
        return true;
      },
    };
    const options: object = { handle: this.handle, allowHalfOpen: true, pauseOnCreate: !this.handle.reading, onread };
    const full = new Socket(options);
    full.on('end', () => this.push(null));
    full.on('drain', () => this.#onDrain());
    full.on('finish', () => this.#onFinish());
    full.on('error', ignore);
    full.on('close', () => this.#tellClosed());
    if (this.#hasEnded) {
      full.push(null);
      full.read(0); // as Node does when an end comes, so that it is told whether anybody reads or not
    }
    return full;
  }

  // ---- what Node's function for reads calls

  /** Bytes are in the buffer. */
  take(length: number): void {
    this.#onRead(length);
  }

  /** Nothing more will come. */
  push(_end: null): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd();
  }

  read(): void {
    // what is called behind `push`, for streams that nobody reads
  }
}

/**
 * Each connection that the server accepts is offered as the handle it comes in; where `take` says false, a socket is made
 * of it as ever. Whether this Node lets itself be asked is seen by `BareSocket.adopt`.
 */
export function onAccepted(server: Server, take: (handle: unknown) => boolean): void {
  const handle: unknown = Reflect.get(server, '_handle');
  if (typeof handle !== 'object' || handle === null) return;
  const usual: unknown = Reflect.get(handle, 'onconnection');
  if (typeof usual !== 'function' || !isStreamHandle(handle)) return;
  handle.setNoDelay(true); // Linux hands it down to what is accepted, which saves a call for each
  Reflect.set(handle, 'onconnection', (error: number | undefined, accepted: unknown) => {
    if (error || !take(accepted)) Reflect.apply(usual, handle, [error, accepted]);
  });
}

const noBytes = Buffer.alloc(0);
const nobody: readonly (() => void)[] = [];
const waitingBytesMany = 64 * 1024; // as many as a socket's stream lets gather before it asks to wait

function ignore(): void {
  // nobody listens
}

const closed: (readonly (() => void)[])[] = []; // the listeners of those who have closed and are to be told so

function tellClosed(): void {
  for (const listeners of closed.splice(0)) for (const listener of listeners) listener();
}

// ---- what this Node calls things

interface StreamHandle {
  [owner: symbol]: unknown;
  readonly fd: number;
  onread: unknown;
  reading: boolean;
  readStart(): number;
  readStop(): number;
  useUserBuffer(bytes: Buffer): void;
  /** 0: all is written; another number: an error; an object: the system has the rest, and calls `oncomplete`. */
  writeBuffer(request: null, bytes: Uint8Array): number | UnfinishedWrite;
  getpeername(into: RemoteName): number;
  setNoDelay(isOn: boolean): number;
  reset(): number;
  close(): void;
}

interface UnfinishedWrite {
  buffer: Uint8Array | null;
  oncomplete: ((status: number) => void) | null;
}

interface RemoteName {
  address: string;
  port: number;
  family: string;
}

const remoteName: RemoteName = { address: '', port: 0, family: '' }; // filled again and again: to add fields costs more

const methods = [
  'readStart',
  'readStop',
  'useUserBuffer',
  'writeBuffer',
  'getpeername',
  'setNoDelay',
  'reset',
  'close',
];

/** Looked into once for each kind: eight look-ups for each connection cost 0.8 us. */
function isStreamHandle(handle: unknown): handle is StreamHandle {
  if (typeof handle !== 'object' || handle === null) return false;
  const kind: unknown = Object.getPrototypeOf(handle);
  if (kind === streamKind && kind !== null) return true;
  if (!methods.every((name) => typeof Reflect.get(handle, name) === 'function')) return false;
  streamKind = kind;
  return true;
}

let streamKind: unknown = null; // the prototype of handles that have all of it

interface NodesNames {
  readonly owner: symbol;
  readonly onread: unknown;
  readonly fields: readonly [buffer: symbol, callback: symbol, generator: symbol, timer: symbol];
}

/** `undefined`: this Node calls them otherwise. */
export const nodesNames: NodesNames | undefined = findNames();
standIn(BareSocket.prototype);

/** What Node's function for reads looks for on a socket goes into the prototype. */
export function standIn(prototype: { take(length: number): void }): void {
  if (nodesNames === undefined) return;
  const [buffer, callback, generator, timer] = nodesNames.fields;
  Object.assign(prototype, {
    _readableState: { endEmitted: false },
    [buffer]: noBytes, // that there is one; the bytes are where `useUserBuffer` was told
    [callback]: prototype.take,
    [generator]: null,
    [timer]: ignore,
  });
}

/** Read off a socket around nothing. */
function findNames(): NodesNames | undefined {
  if (!process.versions.node.startsWith('26.')) return undefined;
  const handle = { onread: undefined };
  const socket = new Socket({ handle, manualStart: true } as object);
  const owner = symbolOf(handle, 'owner_symbol');
  const [buffer, callback, generator] = ['kBuffer', 'kBufferCb', 'kBufferGen'].map((name) => symbolOf(socket, name));
  const timer = symbolOf(Socket.prototype, 'kUpdateTimer');
  if (owner === undefined || typeof handle.onread !== 'function') return undefined;
  if (buffer === undefined || callback === undefined || generator === undefined || timer === undefined)
    return undefined;
  return { owner, onread: handle.onread, fields: [buffer, callback, generator, timer] };
}

function symbolOf(holder: object, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(holder).find(({ description }) => description === name);
}

// A client's connection inside TLS without the streams that Node puts around one: a `TLSSocket` around a `net.Socket` are
// four streams, two emitters with some twenty listeners and a hundred fields, and all of it survives several collections
// of garbage, because Node holds the handle weakly (tls-handshake: a quarter of what we took). What encrypts is Node's and
// OpenSSL's as ever: the handle that `TLSSocket` makes for itself, taken before it is dressed.
//
// The shaping decision: the handle takes one write at a time (a second one ends the process, on purpose), so what is written
// behind another waits here and goes out together; and whatever is called from inside OpenSSL never throws: a mistake
// costs that connection. When it is over the handle forgets us, so that what lives on is the handle alone.

import type { SecureContext } from 'node:tls';
import { type BareSocket, standIn } from '../http1/bare-socket.ts';
import type { ClientSocket } from '../http1/client-socket.ts';
import {
  type CertificateWish,
  newShutdown,
  ownerOf,
  ownHandle,
  type TlsHandle,
  type UnfinishedWrite,
  wrapHandle,
} from './tls-handle.ts';

/** Whoever brings the handshake about. */
export interface SealedEvents {
  onSecure(socket: SealedSocket): void;
  /** What has come cannot be understood or agreed to, or it has been closed before all was said. */
  onFailed(): void;
  /** Something threw that must not. */
  onMistake(error: unknown): void;
}

/** What a client that asked for a name is shown. */
export interface Shown {
  readonly context: SecureContext | undefined; // `undefined`: the one that the handshake began with
  readonly ocspResponse: Buffer | undefined;
}

export interface SealedTerms {
  readonly context: SecureContext;
  /** The protocols offered, each with its length in front (RFC 7301). */
  readonly protocols: Buffer;
  /** Where it is missing no handshake stops to ask. */
  readonly choose?: ((name: string) => Shown) | undefined;
}

export class SealedSocket implements ClientSocket {
  readonly encrypted = true; // as sockets of `node:tls` say it
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly remoteFamily: string | undefined;
  /** The name that the client has asked for: written here by Node. */
  servername: string | false | undefined = undefined;
  ssl: TlsHandle | null; // what Node frees when the handle is closed
  readonly #handle: TlsHandle;
  readonly #choose: ((name: string) => Shown) | undefined;
  readonly #events: SealedEvents;
  #isShakingHands = true;
  #onRead: (length: number) => void = ignore;
  #onEnd: () => void = ignore;
  #onDrain: () => void = ignore;
  #onFinish: () => void = ignore;
  #onClose: readonly (() => void)[] = nobody;
  #isReading = false;
  #isClosed = false;
  #hasEnded = false; // the other side sends nothing more
  #isWriting = false;
  #waiting: Buffer[] = []; // behind what is being written
  #waitingBytes = 0; // with what is being written
  #needsDrain = false;
  #isEnding = false;
  #mayClose: (() => boolean) | undefined = undefined;
  #isFinished = false; // our side has ended, and the system has taken everything

  /** Instead of the bare one, whose handle it takes. The handshake begins; throws if Node does not take the context. */
  constructor(bare: BareSocket, { context, protocols, choose }: SealedTerms, events: SealedEvents) {
    this.remoteAddress = bare.remoteAddress;
    this.remotePort = bare.remotePort;
    this.remoteFamily = bare.remoteFamily;
    this.#choose = choose;
    this.#events = events;
    const handle = wrapHandle(bare.handle, context);
    this.#handle = handle;
    this.ssl = handle;
    ownHandle(handle, this);
    handle.onhandshakedone = onHandshakeDone;
    handle.onerror = onHandleError;
    handle.setALPNProtocols(protocols);
    if (choose !== undefined) {
      handle.oncertcb = onCertificateWanted;
      handle.enableCertCb();
    }
    this.resume();
  }

  // ---- what the handshake told

  get version(): string | undefined {
    return this.#isClosed ? undefined : this.#handle.getProtocol();
  }

  get cipher(): string | undefined {
    return this.#isClosed ? undefined : this.#handle.getCipher()?.standardName;
  }

  // ---- what the engine asks for

  /** From now on each read is in `bytes[0, length)` while `onRead` runs. */
  readInto(bytes: Buffer, onRead: (length: number) => void): void {
    this.#onRead = onRead;
    this.#handle.useUserBuffer(bytes);
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
    return this.#isClosed;
  }

  get writableLength(): number {
    return this.#waitingBytes;
  }

  get writableNeedDrain(): boolean {
    return this.#needsDrain;
  }

  get writableEnded(): boolean {
    return this.#isEnding;
  }

  get writableFinished(): boolean {
    return this.#isFinished;
  }

  pause(): void {
    if (!this.#isReading || this.#isClosed) return;
    this.#isReading = false;
    this.#handle.readStop();
  }

  resume(): void {
    if (this.#isReading || this.#hasEnded || this.#isClosed) return;
    this.#isReading = true;
    if (this.#handle.readStart() !== 0) this.destroy();
  }

  /** What is written while nothing waits is encrypted before this returns; the rest is read later. */
  write(bytes: Buffer): boolean {
    if (this.#isClosed || this.#isEnding) return false;
    this.#waitingBytes += bytes.length;
    if (this.#isWriting) this.#waiting.push(bytes);
    else this.#encrypt(bytes.length, this.#handle.writeBuffer(null, bytes), bytes);
    this.#needsDrain ||= this.#waitingBytes >= waitingBytesMany;
    return !this.#needsDrain;
  }

  /** `left`: 0 if all of it has gone, another number for an error, an object that tells later. */
  #encrypt(length: number, left: number | UnfinishedWrite, bytes: unknown): void {
    if (left === 0) return this.#onWritten(length);
    if (typeof left === 'number' || left.error !== undefined) return this.destroy();
    this.#isWriting = true;
    left.buffer = bytes; // keeps them alive
    left.oncomplete = (status) => this.#onWriteEnded(length, status);
    if (typeof left.writeStatus === 'number') left.oncomplete(left.writeStatus); // within the call
  }

  #onWriteEnded(length: number, status: number): void {
    this.#isWriting = false;
    if (this.#isClosed) return;
    if (status < 0) this.destroy();
    else this.#onWritten(length);
  }

  #onWritten(length: number): void {
    this.#waitingBytes -= length;
    if (this.#waiting.length > 0) return this.#writeWaiting();
    if (this.#waitingBytes > 0) return;
    if (this.#isEnding) this.#shutDown();
    if (!this.#needsDrain) return;
    this.#needsDrain = false;
    this.#onDrain();
  }

  #writeWaiting(): void {
    const pieces = this.#waiting;
    this.#waiting = [];
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#encrypt(length, this.#handle.writev(null, pieces, true), pieces);
  }

  /** Ends our side behind what is under way: `close_notify`, and the system's end behind it. */
  end(): void {
    if (this.#isEnding || this.#isClosed) return;
    this.#isEnding = true;
    if (!this.#isWriting) this.#shutDown();
  }

  /**
   * The same, and if that is still right when all has been taken, closed at once: without the system's end, which the
   * close is, and without waiting for the other side's (tls-handshake: a turn of the loop and two calls of the system less).
   */
  endAndClose(mayClose: () => boolean): void {
    this.#mayClose = mayClose;
    this.end();
  }

  #shutDown(): void {
    if (newShutdown === undefined) return this.destroy();
    const request = newShutdown();
    request.oncomplete = () => this.#onShutDown();
    const status = this.#handle.shutdown(request); // `close_notify` is written within this call
    if (this.#mayClose?.() === true) this.destroy();
    else if (status === doneAtOnce) this.#onShutDown();
    else if (status !== 0) this.destroy(); // the other side has left
  }

  #onShutDown(): void {
    if (this.#isClosed) return;
    this.#isFinished = true;
    this.#onFinish();
    if (this.#hasEnded) this.destroy();
  }

  destroy(_error?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const handle = this.#handle;
    handle.close(() => forget(handle)); // never within this call: we may be inside OpenSSL
    process.nextTick(() => this.#tellClosed());
  }

  /** There is no reset inside TLS: an end without `close_notify` is a cut (RFC 8446 section 6.1). */
  resetAndDestroy(): void {
    this.destroy();
  }

  #tellClosed(): void {
    if (this.#isShakingHands) this.#events.onFailed();
    this.#isShakingHands = false;
    for (const listener of this.#onClose) listener();
  }

  // ---- what Node's function for reads calls

  /** Bytes are in the buffer. */
  take(length: number): void {
    this.#onRead(length);
  }

  /** Nothing more will come. Who ends in the middle of a handshake waits for nothing. */
  push(_end: null): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#isShakingHands || this.#isFinished) this.destroy();
    else this.#onEnd();
  }

  read(): void {
    // what is called behind `push`, for streams that nobody reads
  }

  // ---- what the handle calls, inside OpenSSL

  /** Also told of what follows a handshake, such as new keys. */
  onHandshakeDone(): void {
    if (this.#isClosed || !this.#isShakingHands) return;
    this.#isShakingHands = false;
    this.#events.onSecure(this);
  }

  onCertificateWanted({ servername, OCSPRequest }: CertificateWish): void {
    const shown = this.#choose?.(typeof servername === 'string' ? servername : '');
    if (shown?.context !== undefined) this.#handle.sni_context = shown.context.context;
    if (OCSPRequest && shown?.ocspResponse !== undefined) this.#handle.setOCSPResponse(shown.ocspResponse);
    this.#handle.certCbDone();
  }

  onMistake(error: unknown): void {
    this.destroy();
    this.#events.onMistake(error);
  }
}

standIn(SealedSocket.prototype);

const nobody: readonly (() => void)[] = [];
const waitingBytesMany = 64 * 1024; // as many as a socket's stream lets gather before it asks to wait
const doneAtOnce = 1; // of `shutdown`

function ignore(): void {
  // nobody listens
}

/**
 * The handle is the last that is collected, and would keep all that it points at until then. Whom Node still finds on it is
 * somebody who is gone.
 */
function forget(handle: TlsHandle): void {
  ownHandle(handle, gone);
  handle.onhandshakedone = null;
  handle.onerror = null;
  if (handle.oncertcb !== undefined) handle.oncertcb = null;
  if (handle.sni_context !== undefined) handle.sni_context = null;
  handle._parent = null;
  handle._secureContext = null;
}

const gone = { destroyed: true, destroy: ignore, push: ignore, read: ignore, take: ignore };
standIn(gone);

// ---- callbacks of the handle: `this` is the handle

function onHandshakeDone(this: TlsHandle): void {
  guarded(this, (socket) => socket.onHandshakeDone());
}

function onCertificateWanted(this: TlsHandle, wish: CertificateWish): void {
  guarded(this, (socket) => socket.onCertificateWanted(wish));
}

/** What has come is not what it should be; `close` tells it. */
function onHandleError(this: TlsHandle): void {
  guarded(this, (socket) => socket.destroy());
}

function guarded(handle: TlsHandle, run: (socket: SealedSocket) => void): void {
  const socket = ownerOf(handle);
  if (!(socket instanceof SealedSocket)) return;
  try {
    run(socket);
  } catch (error) {
    socket.onMistake(error);
  }
}

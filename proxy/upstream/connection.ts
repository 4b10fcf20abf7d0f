// One connection to a target: reads replies, tells its owner, and rests in a pool in between. The shaping decision: public
// `onread` with one buffer for all connections of a worker (read-buffer.ts), so that a read makes no object and a
// connection holds none; whoever needs bytes beyond the call in which they came copies them.
// It refuses to know what an exchange is.

import { connect, type Socket } from 'node:net';
import type { Address } from '#config/value';
import { BodyFraming } from '../http1/body-framing.ts';
import type { Departures } from '../http1/departures.ts';
import { isFaulty, needsMore } from '../http1/header-lines.ts';
import { Outlet } from '../http1/outlet.ts';
import { ResponseHead } from '../http1/response-head.ts';
import { Deadline, type TimerWheel } from '../timers.ts';
import { handshakeError, isCertificateRefused } from '../tls/failure.ts';
import type { TargetTls } from '../tls/origin.ts';
import { LateBytes } from './late-bytes.ts';
import type { ReadBuffer } from './read-buffer.ts';

/**
 * Whoever has sent a request on the connection. Each call but `onUpstreamBytes` comes when things happen, never within a
 * call of the owner's. Bytes are lent: the next read, of any connection, writes over them and over what the head says.
 */
export interface UpstreamOwner {
  onUpstreamConnected(): void;
  /** A head is whole (or faulty: `head.fault`); what is behind it is `bytes[at, end)`. */
  onUpstreamHead(bytes: Buffer, at: number, end: number): void;
  onUpstreamBytes(bytes: Buffer, at: number, end: number): void;
  onUpstreamDrained(): void;
  onUpstreamTimeout(): void;
  /** The upstream sends nothing more; an owner that has this may go on sending, and sets `socket.allowHalfOpen`. */
  onUpstreamEnd?(): void;
  /** The end; with an error, or without one where the upstream ended it in order. */
  onUpstreamClosed(error: Error | undefined): void;
  /** A mistake of ours while one of these ran. */
  onMistake(error: unknown): void;
}

/** What all connections of a worker share. */
export interface Surroundings {
  readonly timers: TimerWheel;
  readonly readBuffer: ReadBuffer;
  readonly departures?: Departures | undefined; // with `fast-sockets`
  readonly tls?: TargetTls | undefined; // of this target
}

export class UpstreamConnection {
  readonly socket: Socket;
  readonly outlet: Outlet;
  readonly head = new ResponseHead();
  readonly framing = new BodyFraming();
  readonly deadline: Deadline;
  owner: UpstreamOwner | undefined;
  isConnected = false;
  isReused = false;
  isRefused = false; // inside TLS, after it stood: nothing that was sent has been read
  /** Bytes of the reply that the owner waits for. */
  replyBytes = 0;
  restingSinceMs = 0;
  readonly address: Address;
  generation = 0; // of the addresses that it was opened to one of
  retireAtMs = Infinity;
  isInBody = false;
  readonly #timers: TimerWheel;
  readonly #onRested: (connection: UpstreamConnection) => void;
  readonly #onEnded: () => void;
  #hasEnded = false;
  readonly #readBuffer: ReadBuffer;
  #gathered: Buffer | undefined = undefined; // a head that came in pieces
  #error: Error | undefined = undefined;
  #isGone = false;
  #isShakingHands = false;
  readonly #late: LateBytes | undefined; // inside TLS

  /** `onRested` is called when it ends, or must end, while it rests; `onEnded` once, when it is given up. */
  constructor(
    address: Address,
    { timers, readBuffer, departures, tls }: Surroundings,
    owner: UpstreamOwner,
    onRested: (connection: UpstreamConnection) => void,
    onEnded: () => void = () => undefined,
  ) {
    this.address = address;
    this.#onEnded = onEnded;
    this.owner = owner;
    this.#timers = timers;
    this.#readBuffer = readBuffer;
    this.#onRested = onRested;
    this.deadline = new Deadline(timers, () => this.#onDeadline());
    const onread = { buffer: readBuffer.room, callback: (length: number) => this.#onRead(length) };
    const place =
      address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port, noDelay: true };
    this.socket = tls === undefined ? connect({ ...place, onread }) : tls.connect({ ...place, onread });
    if (tls !== undefined)
      this.socket.on('connect', () => {
        this.#isShakingHands = true;
      });
    this.socket.on(tls === undefined ? 'connect' : 'secureConnect', () => this.#onConnect());
    const onDrained = () => this.#tell((waiting) => waiting.onUpstreamDrained());
    this.outlet = new Outlet(this.socket, departures, onDrained, (error) => this.#onWriteFailed(error));
    this.socket.on('error', (error) => this.#onError(error));
    this.#late = tls === undefined ? undefined : new LateBytes((bytes) => this.#takeLate(bytes));
    this.socket.on('end', () => this.#afterLate(() => this.#onEnd()));
    this.socket.on('close', () => this.#afterLate(() => this.#onGone()));
  }

  /** The bytes before a read, where a head may be put in front of its body. */
  hasHeadroom(bytes: Buffer, at: number, length: number): boolean {
    return bytes === this.#readBuffer.bytes && at >= length;
  }

  pause(): void {
    this.#late?.pause();
    this.socket.pause();
  }

  resume(): void {
    this.#late?.resume();
    this.socket.resume();
  }

  /** Ready for the head that comes next: of a further request, or after an interim reply. */
  expectHead(): void {
    this.isInBody = false;
    this.#gathered = undefined;
    this.head.begin(noBytes, 0);
  }

  /** Gives it to another owner. */
  take(owner: UpstreamOwner): void {
    this.owner = owner;
    this.isReused = true;
    this.replyBytes = 0;
    this.deadline.clear();
    this.expectHead();
  }

  destroy(): void {
    this.owner = undefined;
    this.#late?.clear();
    this.deadline.drop();
    this.socket.destroy();
    this.#end();
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  #onError(error: Error): void {
    this.isRefused = !this.isReused && this.replyBytes === 0 && this.isConnected && isCertificateRefused(error);
    this.#error = this.#isShakingHands || this.isRefused ? handshakeError(error) : error;
  }

  #onConnect(): void {
    this.isConnected = true;
    this.#isShakingHands = false;
    this.#tell((waiting) => waiting.onUpstreamConnected());
  }

  #onRead(length: number): boolean {
    this.#timers.refresh();
    const { owner } = this;
    const { bytes, start, room } = this.#readBuffer;
    if (this.#late?.isHolding === true) this.#late.keep(room.subarray(0, length));
    else if (owner === undefined)
      this.#onRested(this); // RFC 9112 section 9.3.2 leaves no other reading of bytes nobody asked for
    else this.#readFrom(owner, bytes, start, start + length);
    return true;
  }

  #afterLate(tell: () => void): void {
    if (this.#late === undefined) tell();
    else this.#late.end(tell);
  }

  #takeLate(bytes: Buffer): void {
    const { owner } = this;
    this.#timers.refresh();
    if (owner === undefined) this.#onRested(this);
    else this.#readFrom(owner, bytes, 0, bytes.length);
  }

  #readFrom(owner: UpstreamOwner, bytes: Buffer, start: number, end: number): void {
    try {
      this.replyBytes += end - start;
      if (this.isInBody) owner.onUpstreamBytes(bytes, start, end);
      else this.#readHead(owner, bytes, start, end);
    } catch (error) {
      owner.onMistake(error);
    }
  }

  #readHead(owner: UpstreamOwner, come: Buffer, start: number, end: number): void {
    let [bytes, from, to] = [come, start, end];
    if (this.#gathered === undefined) this.head.begin(bytes, from);
    else {
      bytes = Buffer.concat([this.#gathered, come.subarray(start, end)]);
      [from, to] = [0, bytes.length];
    }
    this.#readHeads(owner, bytes, from, to);
  }

  /** The head, whole, faulty or to be gathered. */
  #readHeads(owner: UpstreamOwner, bytes: Buffer, from: number, to: number): void {
    const bodyStart = this.head.read(bytes, to);
    if (bodyStart === needsMore) {
      this.#gathered = Buffer.from(bytes.subarray(from, to));
      this.head.begin(this.#gathered, 0);
      return;
    }
    if (bodyStart !== isFaulty) this.isInBody = true;
    this.#gathered = undefined;
    owner.onUpstreamHead(bytes, bodyStart === isFaulty ? to : bodyStart, to);
  }

  /** After an interim reply: the next head may stand in the same bytes. */
  readNextHead(bytes: Buffer, at: number, end: number): void {
    this.expectHead();
    const { owner } = this;
    if (at === end || owner === undefined) return;
    this.head.begin(bytes, at);
    this.#readHeads(owner, bytes, at, end);
  }

  #onDeadline(): void {
    if (this.owner === undefined) this.#onRested(this);
    else this.#tell((waiting) => waiting.onUpstreamTimeout());
  }

  /** It may have answered before it closed: what arrived is read first, and then its end, which comes by itself. */
  #onWriteFailed(error: Error): void {
    this.#error ??= error;
  }

  #onEnd(): void {
    const { owner } = this;
    if (owner?.onUpstreamEnd === undefined) this.#onGone();
    else this.#guard(owner, () => owner.onUpstreamEnd?.());
  }

  #onGone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.deadline.drop();
    const { owner } = this;
    this.owner = undefined;
    this.socket.destroy();
    this.#end();
    if (owner === undefined) this.#onRested(this);
    else this.#guard(owner, () => owner.onUpstreamClosed(this.#error));
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnded();
  }

  #tell(what: (owner: UpstreamOwner) => void): void {
    const { owner } = this;
    if (owner !== undefined) this.#guard(owner, () => what(owner));
  }

  #guard(owner: UpstreamOwner, run: () => void): void {
    this.#timers.refresh();
    try {
      run();
    } catch (error) {
      owner.onMistake(error);
    }
  }
}

const noBytes = Buffer.alloc(0);

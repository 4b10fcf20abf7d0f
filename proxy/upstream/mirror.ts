// Copies of requests for a second upstream, which sees real traffic while nobody sees its replies. A copy is the bytes
// that the original was sent with, taken on their way and sent when the original is whole, on a connection of its own. The
// shaping decision: everything about it is bounded beforehand (bytes, copies under way, time, what is read of a reply), so
// that whatever the second upstream does, the original cannot notice. It refuses to try anything twice.

import { pickLimits } from '#config/limits';
import type { Logger } from '#config/log';
import type { RouteConfig } from '#config/schema';
import type { HeadWriter } from '../http1/write-head.ts';
import type { TargetFailure } from '../metrics.ts';
import type { TimerWheel } from '../timers.ts';
import type { Asker } from './balance.ts';
import type { UpstreamConnection, UpstreamOwner } from './connection.ts';
import type { Target, Upstream } from './pick.ts';

export type MirrorOutcome = 'answered' | 'failed' | 'late' | 'too-large' | 'too-many' | 'incomplete';

type MirrorConfig = NonNullable<RouteConfig['mirror']>;

/** What a route sends copies to, and what has become of them. */
export class Mirror {
  readonly upstream: Upstream;
  readonly config: MirrorConfig;
  readonly outcomes = new Map<MirrorOutcome, number>();
  readonly underWay = new Set<MirrorCopy>();
  readonly #chance: () => number;

  static of(
    { mirror }: RouteConfig,
    { upstreams }: { readonly upstreams: ReadonlyMap<string, Upstream> },
    chance: () => number = Math.random,
  ): Mirror | undefined {
    const upstream = mirror === undefined ? undefined : upstreams.get(mirror.upstream);
    return mirror === undefined || upstream === undefined ? undefined : new Mirror(upstream, mirror, chance);
  }

  private constructor(upstream: Upstream, config: MirrorConfig, chance: () => number) {
    this.upstream = upstream;
    this.config = config;
    this.#chance = chance;
  }

  /** The exchange is about to be sent: for the first time, or again, and then its copy has been seen to. */
  begin(exchange: Original): void {
    if (exchange.attempts > 1 || exchange.upgrade !== undefined || 100 * this.#chance() >= this.config.percent) return;
    const { maxBodyBytes, maxInFlight } = this.config;
    if (exchange.head.contentLength > maxBodyBytes) return this.count('too-large');
    if (this.underWay.size >= maxInFlight) return this.count('too-many');
    const copy = new MirrorCopy(this, exchange, exchange.worker.writer.written.length);
    this.underWay.add(copy);
    exchange.mirrorCopy = copy;
  }

  count(outcome: MirrorOutcome): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  /** Nobody waits for what is under way any more. */
  close(): void {
    for (const copy of [...this.underWay]) copy.end('incomplete');
  }
}

/** What is copied; an exchange is one. */
export interface Original extends Pick<Asker, 'path' | 'sender'> {
  readonly head: Asker['head'] & { readonly method: string };
  readonly worker: { readonly log: Logger; readonly writer: HeadWriter; readonly timers: TimerWheel };
  readonly attempts: number;
  readonly upgrade: object | undefined; // a request to switch protocols is not copied: nobody would be at its other end
  mirrorCopy: MirrorCopy | undefined;
}

/** One copy: gathered while the original is sent, then sent itself. */
export class MirrorCopy implements UpstreamOwner {
  readonly #mirror: Mirror;
  readonly #asker: Asker;
  readonly #isHead: boolean;
  readonly #log: Logger;
  readonly #timers: TimerWheel;
  readonly #bytesMax: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isWhole = false;
  #target: Target | undefined = undefined;
  #connection: UpstreamConnection | undefined = undefined;
  #isAnswered = false;
  #isTrial = false;
  #sentAtMs = 0;
  #hasEnded = false;

  constructor(mirror: Mirror, { path, sender, head, worker }: Original, headBytesMax: number) {
    this.#mirror = mirror;
    this.#asker = { path, sender, head, triedTargets: [], queuedTokens: 0, stickyLine: '', staysAtTarget: false };
    this.#isHead = head.method === 'HEAD';
    this.#log = worker.log;
    this.#timers = worker.timers;
    this.#bytesMax = mirror.config.maxBodyBytes + headBytesMax;
  }

  /** What the original is being sent, lent: its head and its body as they come. */
  take(bytes: Buffer, isLast: boolean): void {
    if (this.#isWhole || this.#hasEnded) return; // also when the original is sent again
    this.#bytes += bytes.length;
    if (this.#bytes > this.#bytesMax) return this.end('too-large');
    if (bytes.length > 0) this.#pieces.push(Buffer.from(bytes));
    if (!isLast) return;
    this.#isWhole = true;
    this.#send();
  }

  /** The original is over: a copy that is not whole by now never will be. */
  close(): void {
    if (!this.#isWhole) this.end('incomplete');
  }

  end(outcome: MirrorOutcome, failure?: TargetFailure): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#pieces = [];
    this.#mirror.underWay.delete(this);
    this.#mirror.count(this.#isAnswered ? 'answered' : outcome);
    this.#connection?.destroy();
    if (this.#target === undefined) return;
    this.#target.active -= 1;
    this.#target.queuedTokens -= this.#asker.queuedTokens;
    const { watch, metrics } = this.#target;
    if (failure !== undefined) metrics.countFailure(failure);
    if (failure !== undefined) watch?.onFailure(failure === 'connect', this.#isTrial);
    else if (this.#isTrial) watch?.onAbandoned();
    this.#isTrial = false;
  }

  #send(): void {
    const target = this.#mirror.upstream.pick(this.#asker);
    if (target === undefined) return this.end('failed');
    if (target.pool.mustWait) return this.end('too-many'); // originals come first
    this.#target = target;
    target.active += 1;
    this.#isTrial = target.watch?.begin() === true;
    target.queuedTokens += this.#asker.queuedTokens;
    this.#connection = target.pool.take(this, Infinity);
    if (this.#connection !== undefined) return this.onUpstreamConnected();
    this.#connection = target.pool.open(this);
    if (this.#connection === undefined) return this.end('failed', 'connect');
    this.#connection.deadline.set(this.#mirror.upstream.config.timeouts.connectMs);
  }

  onUpstreamConnected(): void {
    if (this.#connection === undefined || this.#target === undefined) return;
    this.#target.attempts += 1;
    this.#connection.deadline.set(this.#mirror.upstream.config.timeouts.responseHeadersMs); // for all of the reply
    this.#sentAtMs = this.#timers.nowMs;
    this.#connection.outlet.send(marked(Buffer.concat(this.#pieces)));
    this.#pieces = [];
  }

  onUpstreamHead(bytes: Buffer, at: number, end: number): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const { head, framing } = connection;
    if (head.fault !== undefined || head.status === 101) return this.end('failed', 'bad-reply');
    if (head.status < 200) return connection.readNextHead(bytes, at, end);
    this.#isAnswered = true;
    this.#target?.watch?.onReply(head.status, this.#timers.nowMs - this.#sentAtMs, this.#isTrial);
    this.#isTrial = false;
    if (this.#isHead || head.status === 204 || head.status === 304) framing.beginNone();
    else if (head.isChunked) framing.beginChunked();
    else if (head.contentLength >= 0) framing.beginLength(head.contentLength);
    else framing.beginUntilClose();
    this.onUpstreamBytes(bytes, at, end);
  }

  /** Read to its end, within bounds, so that the connection can be used again. */
  onUpstreamBytes(bytes: Buffer, at: number, end: number): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const { framing, head } = connection;
    let index = at;
    while (index < end && !framing.isDone && framing.fault === undefined) index = framing.next(bytes, index, end);
    if (!framing.isDone && framing.fault === undefined && connection.replyBytes < pickLimits.mirrorReplyBytesMax)
      return;
    if (framing.isDone && index === end && head.keepsAlive && framing.fault === undefined) {
      this.#connection = undefined;
      connection.deadline.clear();
      this.#target?.pool.put(connection);
    }
    this.end('answered');
  }

  onUpstreamDrained(): void {} // all of it was handed over at once

  onUpstreamTimeout(): void {
    this.end('late', this.#connection?.isConnected === true ? 'timeout' : 'connect');
  }

  onUpstreamClosed(): void {
    const isConnected = this.#connection?.isConnected === true;
    this.#connection = undefined;
    this.end('failed', isConnected ? 'reset' : 'connect');
  }

  onMistake(error: unknown): void {
    this.#log.error('internal-error', { error: error instanceof Error ? error.stack : String(error) });
    this.end('failed');
  }
}

/** So that who receives it can tell it from an original, and for example sends no mail. */
function marked(request: Buffer): Buffer {
  const headEnd = request.indexOf('\r\n\r\n') + 2;
  return Buffer.concat([request.subarray(0, headEnd), mark, request.subarray(headEnd)]);
}

const mark = Buffer.from('X-Mirrored: 1\r\n');

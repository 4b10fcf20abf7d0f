// A connection whose protocol was switched: bytes both ways, each side no faster than the other takes them, so nothing is
// kept beyond the marks of the sockets. The end of one direction is passed on as an end, a cut as a cut. The shaping
// decision: the tunnel takes the upstream's connection and the client's as they are, and owns what happens to both until
// the exchange is over; the trunk sees it open and sees it over. A WebSocket that the proxy itself ends (drain, idle,
// lifetime) is told so by a Close frame on both sides, put where a frame ends. It refuses to read what it carries:
// where agents want to see frames, inspected-frames.ts does.
//
//   client ==bytes==> up ==> upstream      each way: pass until a Close of ours, then nothing
//   client <== down <==bytes== upstream

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { timeLimits } from '#config/limits';
import type { Group } from '../agents/plan.ts';
import { closeExchange } from '../close-exchange.ts';
import type { ClientTunnel, Exchange } from '../exchange.ts';
import { cutSocket } from '../http1/cut.ts';
import type { Outlet } from '../http1/outlet.ts';
import type { RouteMetrics } from '../metrics.ts';
import { webSocket } from '../request/upgrade.ts';
import { Deadline } from '../timers.ts';
import type { UpstreamConnection, UpstreamOwner } from '../upstream/connection.ts';
import { FrameTurns, type FrameWay, InspectedFrames } from './inspected-frames.ts';
import { closeFrame, FrameFollower, goingAway } from './websocket-frames.ts';

/** Why the proxy ends a tunnel, as the access line says it. */
type Ending = 'tunnel-drained' | 'tunnel-idle' | 'tunnel-lifetime' | `tunnel-frame: ${string}`;

/** One direction. */
interface Way {
  readonly to: Outlet;
  readonly frames: FrameFollower | undefined; // of a WebSocket
  inspected: InspectedFrames | undefined; // whose frames agents look at
  hasEnded: boolean; // its sender sends nothing more
  isShut: boolean; // a Close was the last that passed: by our decision
}

export class Tunnel implements UpstreamOwner, ClientTunnel {
  readonly protocol: string;
  readonly handshakeMs: number;
  readonly #exchange: Exchange;
  readonly #upstream: UpstreamConnection;
  readonly #metrics: RouteMetrics;
  readonly #up: Way;
  readonly #down: Way;
  readonly #idleMs: number;
  readonly #quiet: Deadline;
  readonly #lifetime: Deadline;
  #ending: Ending | undefined = undefined;
  #isBoundSet = false; // the deadline is the last one, whatever still moves
  #closeCode = goingAway;
  #closeReason = '';

  private constructor(exchange: Exchange, upstream: UpstreamConnection, protocol: string, groups: readonly Group[]) {
    const { worker, route, client } = exchange;
    assert(route !== undefined, 'only a route switches protocols');
    const { idleTimeoutMs, maxLifetimeMs } = route.config.tunnel;
    this.protocol = protocol;
    this.handshakeMs = worker.timers.nowMs - exchange.startedMs;
    this.#exchange = exchange;
    this.#upstream = upstream;
    this.#metrics = route.metrics;
    this.#up = wayTo(upstream.outlet, protocol);
    this.#down = wayTo(client.outlet, protocol);
    if (protocol === webSocket && groups.length > 0) this.#inspect(groups);
    this.#idleMs = idleTimeoutMs;
    this.#quiet = new Deadline(worker.timers, () => this.#guard(() => this.#onQuiet()));
    this.#lifetime = new Deadline(worker.timers, () => this.#guard(() => this.#end('tunnel-lifetime')));
    this.#quiet.set(idleTimeoutMs);
    this.#lifetime.set(maxLifetimeMs);
  }

  /** Takes both connections over. What the client has sent already goes through at once. */
  static open(exchange: Exchange, upstream: UpstreamConnection, protocol: string, groups: readonly Group[]): Tunnel {
    const tunnel = new Tunnel(exchange, upstream, protocol, groups);
    const { worker, client } = exchange;
    exchange.tunnel = tunnel;
    worker.metrics.exchangesInFlight -= 1;
    worker.metrics.tunnelsOpen += 1;
    tunnel.#metrics.tunnels += 1;
    upstream.deadline.clear();
    upstream.owner = tunnel;
    upstream.socket.allowHalfOpen = true;
    client.switchTo(tunnel);
    if (worker.isDraining) tunnel.onWorkerDrain();
    return tunnel;
  }

  onOver(): void {
    this.#up.inspected?.close();
    this.#down.inspected?.close();
    this.#quiet.drop();
    this.#lifetime.drop();
    this.#exchange.worker.metrics.tunnelsOpen -= 1;
    this.#metrics.tunnels -= 1;
  }

  // ---- bytes

  onClientBytes(bytes: Buffer, at: number, end: number): void {
    if (at === end) return;
    const { client } = this.#exchange;
    client.body.bytesRead += end - at;
    this.#metrics.requestBytes += end - at;
    this.#onMoved();
    this.#pass(this.#up, bytes, at, end);
    if (!this.#up.isShut && this.#up.to.isBackedUp) client.pause();
  }

  onUpstreamBytes(bytes: Buffer, at: number, end: number): void {
    if (at === end || this.#exchange.isClosed) return;
    this.#onMoved();
    this.#pass(this.#down, bytes, at, end);
    if (!this.#down.isShut && this.#down.to.isBackedUp) this.#upstream.pause();
  }

  onUpstreamDrained(): void {
    this.#onMoved();
    this.#exchange.client.resume();
  }

  onClientDrained(): void {
    this.#onMoved();
    this.#upstream.resume();
  }

  #onMoved(): void {
    if (this.#isBoundSet) return;
    const isHalf = this.#up.hasEnded || this.#down.hasEnded;
    this.#quiet.set(isHalf ? Math.min(this.#idleMs, timeLimits.tunnelHalfClosedMs) : this.#idleMs);
  }

  /** Everything; but once the proxy ends the tunnel only what is left of the frame under way, then our Close, then nothing. */
  #pass(way: Way, bytes: Buffer, at: number, end: number): void {
    const { frames, inspected } = way;
    if (inspected !== undefined && this.#ending === undefined) return inspected.take(bytes, at, end);
    const stop = way.isShut ? at : this.#ending === undefined ? end : (frames?.next(bytes, at, end) ?? end);
    if (stop > at) this.#send(way, bytes, at, stop);
    if (frames === undefined) return;
    if (this.#ending === undefined) frames.follow(bytes, at, end);
    else this.#passLast(way, frames, bytes, stop, end);
  }

  #passLast(way: Way, frames: FrameFollower, bytes: Buffer, at: number, end: number): void {
    if (!way.isShut && frames.isAtBoundary) this.#shut(way);
    frames.follow(bytes, at, end); // in which an answer to our Close may stand
    this.#finishIfAnswered();
  }

  /** Small pieces by way of the writer, together with what else leaves in this turn; large ones from where they were read. */
  #send(way: Way, bytes: Buffer, at: number, end: number): void {
    const { writer } = this.#exchange.worker;
    if (end - at <= copiedBytesMax) {
      writer.reset();
      writer.copy(bytes, at, end);
      writer.send(way.to);
    } else way.to.sendLent(bytes, at, end);
    if (way === this.#up) return;
    this.#exchange.bytesOut += end - at;
    this.#metrics.responseBytes += end - at;
  }

  // ---- frames that agents look at

  #inspect(groups: readonly Group[]): void {
    const turns = new FrameTurns();
    for (const way of [this.#up, this.#down])
      way.inspected = new InspectedFrames(this.#exchange, groups, turns, this.#frameWay(way));
  }

  #frameWay(way: Way): FrameWay {
    return {
      isToServer: way === this.#up,
      pass: (frame) => this.#passFrame(way, frame),
      end: (code, reason, why) => this.#endFor(code, reason, why),
      wait: () => (way === this.#up ? this.#exchange.client.pause() : this.#upstream.pause()),
      goOn: () => this.#onFramesPassed(way),
    };
  }

  /** Copied, for the frame lies where the next ones will. */
  #passFrame(way: Way, frame: Buffer): void {
    const { writer } = this.#exchange.worker;
    if (way.isShut || this.#exchange.isClosed) return;
    writer.reset();
    writer.copy(frame, 0, frame.length);
    writer.send(way.to);
    way.frames?.follow(frame, 0, frame.length);
    if (way === this.#up) return;
    this.#exchange.bytesOut += frame.length;
    this.#metrics.responseBytes += frame.length;
  }

  #onFramesPassed(way: Way): void {
    if (this.#exchange.isClosed) return;
    if (way.hasEnded) return this.#passEnd(way);
    if (way.to.isBackedUp) return;
    if (way === this.#up) this.#exchange.client.resume();
    else this.#upstream.resume();
  }

  #endFor(code: number, reason: string, why: string): void {
    this.#closeCode = code;
    this.#closeReason = reason;
    this.#end(`tunnel-frame: ${why}`);
  }

  // ---- ends that come from the two sides

  onClientEnd(): void {
    this.#onEnd(this.#up);
  }

  onUpstreamEnd(): void {
    this.#onEnd(this.#down);
  }

  /** Passed on behind what is still to be sent; the other direction may go on. */
  #onEnd(way: Way): void {
    way.hasEnded = true;
    if (way.inspected?.isWaiting !== true) this.#passEnd(way);
    this.#onMoved();
    if (this.#ending !== undefined) this.#finishIfAnswered();
  }

  #passEnd(way: Way): void {
    if (way === this.#up) this.#upstream.outlet.end();
    else this.#exchange.client.endWriting();
  }

  /** The exchange is over with it: what drains the worker waits for clients' connections. */
  onClientGone(): void {
    if (this.#haveBothEnded() || this.#down.isShut) return this.#close(undefined);
    if (!this.#up.isShut) cutSocket(this.#upstream.socket);
    this.#close('client-closed');
  }

  /** In order, the client still has to take what waits for it; its own end is what comes next. */
  onUpstreamClosed(error: Error | undefined): void {
    if (this.#haveBothEnded()) return;
    if (this.#up.isShut && this.#down.isShut) return this.#onUpstreamAnswered();
    if (!this.#down.isShut) this.#exchange.client.cut();
    this.#close(error === undefined ? 'upstream-closed' : `upstream-closed: ${error.message}`);
  }

  #onUpstreamAnswered(): void {
    this.#down.hasEnded = true;
    this.#finishIfAnswered();
  }

  #haveBothEnded(): boolean {
    return this.#up.hasEnded && this.#down.hasEnded;
  }

  // ---- ends that the proxy decides

  onWorkerDrain(): void {
    this.#end('tunnel-drained');
  }

  #onQuiet(): void {
    if (this.#isBoundSet) this.#giveUp();
    else this.#end('tunnel-idle');
  }

  /** A WebSocket is closed as its protocol has it; of others nobody knows how, so they are cut: those of a drain when its time is up. */
  #end(why: Ending): void {
    if (this.#isBoundSet) return;
    const isDrain = why === 'tunnel-drained';
    this.#ending ??= why;
    if (this.#up.frames === undefined && !isDrain) return this.#giveUp();
    if (!isDrain) this.#setBound();
    for (const way of [this.#up, this.#down]) stopInspecting(way);
    for (const way of [this.#up, this.#down]) if (!way.isShut && way.frames?.isAtBoundary === true) this.#shut(way);
    this.#finishIfAnswered();
  }

  /** Once the client is told there are seconds for its answer; before, in a drain, the listeners' grace holds. */
  #setBound(): void {
    this.#isBoundSet = true;
    this.#quiet.set(timeLimits.tunnelCloseMs);
  }

  /** Nothing more passes; the last is a Close, unless one has passed already or the other side can be told nothing. */
  #shut(way: Way): void {
    way.isShut = true;
    if (way.frames?.hasClosed === false && !way.hasEnded)
      way.to.send(closeFrame(this.#closeCode, way === this.#up ? randomBytes(4) : undefined, this.#closeReason));
    if (way === this.#up) this.#exchange.client.resume();
    else this.#upstream.resume();
    if (way === this.#down && !this.#isBoundSet) this.#setBound();
  }

  /** The server of a WebSocket ends the connection, once both have said Close (RFC 6455 section 7.1.1): to the client that is us. */
  #finishIfAnswered(): void {
    if (!this.#down.isShut || !hasAnswered(this.#up)) return;
    this.#exchange.client.endWriting();
    if (hasAnswered(this.#down)) this.#close(undefined);
  }

  #giveUp(): void {
    if (!this.#down.isShut) this.#exchange.client.cut();
    if (!this.#up.isShut) cutSocket(this.#upstream.socket);
    this.#close(undefined);
  }

  #close(error: string | undefined): void {
    if (this.#exchange.isClosed) return;
    this.#exchange.error = this.#ending ?? error;
    this.#leaveUpstream();
    closeExchange(this.#exchange);
  }

  /** It may take what waits for it, and say goodbye; with a timer of its own, since those of a worker that ends stand still. */
  #leaveUpstream(): void {
    const { outlet, socket } = this.#upstream;
    if (socket.destroyed) return;
    this.#exchange.upstream = undefined;
    this.#upstream.owner = undefined;
    outlet.end();
    socket.unref();
    const timer = setTimeout(() => socket.destroy(), timeLimits.tunnelCloseMs).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  // ---- what cannot happen, and what must not

  onUpstreamConnected(): void {
    assert.fail('a tunnel begins on a connection that stands');
  }

  onUpstreamHead(): void {
    assert.fail('a tunnel begins behind the last head');
  }

  onUpstreamTimeout(): void {
    assert.fail('a tunnel has deadlines of its own');
  }

  onMistake(error: unknown): void {
    this.#exchange.onMistake(error);
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.onMistake(error);
    }
  }
}

const copiedBytesMax = 16 * 1024; // as relay.ts: beyond, writing from where it was read saves a copy

function wayTo(to: Outlet, protocol: string): Way {
  const frames = protocol === webSocket ? new FrameFollower() : undefined;
  return { to, frames, inspected: undefined, hasEnded: false, isShut: false };
}

/** Nothing passes any more, but an answer to our Close is still looked for, from the middle of what has come on. */
function stopInspecting({ inspected, frames }: Way): void {
  if (inspected === undefined) return;
  const { rest } = inspected;
  frames?.follow(rest, 0, rest.length);
  inspected.close();
}

function hasAnswered({ frames, hasEnded }: Way): boolean {
  return hasEnded || frames?.hasClosed === true;
}

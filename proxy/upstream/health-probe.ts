// One probe of a target: a connection, or a request and what its reply must be, on a connection of its own and under one
// deadline. Read by the same strict parser as every reply, bounded. It refuses to judge the target: it says what was
// wrong, if anything was.

import type RE2 from 're2';
import { retryLimits } from '#config/limits';
import { type Surroundings, UpstreamConnection, type UpstreamOwner } from './connection.ts';
import type { Addresses } from './resolve-addresses.ts';

export interface ProbeRules {
  readonly timeoutMs: number;
  /** The request; `undefined`: that it accepts is enough. */
  readonly request: Buffer | undefined;
  readonly isExpected: (status: number) => boolean;
  readonly bodyMatch: RE2 | undefined;
}

export class Probe implements UpstreamOwner {
  readonly #rules: ProbeRules;
  readonly #addresses: Addresses;
  readonly #around: Surroundings;
  readonly #onDone: (fault: string | undefined) => void;
  readonly #dueMs: number;
  #connection: UpstreamConnection | undefined = undefined;
  #addressesTried = 0;
  #body = '';
  #isDone = false;

  constructor(
    addresses: Addresses,
    rules: ProbeRules,
    around: Surroundings,
    onDone: (fault: string | undefined) => void,
  ) {
    this.#rules = rules;
    this.#addresses = addresses;
    this.#around = around;
    this.#onDone = onDone;
    this.#dueMs = around.timers.nowMs + rules.timeoutMs;
  }

  /** Through the next address; one that cannot be reached leaves the others to be tried. */
  start(): void {
    const { timers } = this.#around;
    const address = this.#addresses.next(timers.nowMs);
    if (address === undefined) return this.#end('its name has no address');
    this.#addressesTried += 1;
    this.#connection = new UpstreamConnection(address, this.#around, this, (connection) => connection.destroy());
    this.#connection.deadline.set(Math.max(1, this.#dueMs - timers.nowMs));
  }

  cancel(): void {
    this.#isDone = true;
    this.#connection?.destroy();
  }

  onUpstreamConnected(): void {
    if (this.#rules.request === undefined) this.#end(undefined);
    else this.#connection?.outlet.send(this.#rules.request);
  }

  onUpstreamHead(bytes: Buffer, at: number, end: number): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const { head, framing } = connection;
    if (head.fault !== undefined) return this.#end(`its reply is malformed: ${head.fault}`);
    if (head.status < 200) return connection.readNextHead(bytes, at, end);
    if (!this.#rules.isExpected(head.status)) return this.#end(`it answered ${head.status}`);
    if (this.#rules.bodyMatch === undefined) return this.#end(undefined);
    if (head.status === 204 || head.status === 304) framing.beginNone();
    else if (head.isChunked) framing.beginChunked();
    else if (head.contentLength >= 0) framing.beginLength(head.contentLength);
    else framing.beginUntilClose();
    this.onUpstreamBytes(bytes, at, end);
  }

  onUpstreamBytes(bytes: Buffer, at: number, end: number): void {
    const framing = this.#connection?.framing;
    if (framing === undefined) return;
    let index = at;
    while (index < end && !framing.isDone && framing.fault === undefined) {
      index = framing.next(bytes, index, end);
      this.#body += bytes.toString('latin1', framing.pieceStart, framing.pieceEnd);
    }
    if (framing.fault !== undefined) return this.#end(`its reply is malformed: ${framing.fault}`);
    if (framing.isDone || framing.bytesRead >= retryLimits.probeBodyBytesMax) this.#judgeBody();
  }

  onUpstreamDrained(): void {}

  onUpstreamTimeout(): void {
    this.#end('it did not answer in time');
  }

  onUpstreamClosed(error: Error | undefined): void {
    const connection = this.#connection;
    if (connection?.isInBody === true && connection.framing.endsWithConnection && error === undefined)
      return this.#judgeBody();
    if (connection?.isConnected === false) {
      this.#addresses.rest(connection.address, this.#around.timers.nowMs);
      if (this.#addressesTried < this.#addresses.count && this.#around.timers.nowMs < this.#dueMs) return this.start();
    }
    this.#end(error?.message ?? 'it closed the connection');
  }

  onMistake(error: unknown): void {
    this.#end(`internal: ${error}`);
  }

  #judgeBody(): void {
    const holds = this.#rules.bodyMatch?.test(this.#body.slice(0, retryLimits.probeBodyBytesMax)) === true;
    this.#end(holds ? undefined : 'the body of its reply does not match');
  }

  #end(fault: string | undefined): void {
    if (this.#isDone) return;
    this.cancel();
    this.#onDone(fault);
  }
}

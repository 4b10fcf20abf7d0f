// A foreign firewall, known by its address and its log file. The bytes of a test go to it as they are, one test after the
// other, with markers around each, since its log says nothing else about where a test begins. It refuses to start or
// configure anything: the firewall runs already, with the rule that logs markers.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { crsLimits } from '#config/limits-crs';
import type { Case, Input, Stage } from './case.ts';
import type { Outcome } from './judge.ts';
import { headerValue, requestBytes } from './request-bytes.ts';
import { Stop } from './stop.ts';
import type { StageSeen, WireTarget } from './target.ts';
import { LogTail } from './wire/log-tail.ts';
import { isMarkerLine, type MarkerWords, markerRequest, withoutMarkers } from './wire/marker.ts';
import { type Address, type Received, type Sending, send } from './wire/send.ts';

export interface UrlTargetOptions extends Sending {
  readonly logFile: string;
  readonly markerHeader: string;
  readonly markerRetries: number;
  readonly markerLinesMax: number;
  readonly rateLimitMs: number;
  readonly waitTimeoutMs: number;
}

export class UrlTarget implements WireTarget, AsyncDisposable {
  readonly name: string;
  readonly parallel = 1; // one log, in which tests stand one after the other
  readonly #address: Address;
  readonly #options: UrlTargetOptions;
  readonly #log: LogTail;

  private constructor(address: Address, options: UrlTargetOptions, log: LogTail) {
    this.name = `${address.host}:${address.port}`;
    this.#address = address;
    this.#options = options;
    this.#log = log;
  }

  static async open(url: URL, options: UrlTargetOptions): Promise<UrlTarget> {
    const address = addressOf(url);
    const log = await LogTail.open(options.logFile).catch((error: Error) => {
      throw new Stop(3, `the log ${options.logFile} cannot be read: ${error.message}`);
    });
    const target = new UrlTarget(address, options, log);
    await target.#awaitAnswer();
    return target;
  }

  async run(test: Case, { input }: Stage): Promise<StageSeen> {
    const words = { header: this.#options.markerHeader, host: markerHost(input) };
    const id = `${test.id}-${randomUUID()}`;
    await this.#mark(words, `${id}-s`);
    const request = requestBytes(withHost(input, this.#address));
    const received = await send(this.#address, request, this.#options);
    const log = withoutMarkers(words, id, await this.#mark(words, `${id}-e`));
    if (this.#options.rateLimitMs > 0) await sleep(this.#options.rateLimitMs);
    return { request, outcome: { ...outcomeOf(received), log }, notes: notesOf(received) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]();
  }

  /** Sends markers until the log shows one; what the log had before it. */
  async #mark(words: MarkerWords, marker: string): Promise<readonly string[]> {
    const seen: string[] = [];
    for (let attempt = 0; attempt < this.#options.markerRetries; attempt += 1) {
      const received = await send(this.#address, markerRequest(words, marker), this.#options);
      if (received.kind === 'fault' && !received.isConnected)
        throw new Stop(3, `${this.name} does not answer: ${received.fault}`);
      if (await this.#findMarker(words, marker, seen)) return seen;
    }
    const { path } = this.#log;
    throw new Stop(
      3,
      `${path} did not show the marker ${marker} in ${this.#options.markerRetries} requests; is it the log of ${this.name}, and is there a rule that logs the header ${words.header}?`,
    );
  }

  async #findMarker(words: MarkerWords, marker: string, seen: string[]): Promise<boolean> {
    const deadlineMs = performance.now() + crsLimits.markerWaitMs;
    let looked = 0;
    do {
      const lines = await this.#log.read();
      seen.push(...lines);
      looked += lines.length;
      if (lines.some((line) => isMarkerLine(words, marker, line))) return true;
      await sleep(crsLimits.logPollMs);
    } while (performance.now() < deadlineMs && looked < this.#options.markerLinesMax);
    return false;
  }

  async #awaitAnswer(): Promise<void> {
    const deadlineMs = performance.now() + this.#options.waitTimeoutMs;
    for (;;) {
      const received = await send(this.#address, 'GET / HTTP/1.0\r\n\r\n', this.#options);
      if (received.kind === 'reply' || received.isConnected) return;
      if (performance.now() > deadlineMs) {
        await this.#log[Symbol.asyncDispose]();
        throw new Stop(3, `${this.name} does not answer: ${received.fault}`);
      }
      await sleep(crsLimits.waitPollMs);
    }
  }
}

export function addressOf({ protocol, hostname, port }: URL): Address {
  const isTls = protocol === 'https:';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: port === '' ? (isTls ? 443 : 80) : Number(port), isTls };
}

const markerHost = ({ isVirtualHost, headers }: Input): string =>
  (isVirtualHost ? headerValue(headers, 'host') : undefined) ?? 'localhost';

function withHost(input: Input, { host }: Address): Input {
  if (!input.takesTargetAsHost || (headerValue(input.headers, 'host') ?? '') !== '') return input;
  return { ...input, headers: [...input.headers.filter(([name]) => name.toLowerCase() !== 'host'), ['Host', host]] };
}

export function outcomeOf(received: Received): Omit<Outcome, 'log'> {
  if (received.kind === 'fault') return { status: undefined, responseHead: '' };
  const { status, head, body } = received.reply;
  return { status, responseHead: `${head}\r\n\r\n${body}` };
}

export function notesOf(received: Received): readonly string[] {
  if (received.kind === 'fault') return [`no answer that can be read: ${received.fault}`];
  return received.reply.isWhole ? [] : ['the answer was cut off within its body'];
}

// The other opinion: llhttp in its strict mode, the parser of Node. It is asked directly, by the module that node:http
// itself uses, and not through `http.Server` on a socket, which is the public way: a case takes 5 us in place of some 300,
// the server adds rules of its own (Host, Expect) that are no parsing, and it hides where a message ended. The module is
// not documented, so its shape is checked here on loading and nothing outside the tests knows it.

import assert from 'node:assert/strict';
import { endsOf, type Kind, type Message, type Reading } from './reading.ts';

interface Parser {
  initialize(type: number, resource: object, headBytesMax: number, lenient: number): void;
  execute(bytes: Buffer): number | (Error & { code?: string });
  finish(): undefined | (Error & { code?: string });
  [event: number]: unknown;
}

interface ParserClass {
  new (): Parser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnMessageBegin: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
  readonly kLenientNone: number;
}

const internals: unknown = process.getBuiltinModule('_http_common');
assert(isInternals(internals), 'this Node has no llhttp where it used to be');
const { HTTPParser, methods } = internals;
assert(HTTPParser.kLenientNone === 0 && methods.includes('GET'));

function isInternals(module: unknown): module is { HTTPParser: ParserClass; methods: readonly string[] } {
  return typeof module === 'object' && module !== null && 'HTTPParser' in module && 'methods' in module;
}

/** The methods that llhttp knows; it refuses every other one. */
export const knownMethods: ReadonlySet<string> = new Set(methods);

const headBytesMax = 1024 * 1024; // bounds are ours to keep; they are no question of what is valid
const takesBody = 0;
const skipsBody = 1;

/** Fed piece by piece; what it has understood so far is `reading`. */
export class Llhttp {
  readonly reading: Reading = { messages: [], end: 'idle', fault: undefined };
  readonly #parser = new HTTPParser();
  #message: Message | undefined = undefined;
  #pairs: Array<readonly [string, string]> = [];
  #target = '';
  #isUpgrade = false;

  constructor(kind: Kind) {
    const parser = this.#parser;
    const type = kind === 'requests' ? HTTPParser.REQUEST : HTTPParser.RESPONSE;
    parser.initialize(type, {}, headBytesMax, HTTPParser.kLenientNone);
    parser[HTTPParser.kOnMessageBegin] = () => {
      this.reading.end = 'unfinished';
      this.#pairs = [];
      this.#target = '';
    };
    parser[HTTPParser.kOnHeaders] = (flat: readonly string[], target: string) => {
      this.#pairs.push(...pairsOf(flat));
      this.#target += target;
    };
    parser[HTTPParser.kOnHeadersComplete] = (...head: HeadArguments) => this.#onHead(kind, head);
    parser[HTTPParser.kOnBody] = (bytes: Buffer) => {
      if (this.#message !== undefined) this.#message.body += bytes.toString('latin1');
    };
    parser[HTTPParser.kOnMessageComplete] = () => this.#onComplete();
  }

  feed(bytes: Buffer): void {
    const { reading } = this;
    if (reading.end === 'fault' || reading.end === 'upgraded') return;
    const result = this.#parser.execute(bytes);
    if (result instanceof Error) this.#fail(result.code);
    else if (this.#isUpgrade && this.#message === undefined) reading.end = 'upgraded';
  }

  /** The connection ended: a reply without length is whole by that. */
  finish(): void {
    if (this.reading.end === 'unfinished') this.#parser.finish();
  }

  #onHead(kind: Kind, [, minor, flat, method, target, status, reason, upgrade]: HeadArguments): number {
    const headers = [...this.#pairs, ...pairsOf(flat ?? [])];
    const first = kind === 'requests' ? (methods[method ?? -1] ?? '') : `${status}`;
    const second = kind === 'requests' ? (this.#target === '' ? (target ?? '') : this.#target) : (reason ?? '');
    this.#message = { first, second, minor, headers, body: '', trailers: [], isWhole: false };
    this.reading.messages.push(this.#message);
    this.#pairs = [];
    this.#isUpgrade = upgrade;
    return kind === 'reply-to-head' ? skipsBody : takesBody;
  }

  #onComplete(): void {
    if (this.#message !== undefined) {
      this.#message.isWhole = true;
      this.#message.trailers = this.#pairs;
    }
    this.#message = undefined;
    this.#pairs = [];
    this.reading.end = 'idle';
  }

  #fail(code: string | undefined): void {
    this.reading.end = 'fault';
    this.reading.fault = code ?? 'unknown';
  }
}

type HeadArguments = [
  major: number,
  minor: number,
  flat: readonly string[] | undefined,
  method: number | undefined,
  target: string | undefined,
  status: number | undefined,
  reason: string | undefined,
  upgrade: boolean,
];

function pairsOf(flat: readonly string[]): Array<readonly [string, string]> {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index] ?? '', flat[2 * index + 1] ?? '']);
}

export function readWithLlhttp(kind: Kind, bytes: Buffer, pieces: readonly number[]): Reading {
  const llhttp = new Llhttp(kind);
  let at = 0;
  for (const end of endsOf(bytes.length, pieces)) {
    llhttp.feed(bytes.subarray(at, end));
    at = end;
  }
  llhttp.finish();
  return llhttp.reading;
}

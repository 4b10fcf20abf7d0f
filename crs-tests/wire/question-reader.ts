// Reads requests as they arrive at the built-in backend. The shaping decision: it is lenient where a server should not
// be, since what the tests are about is what stands in front of it; any method, any target and any byte is taken. It
// keeps to one rule: where a message ends is decided by its framing alone. It refuses to answer.

import { crsLimits } from '#config/limits-crs';

export interface Question {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly body: string;
  readonly keepsConnection: boolean;
}

export type QuestionReading =
  | { readonly kind: 'more' }
  | { readonly kind: 'fault' }
  | { readonly kind: 'question'; readonly question: Question };

interface Head {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly keepsConnection: boolean;
  readonly length: number; // -1: chunks
}

export class QuestionReader {
  #rest = '';
  #head: Head | undefined;
  #chunks = new ChunkReader();

  push(bytes: string): void {
    this.#rest += bytes;
  }

  /** The next request, if all of it is there. */
  next(): QuestionReading {
    const reading = this.#head ?? this.#readHead();
    if (reading === 'more' || reading === 'fault') return { kind: reading };
    this.#head = reading;
    const body = reading.length === -1 ? this.#readChunks() : this.#readLength(reading.length);
    if (typeof body !== 'object') return { kind: body };
    this.#head = undefined;
    return { kind: 'question', question: { ...reading, body: body.body } };
  }

  #readHead(): Head | 'more' | 'fault' {
    this.#rest = this.#rest.replace(/^(?:\r?\n)+/, '');
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end === -1) return this.#rest.length > crsLimits.backendHeadBytesMax ? 'fault' : 'more';
    const head = readHead(this.#rest.slice(0, end));
    this.#rest = this.#rest.slice(end + 4);
    return head;
  }

  #readLength(length: number): { readonly body: string } | 'more' | 'fault' {
    if (length > crsLimits.backendBodyBytesMax) return 'fault';
    if (this.#rest.length < length) return 'more';
    const body = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    return { body };
  }

  #readChunks(): { readonly body: string } | 'more' | 'fault' {
    const state = this.#chunks.read(this.#rest);
    this.#rest = this.#rest.slice(this.#chunks.taken);
    if (state !== 'done') return state;
    const { body } = this.#chunks;
    this.#chunks = new ChunkReader();
    return { body };
  }
}

function readHead(text: string): Head | 'fault' {
  const [line = '', ...headers] = text.split('\r\n');
  const [, method, target, version] = /^(\S+) (.*) (HTTP\/1\.[01])$/.exec(line) ?? [];
  if (method === undefined || target === undefined || version === undefined) return 'fault';
  const fieldOf = (name: string): string =>
    headers
      .find((header) => header.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? '';
  const connection = fieldOf('connection').toLowerCase();
  const length = Number(fieldOf('content-length'));
  return {
    method,
    target,
    version,
    keepsConnection: version === 'HTTP/1.0' ? connection === 'keep-alive' : !connection.includes('close'),
    length: /chunked$/i.test(fieldOf('transfer-encoding')) ? -1 : Number.isSafeInteger(length) ? length : 0,
  };
}

/** Takes whole chunks off the front of what it is shown. */
class ChunkReader {
  body = '';
  taken = 0;
  #isLast = false;

  read(text: string): 'done' | 'more' | 'fault' {
    this.taken = 0;
    for (;;) {
      const end = text.indexOf('\r\n', this.taken);
      if (end === -1) return 'more';
      const line = text.slice(this.taken, end);
      if (this.#isLast) {
        this.taken = end + 2; // a trailer, or the empty line behind the last
        if (line === '') return 'done';
        continue;
      }
      const size = Number.parseInt(line, 16);
      if (!/^[\da-f]{1,8}/i.test(line) || this.body.length + size > crsLimits.backendBodyBytesMax) return 'fault';
      if (size > 0 && text.length < end + 2 + size + 2) return 'more';
      this.body += text.slice(end + 2, end + 2 + size);
      this.#isLast = size === 0;
      this.taken = size === 0 ? end + 2 : end + 2 + size + 2;
    }
  }
}

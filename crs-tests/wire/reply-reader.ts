// Reads one answer of HTTP/1 as it arrives (RFC 9112): interim answers are passed over, the body ends by its framing.
// The shaping decision: an answer whose head could be read is an answer, even if its body was cut off, because a firewall
// that acts on a body does just that. Only the beginning of the body is kept. It refuses to decode contents.

import { crsLimits } from '#config/limits-crs';

export interface Reply {
  readonly status: number;
  readonly head: string; // bytes, with the status line
  readonly body: string; // its beginning
  readonly isWhole: boolean;
}

export type Reading = { readonly kind: 'more' } | { readonly kind: 'reply'; readonly reply: Reply } | Fault;

interface Fault {
  readonly kind: 'fault';
  readonly fault: string;
}

type Part = 'head' | 'length' | 'until-close' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'done';

const more: Reading = { kind: 'more' };

export class ReplyReader {
  readonly #isHead: boolean; // the question was HEAD, so no body comes
  #part: Part = 'head';
  #rest = '';
  #left = 0; // bytes of the body, or of the chunk, that are missing
  #head = '';
  #status = 0;
  #body = '';
  #bodyBytes = 0;

  constructor(method: string) {
    this.#isHead = method === 'HEAD';
  }

  push(bytes: string): Reading {
    this.#rest += bytes;
    for (;;) {
      const before = this.#rest.length;
      const part = this.#part;
      const fault = this.#step();
      if (fault !== undefined) return { kind: 'fault', fault };
      if (this.#part === 'done') return { kind: 'reply', reply: this.#reply(true) };
      if (this.#rest.length === before && this.#part === part) return more;
    }
  }

  /** The server has closed the connection. */
  end(): Reading {
    if (this.#part === 'head') {
      return { kind: 'fault', fault: this.#rest === '' ? 'closed without an answer' : 'closed within the head' };
    }
    return { kind: 'reply', reply: this.#reply(this.#part === 'until-close') };
  }

  #reply(isWhole: boolean): Reply {
    return { status: this.#status, head: this.#head, body: this.#body, isWhole };
  }

  #step(): string | undefined {
    if (this.#part === 'head') return this.#readHead();
    if (this.#part === 'chunk-size') return this.#readChunkSize();
    if (this.#part === 'chunk-end') return this.#readChunkEnd();
    if (this.#part === 'trailers') return this.#readTrailers();
    this.#take(this.#part === 'until-close' ? this.#rest.length : this.#left);
    return this.#bodyBytes > crsLimits.replyBodyBytesMax ? 'the body is too long' : undefined;
  }

  #readHead(): string | undefined {
    const end = /\r?\n\r?\n/.exec(this.#rest);
    if (end === null) {
      if (this.#rest.length > crsLimits.replyHeadBytesMax) return 'the head is too long';
      return 'HTTP/'.startsWith(this.#rest.slice(0, 5)) ? undefined : notHttp(this.#rest);
    }
    const head = this.#rest.slice(0, end.index);
    this.#rest = this.#rest.slice(end.index + end[0].length);
    const status = Number(/^HTTP\/1\.\d (\d{3})(?=[ \r\n]|$)/.exec(head)?.[1]);
    if (Number.isNaN(status)) return notHttp(head);
    if (status < 200 && status !== 101) return undefined; // an interim answer; the next one is looked for
    this.#head = head;
    this.#status = status;
    this.#frame(head.split(/\r?\n/).slice(1));
    return undefined;
  }

  /** RFC 9112, section 6.3. */
  #frame(lines: readonly string[]): void {
    const isBodiless = this.#isHead || this.#status === 101 || this.#status === 204 || this.#status === 304;
    const length = fieldOf(lines, 'content-length');
    if (isBodiless) this.#part = 'done';
    else if (/(?:^|,)[ \t]*chunked[ \t]*$/i.test(fieldOf(lines, 'transfer-encoding') ?? '')) this.#part = 'chunk-size';
    else if (length !== undefined && /^\d{1,15}$/.test(length)) {
      this.#left = Number(length);
      this.#part = this.#left === 0 ? 'done' : 'length';
    } else this.#part = 'until-close';
  }

  #take(most: number): void {
    const piece = this.#rest.slice(0, most);
    this.#rest = this.#rest.slice(piece.length);
    this.#left -= piece.length;
    this.#bodyBytes += piece.length;
    this.#body += piece.slice(0, Math.max(0, crsLimits.replyBodyBytesKept - this.#body.length));
    if (this.#left > 0 || this.#part === 'until-close') return;
    this.#part = this.#part === 'chunk' ? 'chunk-end' : 'done';
  }

  #readChunkSize(): string | undefined {
    const line = this.#line();
    if (line === undefined) return undefined;
    const size = /^([\da-f]{1,8})[ \t]*(?:;|$)/i.exec(line)?.[1];
    if (size === undefined) return 'a chunk has no size';
    this.#left = Number.parseInt(size, 16);
    this.#part = this.#left === 0 ? 'trailers' : 'chunk';
    return undefined;
  }

  #readChunkEnd(): string | undefined {
    const line = this.#line();
    if (line === undefined) return undefined;
    this.#part = 'chunk-size';
    return line === '' ? undefined : 'a chunk is longer than it says';
  }

  #readTrailers(): string | undefined {
    if (this.#line() === '') this.#part = 'done';
    return undefined;
  }

  #line(): string | undefined {
    const end = this.#rest.indexOf('\n');
    if (end === -1) return undefined;
    const line = this.#rest.slice(0, end).replace(/\r$/, '');
    this.#rest = this.#rest.slice(end + 1);
    return line;
  }
}

const notHttp = (text: string): string => `no answer of HTTP/1: ${JSON.stringify(text.slice(0, 40))}`;

function fieldOf(lines: readonly string[], lowerName: string): string | undefined {
  const values = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return line.slice(0, colon).toLowerCase() === lowerName ? [line.slice(colon + 1).trim()] : [];
  });
  return values.length === 0 ? undefined : values.join(', ');
}

// Names for exchanges: 128 random bits in hexadecimal, and half as many for a step of a trace. Drawn in batches, because
// asking the system for each costs 1.7 us and one of a batch 0.01. A name from outside is taken only from a trusted proxy, and
// only if it is a plain word: it stands unescaped in headers, access lines and error pages.

import { randomFillSync } from 'node:crypto';
import { forwardingLimits } from '#config/limits';

import type { ByteWriter } from '#config/lines/byte-writer';

/** Numbers until somebody asks for the text: heads and access lines are written from them, and most exchanges need no more. */
export class RequestId {
  #text: string; // '': not made yet
  readonly #words: readonly number[]; // four of a name that was drawn

  private constructor(text: string, words: readonly number[]) {
    this.#text = text;
    this.#words = words;
  }

  /** One that somebody else has given. */
  static of(text: string): RequestId {
    return new RequestId(text, noWords);
  }

  static next(): RequestId {
    const at = draw(idWords);
    return new RequestId('', [wordAt(at), wordAt(at + 1), wordAt(at + 2), wordAt(at + 3)]);
  }

  get text(): string {
    if (this.#text === '') this.#text = this.#words.map(digitsOf).join('');
    return this.#text;
  }

  write(writer: ByteWriter): void {
    const words = this.#words;
    if (words.length === 0) return writer.ascii(this.#text);
    for (let index = 0; index < idWords; index += 1) writer.hex(words[index] as number);
  }

  /** The first half, which names the first step of a trace of this name. */
  writeHalf(writer: ByteWriter): void {
    const words = this.#words;
    if (words.length === 0) return writer.asciiPart(this.#text, 0, spanDigits);
    for (let index = 0; index < spanWords; index += 1) writer.hex(words[index] as number);
  }
}

/** W3C Trace Context calls it parent-id. */
export function nextSpanId(): string {
  const at = draw(spanWords);
  return digitsOf(wordAt(at)) + digitsOf(wordAt(at + 1));
}

const idWords = 4; // of 32 bits each
const spanWords = 2;
const spanDigits = 16;
const noWords: readonly number[] = [];
const pool = new Int32Array(1024 * idWords);
let drawn = pool.length;

/** Where as many words are that nobody had before. */
function draw(words: number): number {
  if (drawn + words > pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += words;
  return drawn - words;
}

function wordAt(at: number): number {
  return pool[at] as number;
}

function digitsOf(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** True for an id that may be used as it is. */
export function isSaneId(text: string): boolean {
  const { requestIdCharactersLeast: least, requestIdCharactersMost: most } = forwardingLimits;
  return text.length >= least && text.length <= most && plainWord.test(text);
}

const plainWord = /^[A-Za-z0-9._-]+$/;

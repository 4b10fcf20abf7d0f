// Header lines, sixteen bytes at a time: a name of letters, digits and hyphens, a colon, blanks, a value that is visible, and
// the end of the line. Nearly all lines are such, and to look at their bytes was a fifth of our own work for a request.
// WebAssembly has the instructions for it that JavaScript lacks.
//
// The shaping decision: it decides nothing. Before the first line that is not wholly as said, or not wholly there, or too
// long, it stops, and the loop of header-lines.ts goes on there and says what is wrong; with the memory missing that loop
// reads everything. It refuses to look at bytes of anybody else's memory: what connections are read into is made here.

import assert from 'node:assert/strict';
import {
  add,
  bitOfEach,
  both,
  byteAt,
  type Code,
  differs,
  during,
  each,
  eachEquals,
  eachIsLess,
  eachMinus,
  eachNot,
  eachOr,
  equals,
  forEver,
  get,
  giveBack,
  isMore,
  lowestBit,
  type Memory,
  moduleOf,
  number,
  pagesFor,
  pairAt,
  set,
  sixteenAt,
  started,
  store,
  subtract,
  when,
} from '#config/wasm-code';
import { carriageReturn, colon, lineFeed, space } from './bytes.ts';

export const placesMax = 128; // of lines found by one call
const lineInts = 4; // where name and value begin and end
export const lineBytes = 4 * lineInts;
const foundBytes = lineBytes * (placesMax + 1);
const slackBytes = 16; // read beyond the last byte, and not looked at

/** `at` and `stop` in this memory; `places` and what is given back in bytes of `found`. */
type Scan = (at: number, stop: number, lineBytesMax: number, places: number) => number;

/** What is run, and its memory. */
interface Made {
  readonly scan: Scan;
  readonly memory: Memory;
}

export class PlainLines {
  /** Of each line found, where its name and its value begin and end; behind the last one, where it stopped. */
  readonly found: Int32Array;
  readonly scan: Scan;
  readonly #memory: ArrayBuffer;
  #taken = foundBytes;

  private constructor({ scan, memory }: Made) {
    this.scan = scan;
    this.#memory = memory.buffer;
    this.found = new Int32Array(this.#memory, 0, foundBytes / 4);
    makers.set(this.#memory, this);
  }

  /** With memory for so many bytes. `undefined`: this machine does not have it, or no room for it. */
  static make(bytes: number): PlainLines | undefined {
    try {
      return new PlainLines(started(moduleFor(pagesFor(foundBytes + bytes + slackBytes))));
    } catch {
      return undefined;
    }
  }

  /** Whose memory these bytes are in. */
  static of(bytes: Uint8Array): PlainLines | undefined {
    return makers.get(bytes.buffer);
  }

  /** Some of its memory, never given back. */
  take(length: number): Buffer {
    assert(this.#taken + length + slackBytes <= this.#memory.byteLength, 'all memory was asked for at once');
    this.#taken += length;
    return Buffer.from(this.#memory, this.#taken - length, length);
  }
}

const makers = new WeakMap<ArrayBufferLike, PlainLines>();

// ---- what is run: its parameters, and what it keeps

const [at, stop, lineBytesMax, places, out, start, first, here, marks, bytes] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
const shape = { name: 'scan', parameters: 4, numbers: 5, eights: 0, sixteens: 1 };

/** Gives back where the next line would be written, whose first place says where it stopped. */
function moduleFor(pages: number): Uint8Array<ArrayBuffer> {
  const line = [
    store(get(out), 0, get(at)),
    stopIf(equals(get(out), get(places))),
    set(start, get(at)),
    set(here, get(at)),
    goToFirst(notInName),
    stopIf(equals(get(here), get(start))),
    stopIf(differs(byteAt(get(here)), number(colon))),
    store(get(out), 4, get(here)),
    set(here, add(get(here), number(1))),
    during(
      both(isMore(get(stop), get(here)), equals(byteAt(get(here)), number(space))),
      set(here, add(get(here), number(1))),
    ),
    set(first, get(here)),
    store(get(out), 8, get(here)),
    goToFirst(notInValue),
    set(at, add(get(here), number(2))),
    stopIf(isMore(get(at), get(stop))),
    stopIf(differs(pairAt(get(here)), number(carriageReturn | (lineFeed << 8)))),
    stopIf(isMore(subtract(get(at), get(start)), get(lineBytesMax))),
    during(
      both(isMore(get(here), get(first)), equals(byteAt(subtract(get(here), number(1))), number(space))),
      set(here, subtract(get(here), number(1))),
    ),
    store(get(out), 12, get(here)),
    set(out, add(get(out), number(lineBytes))),
  ];
  return moduleOf({ ...shape, pages, pagesMax: pages }, forEver(...line));
}

const stopIf = (condition: Code): Code => when(condition, giveBack(get(out)));

/** `here` goes on to the first byte of this kind; there is none before `stop`: it stops. */
function goToFirst(kind: Code): Code {
  const look = [...set(bytes, sixteenAt(get(here))), ...set(marks, bitOfEach(kind))];
  const goOn = [set(here, add(get(here), number(16))), stopIf(isMore(get(here), subtract(get(stop), number(1)))), look];
  return [
    ...look,
    ...during(equals(get(marks), number(0)), ...goOn),
    ...set(here, add(get(here), lowestBit(get(marks)))),
  ];
}

/** Neither letter nor digit nor hyphen: letters are few above `a` once they are in lower case, digits above `0`. */
const notInName = eachNot(
  eachOr(
    eachOr(
      eachIsLess(eachMinus(eachOr(get(bytes), each(0x20)), each(0x61)), each(26)),
      eachIsLess(eachMinus(get(bytes), each(0x30)), each(10)),
    ),
    eachEquals(get(bytes), each(0x2d)),
  ),
);

/** No visible ASCII, blank or obs-text; a tab is left to the loop. */
const notInValue = eachOr(eachIsLess(get(bytes), each(space)), eachEquals(get(bytes), each(0x7f)));

// What transformations do to the kinds of bytes in a value: without which bytes one changes nothing, and which it can bring
// in. Most values hold nothing that is changed, so most chains of transformations end where they began, and one scan of the
// value does for all of them; and where no byte can come in that a rule asks for, the chain need not be followed. A
// transformation that is not listed may change anything into anything. Property tests hold each line against the
// transformation itself.

import type { Transformation } from '../compile/rule-set.ts';
import { bytesOf, everyByte, isMixed, type Mask, maskOf } from './byte-classes.ts';

export interface Effect {
  readonly changes: Mask; // it changes nothing where none of these are; everyByte: it may change the empty value too
  readonly gives: Mask; // what its result may hold beside what was there
  readonly opens: Mask; // where one of these is, the result may hold anything
}

const range = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

const space = range(0x09, 0x0d);
const blanks = [0x20, ...space];
const wide = [...blanks, 0xa0];
const high = range(0x80, 0xff);
const upper = range(0x41, 0x5a);
const lower = range(0x61, 0x7a);

/** Bytes that it changes, what comes in for them. */
type Line = readonly [changes: readonly number[], gives: readonly number[]];

const closed: Readonly<Record<string, Line>> = {
  none: [[], []],
  removeNulls: [[0], []],
  replaceNulls: [[0], [0x20]],
  utf8toUnicode: [[0, ...high], bytesOf('%u0123456789abcdef')],
  lowercase: [upper, lower],
  compressWhitespace: [wide, [0x20]],
  removeWhitespace: [wide, []],
  replaceComments: [bytesOf('*'), [0x20]],
  removeComments: [bytesOf('*-#'), [0x20]],
  removeCommentsChar: [bytesOf('*-#'), []],
  normalizePath: [bytesOf('/.'), []],
  normalisePath: [bytesOf('/.'), []],
  normalizePathWin: [bytesOf('/.\\'), bytesOf('/')],
  normalisePathWin: [bytesOf('/.\\'), bytesOf('/')],
  cmdLine: [
    [...bytesOf('"\'\\^,;'), ...blanks, ...upper],
    [0x20, ...lower],
  ],
  trim: [blanks, []],
  trimLeft: [blanks, []],
  trimRight: [blanks, []],
};

/** Any byte may come for one of the first; of the others, a blank. */
const opening: Readonly<Record<string, Line>> = {
  urlDecode: [bytesOf('%'), bytesOf('+')],
  urlDecodeUni: [bytesOf('%'), bytesOf('+')],
  htmlEntityDecode: [bytesOf('&'), []],
  jsDecode: [bytesOf('\\'), []],
  cssDecode: [bytesOf('\\'), []],
  escapeSeqDecode: [bytesOf('\\'), []],
  parityZero7bit: [high, []],
};

const nothing: Mask = { low: 0, high: 0 };

export function effectOf({ name }: Transformation): Effect {
  if (Object.hasOwn(closed, name)) {
    const [changes, gives] = closed[name] as Line;
    return { changes: maskOf(changes), gives: maskOf(gives), opens: nothing };
  }
  if (!Object.hasOwn(opening, name)) return { changes: everyByte, gives: everyByte, opens: nothing };
  const [opens, blank] = opening[name] as Line;
  const gives = blank.length === 0 ? nothing : maskOf([0x20]);
  return { changes: maskOf([...opens, ...blank]), gives, opens: maskOf(opens) };
}

/** What may change anything changes nothing into something too. */
export const canChange = ({ changes }: Effect, held: Mask): boolean =>
  changes.low === everyByte.low || isMixed(changes, held);

/** What the result may hold of a text that holds these. */
export function outcomeOf(effect: Effect, held: Mask): Mask {
  if (!canChange(effect, held)) return held;
  if (isMixed(effect.opens, held)) return everyByte;
  return { low: held.low | effect.gives.low, high: held.high | effect.gives.high };
}

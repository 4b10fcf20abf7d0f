// One pass over a text by the scanner's table, in WebAssembly: which kinds of bytes it holds, and the sets of clauses of the
// texts that end in it and that somebody asks for.
//
// The shaping decision: the time goes into waiting for one edge of the table before the next can be looked up, so the two
// halves of a text are read side by side. What crosses the seam is found by reading on from the first half for as long as
// its state still stands for something that began before the seam, which is a byte or three. What ends in a state is
// noted without a branch, since none could be foretold, and looked at behind the pass. It trusts the addresses that it is
// given, and reaches no memory but its own.

import {
  add,
  both,
  byteAt,
  type Code,
  during,
  eightAt,
  eightOr,
  either,
  get,
  giveBack,
  isAtLeast,
  isLess,
  isMoreSigned,
  type Memory,
  moduleOf,
  number,
  numberAt,
  pagesFor,
  pairAt,
  set,
  shiftLeft,
  shiftRight,
  started,
  store,
  storeByte,
  storeEight,
  storePair,
  subtract,
  when,
} from '#config/wasm-code';
import { columnBits } from './scanner-table.ts';

export interface ScanCode {
  readonly memory: Memory;
  /** `interest`: where there is a byte for each set: 1 if somebody asks for it. Gives the end of the list of sets. */
  readonly scan: (length: number, state: number, interest: number) => number;
}

/** Where things lie in its memory. */
export const places = {
  kinds: 0x0, // by byte, 16 bytes: kinds, low and high; where its column lies in a row
  result: 0x1000, // kinds of the text, low and high; the last state
  text: 0x2000,
  met: 0x12000, // states that end texts; behind the pass, two bytes each, the sets that are asked for
  depths: 0x33000, // by state, a byte: how much of the text behind it the state stands for
  sets: 0x43000, // by state, two bytes: the set of clauses of the texts that end there
  edges: 0x63000, // by state, a row of two bytes for each column: the next state
} as const;

export const textBytesMax = 0x10000; // a longer one is read in pieces
const halvesBytesLeast = 16; // a shorter one is read in one go
const pagesMax = 65_536;

/** States from `firstEnd` on end texts; `bytes` of memory. */
export function scanCode(firstEnd: number, bytes: number): ScanCode {
  const shape = { name: 'scan', parameters: 3, numbers: 11, eights: 1, sixteens: 0 };
  return started(moduleOf({ ...shape, pages: pagesFor(bytes), pagesMax }, scanBody(firstEnd)));
}

const [length, state, interest] = [0, 1, 2] as const;
const [at, other, end, seam, half, otherState] = [3, 4, 5, 6, 7, 8] as const;
const [kind, otherKind, met, read, place, kinds] = [9, 10, 11, 12, 13, 14] as const;

function scanBody(firstEnd: number): Code {
  return [
    set(at, number(places.text)),
    set(end, add(get(at), get(length))),
    when(isAtLeast(get(length), number(halvesBytesLeast)), set(half, shiftRight(get(length), 1))),
    set(seam, subtract(get(end), get(half))),
    set(other, get(seam)), // in state 0: nothing has been read
    set(met, number(places.met)),
    during(
      isLess(get(other), get(end)),
      findKind(kind, at),
      findKind(otherKind, other),
      set(kinds, eightOr(get(kinds), eightOr(eightAt(get(kind)), eightAt(get(otherKind))))),
      goOn(state, kind),
      goOn(otherState, otherKind),
      noteEnd(state, firstEnd),
      noteEnd(otherState, firstEnd),
      increase(at, 1),
      increase(other, 1),
    ),
    // The whole of a short text, or what crosses the seam.
    during(
      both(isLess(get(at), get(end)), reachesBack),
      findKind(kind, at),
      set(kinds, eightOr(get(kinds), eightAt(get(kind)))),
      goOn(state, kind),
      noteEnd(state, firstEnd),
      increase(at, 1),
    ),
    storeEight(number(places.result), get(kinds)),
    store(number(places.result), 8, either(get(half), get(otherState), get(state))),
    ...listSets,
    giveBack(get(met)),
  ].flat();
}

/** A state that began before the seam: nobody else reads what it stands for. */
const reachesBack = isMoreSigned(byteAt(get(state), places.depths), subtract(get(at), get(seam)));

const findKind = (into: number, from: number): Code => set(into, shiftLeft(byteAt(get(from)), 4));

const goOn = (from: number, by: number): Code =>
  set(from, pairAt(add(shiftLeft(get(from), columnBits + 1), numberAt(get(by), 8)), places.edges));

const increase = (local: number, by: number): Code => set(local, add(get(local), number(by)));

/** Written each time, kept where it is an end. */
const noteEnd = (ended: number, firstEnd: number): Code => [
  ...storePair(get(met), get(ended)),
  ...set(met, add(get(met), shiftLeft(isAtLeast(get(ended), number(firstEnd)), 1))),
];

/** In the place of the states. A set that is listed is not asked for again until the list is complete. */
const listSets: readonly Code[] = [
  set(end, get(met)),
  set(met, number(places.met)),
  set(read, get(met)),
  during(
    isLess(get(read), get(end)),
    set(place, pairAt(shiftLeft(pairAt(get(read)), 1), places.sets)),
    storePair(get(met), get(place)),
    set(place, add(get(interest), get(place))),
    when(byteAt(get(place)), storeByte(get(place), number(0)), increase(met, 2)),
    increase(read, 2),
  ),
  set(read, number(places.met)),
  during(isLess(get(read), get(met)), storeByte(add(get(interest), pairAt(get(read))), number(1)), increase(read, 2)),
];

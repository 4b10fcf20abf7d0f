// One pass over a text that tells which kinds of bytes it holds and which clauses' texts, without regard to case. The pass
// itself is WebAssembly (scan-code.ts), which reads a text and the table in one memory and takes half the time of the same loop
// in JavaScript. What is found is written into a record of the caller's: a scan makes no object.
//
// Each set of clauses is taken once in a scan, so a text that ends others at every byte costs no more than there are.

import { pagesFor } from '#config/wasm-code';
import { places, type ScanCode, scanCode, textBytesMax } from './scan-code.ts';
import { columnBits, type ScannerTable, scannerTable, type Wanted } from './scanner-table.ts';

/** What a scan has found. */
export interface Found {
  low: number; // kinds of bytes
  high: number;
  readonly clauses: Int32Array; // a bit for each of which a text was found
}

/** Where in memory there is a byte for each set of clauses: whether somebody asks for one of them. */
export type Interest = number;

export const hasClause = ({ clauses }: Found, clause: number): boolean =>
  ((clauses[clause >> 5] as number) & (1 << (clause & 31))) !== 0;

export class Scanner {
  readonly stateCount: number;
  readonly #words: number;
  readonly #start: number;
  readonly #sets: Int32Array; // by set: a bit for each clause
  readonly #code: ScanCode;
  #usedBytes: number;
  #bytes: Buffer = Buffer.alloc(0); // the memory, as it is now
  #result: Int32Array = new Int32Array(0); // in it
  #met: Uint16Array = new Uint16Array(0);

  constructor(wanted: readonly Wanted[], clauseCount: number) {
    const table = scannerTable(wanted);
    this.stateCount = table.stateCount;
    this.#start = table.start;
    this.#words = Math.max(1, Math.ceil(clauseCount / 32));
    this.#sets = bitsOf(table.sets, this.#words);
    this.#usedBytes = places.edges + (table.stateCount << columnBits) * Uint16Array.BYTES_PER_ELEMENT;
    this.#code = scanCode(table.firstEnd, this.#usedBytes);
    this.#write(table);
  }

  newFound(): Found {
    return { low: 0, high: 0, clauses: new Int32Array(this.#words) };
  }

  /** Of who asks for these clauses alone: what else a text holds costs nothing then. */
  interestIn(clauses: Iterable<number>): Interest {
    const words = this.#words;
    const asked = bitsOf([clauses], words);
    const count = this.#sets.length / words;
    const at = this.#reserve(count);
    for (let set = 0; set < count; set += 1) {
      const isAsked = asked.some((bits, word) => (bits & (this.#sets[set * words + word] as number)) !== 0);
      this.#bytes[at + set] = Number(isAsked);
    }
    return at;
  }

  scan(text: string, found: Found, interest: Interest): void {
    found.low = 0;
    found.high = 0;
    found.clauses.fill(0);
    if (text.length <= textBytesMax) this.#scanPiece(text, this.#start, found, interest);
    else {
      let state = this.#start;
      for (let from = 0; from < text.length; from += textBytesMax)
        state = this.#scanPiece(text.slice(from, from + textBytesMax), state, found, interest);
    }
  }

  /** Gives the state that it ends in. */
  #scanPiece(piece: string, state: number, found: Found, interest: Interest): number {
    const result = this.#result;
    this.#bytes.write(piece, places.text, 'latin1');
    const metEnd = this.#code.scan(piece.length, state, interest) >> 1;
    for (let at = places.met >> 1; at < metEnd; at += 1) this.#take(this.#met[at] as number, found.clauses);
    found.low |= result[0] as number;
    found.high |= result[1] as number;
    return result[2] as number;
  }

  #take(set: number, clauses: Int32Array): void {
    const from = set * this.#words;
    for (let word = 0; word < clauses.length; word += 1) {
      clauses[word] = (clauses[word] as number) | (this.#sets[from + word] as number);
    }
  }

  #write(table: ScannerTable): void {
    const { buffer } = this.#code.memory;
    new Int32Array(buffer, places.kinds).set(table.kinds);
    new Uint8Array(buffer, places.depths).set(table.depths);
    new Uint16Array(buffer, places.sets).set(table.setOf);
    table.writeEdges(new Uint16Array(buffer, places.edges));
  }

  /** Bytes of the memory that nothing else has. */
  #reserve(byteCount: number): number {
    const { memory } = this.#code;
    const at = this.#usedBytes;
    this.#usedBytes += byteCount;
    const missing = this.#usedBytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(pagesFor(missing));
    const { buffer } = memory; // another one, if it has grown
    this.#bytes = Buffer.from(buffer);
    this.#result = new Int32Array(buffer, places.result, 3);
    this.#met = new Uint16Array(buffer);
    return at;
  }
}

function bitsOf(sets: readonly Iterable<number>[], words: number): Int32Array {
  const bits = new Int32Array(sets.length * words);
  for (const [index, set] of sets.entries()) {
    for (const clause of set) {
      const word = index * words + (clause >> 5);
      bits[word] = (bits[word] as number) | (1 << (clause & 31));
    }
  }
  return bits;
}

// One pass over a text that tells which kinds of bytes it holds and which clauses' texts, without regard to case:
// Aho-Corasick over the texts of all rules at once, with all edges in one table (a row for each state, a column
// for each byte that differs from others). What is found is written into a record of the caller's: a scan makes no object.
//
// The time goes into waiting for memory, so the table is made small where texts dwell: states in the order of their depth,
// columns in the order of how often letters come, two bytes for an edge. States that end texts have the highest numbers,
// and each set of clauses is taken once in a scan, so a text that ends others at every byte costs no more than there are.

import assert from 'node:assert/strict';
import { wafPlanLimits } from '#config/limits-waf-plan';
import { startMark } from './beginning.ts';
import { highBits, lowBits } from './byte-classes.ts';

export interface Wanted {
  readonly text: string; // in lower case, two bytes or more; see startMark
  readonly clause: number;
}

/** What a scan has found. */
export interface Found {
  low: number; // kinds of bytes
  high: number;
  readonly clauses: Int32Array; // a bit for each of which a text was found
}

/** By set of clauses: whether somebody asks for one of them. */
export type Interest = Uint8Array;

const metMax = 64;

export const hasClause = ({ clauses }: Found, clause: number): boolean =>
  ((clauses[clause >> 5] as number) & (1 << (clause & 31))) !== 0;

export class Scanner {
  readonly stateCount: number;
  readonly #words: number;
  readonly #edges: Uint16Array; // by state and column: the next state
  readonly #shift: number;
  readonly #kinds: Int32Array; // see kindsOf
  readonly #firstEnd: number; // states from here on end texts
  readonly #start: number; // where nothing has been read yet
  readonly #setOf: Uint16Array; // by state that ends texts: the set of their clauses
  readonly #sets: Int32Array; // by set: a bit for each clause
  readonly #takenIn: Int32Array; // by set: the scan that has taken it last
  readonly #met = new Int32Array(metMax); // sets that a text has met and that are not taken yet
  #turn = 0;

  constructor(wanted: readonly Wanted[], clauseCount: number) {
    this.#words = Math.max(1, Math.ceil(clauseCount / 32));
    const table = fitting(wanted);
    const { order, ends } = table;
    this.stateCount = order.length;
    this.#shift = Math.ceil(Math.log2(table.width));
    this.#kinds = kindsOf(table.columns);
    const numbers = numbered(table);
    this.#firstEnd = numbers.firstEnd;
    this.#edges = edgesOf(table, numbers.of, this.#shift);
    this.#start = this.#edges[table.startColumn] as number;
    const sets = setsOf(order.filter((node) => ends[node] !== undefined).map((node) => ends[node] as Set<number>));
    this.#setOf = sets.of;
    this.#sets = bitsOf(sets.all, this.#words);
    this.#takenIn = new Int32Array(sets.all.length);
  }

  newFound(): Found {
    return { low: 0, high: 0, clauses: new Int32Array(this.#words) };
  }

  /** Of who asks for these clauses alone: what else a text holds costs nothing then. */
  interestIn(clauses: Iterable<number>): Interest {
    const asked = new Int32Array(this.#words);
    for (const clause of clauses) asked[clause >> 5] = (asked[clause >> 5] as number) | (1 << (clause & 31));
    return Uint8Array.from(this.#takenIn, (_, set) =>
      Number(asked.some((bits, word) => (bits & (this.#sets[set * this.#words + word] as number)) !== 0)),
    );
  }

  scan(text: string, found: Found, interest: Interest): void {
    const edges = this.#edges;
    const kinds = this.#kinds;
    const shift = this.#shift;
    const firstEnd = this.#firstEnd;
    const setOf = this.#setOf;
    const met = this.#met;
    const { length } = text;
    this.#turn = this.#turn === 0x7fffffff ? this.#restart() : this.#turn + 1;
    found.clauses.fill(0);
    let state = this.#start;
    let low = 0;
    let high = 0;
    let metCount = 0;
    for (let at = 0; at < length; ) {
      // No call in here: behind one, where the tables lie would be read anew for each byte, a third of the time.
      for (; at < length && metCount < metMax; at += 1) {
        const kind = text.charCodeAt(at) << 2;
        low |= kinds[kind] as number;
        high |= kinds[kind + 1] as number;
        state = edges[(state << shift) + (kinds[kind + 2] as number)] as number;
        if (state < firstEnd) continue;
        const set = setOf[state - firstEnd] as number;
        if (interest[set] === 1) met[metCount++] = set;
      }
      for (; metCount > 0; metCount -= 1) this.#take(met[metCount - 1] as number, found.clauses);
    }
    found.low = low;
    found.high = high;
  }

  #take(set: number, clauses: Int32Array): void {
    if (this.#takenIn[set] === this.#turn) return;
    this.#takenIn[set] = this.#turn;
    const from = set * this.#words;
    for (let word = 0; word < clauses.length; word += 1) {
      clauses[word] = (clauses[word] as number) | (this.#sets[from + word] as number);
    }
  }

  #restart(): number {
    this.#takenIn.fill(0);
    return 1;
  }
}

/** A tree of the texts, its edges completed. */
interface Table {
  readonly columns: Uint8Array;
  readonly startColumn: number; // of the mark of the start; it leads back to no text where none begins so
  readonly width: number;
  readonly order: readonly number[]; // nodes by depth
  readonly edges: Int32Array; // by node and column: the next node
  readonly ends: (Set<number> | undefined)[]; // by node: clauses of the texts that end there
}

/** Where there are too many texts for the numbers of states, they are cut shorter: then more is found, never less. */
function fitting(wanted: readonly Wanted[]): Table {
  for (let length = wafPlanLimits.wantedBytesMax; length > 1; length -= 2) {
    const tree = treeOf(wanted, length);
    if (tree.children.length <= wafPlanLimits.scannerStatesMax) return linked(tree);
  }
  assert.fail('texts of two bytes are fewer than there are states');
}

/** Four numbers for each byte, since one table is read faster than three: its kind, low and high, and its column. */
function kindsOf(columns: Uint8Array): Int32Array {
  const kinds = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte += 1)
    kinds.set([lowBits[byte] as number, highBits[byte] as number, columns[byte] as number], 4 * byte);
  return kinds;
}

interface Tree {
  readonly columns: Uint8Array;
  readonly startColumn: number;
  readonly width: number;
  readonly children: Map<number, number>[]; // by node, by column
  readonly ends: (Set<number> | undefined)[];
}

function treeOf(wanted: readonly Wanted[], length: number): Tree {
  const { columns, startColumn, width } = columnsOf(wanted);
  const children: Map<number, number>[] = [new Map()];
  const ends: (Set<number> | undefined)[] = [undefined];
  for (const { text, clause } of wanted) {
    let node = 0;
    for (let at = 0; at < Math.min(text.length, length); at += 1) {
      const column = text[at] === startMark ? startColumn : (columns[text.charCodeAt(at)] as number);
      let next = children[node]?.get(column);
      if (next === undefined) {
        next = children.push(new Map()) - 1;
        ends.push(undefined);
        children[node]?.set(column, next);
      }
      node = next;
    }
    addTo(ends, node, clause);
  }
  return { columns, startColumn, width, children, ends };
}

function addTo(ends: (Set<number> | undefined)[], node: number, clause: number): void {
  const known = ends[node];
  if (known === undefined) ends[node] = new Set([clause]);
  else known.add(clause);
}

const byFrequency = 'etaoinsrhldcumfpgwybvkxjqz0123456789 -/.=_&+%:;,';
const ownColumnsMax = 59; // with those that are shared, the start and none, 64: an edge is found by a shift

/** Letters that are met often lie together, in one line of the processor's cache; the rarest of all share a column. */
function columnsOf(wanted: readonly Wanted[]): { columns: Uint8Array; startColumn: number; width: number } {
  const uses = new Int32Array(256); // by byte
  for (const { text } of wanted) {
    for (let at = 0; at < text.length; at += 1) {
      if (text[at] !== startMark) uses[text.charCodeAt(at)] = (uses[text.charCodeAt(at)] as number) + 1;
    }
  }
  const used = [...uses.keys()].filter((byte) => uses[byte] !== 0);
  const byUse = used.toSorted((one, other) => (uses[other] as number) - (uses[one] as number));
  const own = new Set(byUse.slice(0, ownColumnsMax));
  const common = Array.from(byFrequency, (sign) => sign.charCodeAt(0)).filter((byte) => own.has(byte));
  const columns = new Uint8Array(256);
  let width = 1;
  for (const byte of new Set([...common, ...own])) columns[byte] = width++;
  for (const isIn of shared) {
    const members = used.filter((byte) => !own.has(byte) && isIn(byte) && columns[byte] === 0);
    for (const byte of members) columns[byte] = width;
    if (members.length > 0) width += 1;
  }
  for (let byte = 0x41; byte <= 0x5a; byte += 1) columns[byte] = columns[byte + 0x20] as number;
  return { columns, startColumn: width, width: width + 1 };
}

/** A text with one of them is found where another of them stands as well: too much, never too little. */
const shared: readonly ((byte: number) => boolean)[] = [
  (byte) => byte >= 0x09 && byte <= 0x0d,
  (byte) => byte < 0x20 || byte >= 0x7f,
  () => true,
];

/** By depth, so that the node that a search falls back to is ready before those that fall back to it. */
function linked({ columns, startColumn, width, children, ends }: Tree): Table {
  const edges = new Int32Array(children.length * width);
  const fail = new Int32Array(children.length);
  const order = [0];
  for (let at = 0; at < order.length; at += 1) {
    const node = order[at] as number;
    const back = fail[node] as number;
    if (node !== 0) edges.copyWithin(node * width, back * width, (back + 1) * width);
    for (const [column, child] of children[node] ?? []) {
      fail[child] = node === 0 ? 0 : (edges[back * width + column] as number);
      edges[node * width + column] = child;
      order.push(child);
    }
    if (node !== 0) for (const clause of ends[back] ?? []) addTo(ends, node, clause);
  }
  return { columns, startColumn, width, order, edges, ends };
}

/** States: first nodes that end nothing, then those that do, each by depth. */
function numbered({ order, ends }: Table): { of: Int32Array; firstEnd: number } {
  const of = new Int32Array(order.length);
  let next = 0;
  for (const node of order) if (ends[node] === undefined) of[node] = next++;
  const firstEnd = next;
  for (const node of order) if (ends[node] !== undefined) of[node] = next++;
  return { of, firstEnd };
}

function edgesOf({ order, width, edges }: Table, numberOf: Int32Array, shift: number): Uint16Array {
  const rows = new Uint16Array(order.length << shift);
  for (let node = 0; node < order.length; node += 1) {
    const row = (numberOf[node] as number) << shift;
    for (let column = 0; column < width; column += 1) {
      rows[row + column] = numberOf[edges[node * width + column] as number] as number;
    }
  }
  return rows;
}

/** Many states end the same clauses. */
function setsOf(ends: readonly Set<number>[]): { of: Uint16Array; all: readonly Set<number>[] } {
  const known = new Map<string, number>();
  const all: Set<number>[] = [];
  const of = Uint16Array.from(ends, (set) => {
    const name = [...set].sort((one, other) => one - other).join();
    const number = known.get(name) ?? all.push(set) - 1;
    known.set(name, number);
    return number;
  });
  return { of, all };
}

function bitsOf(sets: readonly Set<number>[], words: number): Int32Array {
  const bits = new Int32Array(sets.length * words);
  for (const [index, set] of sets.entries()) {
    for (const clause of set) {
      const word = index * words + (clause >> 5);
      bits[word] = (bits[word] as number) | (1 << (clause & 31));
    }
  }
  return bits;
}

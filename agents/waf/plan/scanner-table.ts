// The scanner's table: Aho-Corasick over the texts of all rules at once, with all edges (a row for each state, a column for
// each byte that differs from others), and which clauses are told by the texts that end in a state. Made once for a set of
// rules; scanner.ts reads with it.
//
// The time of a scan goes into waiting for memory, so the table is made small where texts dwell: states in the order of
// their depth, columns in the order of how often letters come, two bytes for an edge. States that end texts have the
// highest numbers, and those that end texts of the same clauses share one set of them.

import assert from 'node:assert/strict';
import { wafPlanLimits } from '#config/limits-waf-plan';
import { startMark } from './beginning.ts';
import { highBits, lowBits } from './byte-classes.ts';

export interface Wanted {
  readonly text: string; // in lower case, two bytes or more; see startMark
  readonly clause: number;
}

export const columnBits = 6; // places in a row, as a power of two; scan.wat says it too

export interface ScannerTable {
  readonly stateCount: number; // state 0: nothing has been read
  readonly start: number; // the state at the beginning of a value
  readonly firstEnd: number; // states from here on end texts
  readonly edges: Uint16Array; // by state and column: the next state
  readonly depths: Uint8Array; // by state: how many of the last bytes it stands for
  readonly setOf: Uint16Array; // by state that ends texts, the others 0: the set of their clauses
  readonly kinds: Int32Array; // by byte, four numbers, since one table is read faster than three: kinds, low and high; where its column lies in a row
  readonly sets: readonly ReadonlySet<number>[]; // of clauses
}

export function scannerTable(wanted: readonly Wanted[]): ScannerTable {
  const table = fitting(wanted);
  const { order, ends, columns } = table;
  assert(table.width <= 1 << columnBits);
  const { of: numberOf, firstEnd } = numbered(table);
  const edges = edgesOf(table, numberOf);
  const { of, all } = setsOf(order.filter((node) => ends[node] !== undefined).map((node) => ends[node] as Set<number>));
  const setOf = new Uint16Array(order.length);
  setOf.set(of, firstEnd);
  const depths = new Uint8Array(order.length);
  for (const node of order) depths[numberOf[node] as number] = table.depths[node] as number;
  const start = edges[table.startColumn] as number;
  return { stateCount: order.length, start, firstEnd, edges, depths, setOf, kinds: kindsOf(columns), sets: all };
}

/** A tree of the texts, its edges completed. */
interface Table {
  readonly columns: Uint8Array;
  readonly startColumn: number; // of the mark of the start; it leads back to no text where none begins so
  readonly width: number;
  readonly order: readonly number[]; // nodes by depth
  readonly depths: Uint8Array; // by node
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

function kindsOf(columns: Uint8Array): Int32Array {
  const kinds = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte += 1)
    kinds.set([lowBits[byte] as number, highBits[byte] as number, 2 * (columns[byte] as number)], 4 * byte);
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
  const depths = new Uint8Array(children.length);
  const order = [0];
  for (let at = 0; at < order.length; at += 1) {
    const node = order[at] as number;
    const back = fail[node] as number;
    if (node !== 0) edges.copyWithin(node * width, back * width, (back + 1) * width);
    for (const [column, child] of children[node] ?? []) {
      fail[child] = node === 0 ? 0 : (edges[back * width + column] as number);
      edges[node * width + column] = child;
      depths[child] = (depths[node] as number) + 1;
      order.push(child);
    }
    if (node !== 0) for (const clause of ends[back] ?? []) addTo(ends, node, clause);
  }
  return { columns, startColumn, width, order, depths, edges, ends };
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

function edgesOf({ order, width, edges }: Table, numberOf: Int32Array): Uint16Array {
  const rows = new Uint16Array(order.length << columnBits);
  for (let node = 0; node < order.length; node += 1) {
    const row = (numberOf[node] as number) << columnBits;
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

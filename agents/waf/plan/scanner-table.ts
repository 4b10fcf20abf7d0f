// The scanner's table: Aho-Corasick over the texts of all rules at once, with all edges (a row for each state, a column for
// each byte that differs from others), and which clauses are told by the texts that end in a state. Made once for a set of
// rules; scanner.ts reads with it.
//
// The time of a scan goes into waiting for memory, so the table is made small where texts dwell: states in the order of
// their depth, columns in the order of how often letters come, two bytes for an edge. States that end texts have the
// highest numbers, and those that end texts of the same clauses share one set of them.

import assert from 'node:assert/strict';
import { wafPlanLimits } from '#config/limits-waf-plan';
import { highBits, lowBits } from './byte-classes.ts';
import { startMark } from './clause.ts';

export interface Wanted {
  readonly text: string; // in lower case, two bytes or more; see startMark
  readonly clause: number;
}

export const columnBits = 6; // places in a row, as a power of two
const startSign = startMark.charCodeAt(0);

export interface ScannerTable {
  readonly stateCount: number; // state 0: nothing has been read
  readonly start: number; // the state at the beginning of a value
  readonly firstEnd: number; // states from here on end texts
  readonly depths: Uint8Array; // by state: how many of the last bytes it stands for
  readonly setOf: Uint16Array; // by state: the set of the clauses whose texts it ends
  readonly kinds: Int32Array; // by byte, four numbers, since one table is read faster than three: kinds, low and high; where its column lies in a row
  readonly sets: readonly ReadonlySet<number>[]; // of clauses
  /** By state and column the next state, into memory that holds zeros: once and where it is read, since it is megabytes. */
  writeEdges(edges: Uint16Array): void;
}

export function scannerTable(wanted: readonly Wanted[]): ScannerTable {
  const letters = columnsOf(wanted);
  assert(letters.width <= 1 << columnBits);
  const tree = fitting(wanted, letters);
  const linked = linkedTree(tree);
  const { stateOf, firstEnd } = numbered(linked, tree);
  const { all, places } = tree.sets.inUse(tree.ends.subarray(0, tree.count));
  const [setOf, depths] = [new Uint16Array(tree.count), new Uint8Array(tree.count)];
  for (let node = 0; node < tree.count; node += 1) {
    setOf[stateOf[node] as number] = places[tree.ends[node] as number] as number;
    depths[stateOf[node] as number] = linked.depths[node] as number;
  }
  return {
    stateCount: tree.count,
    start: stateOf[childOf(tree, 0, letters.startColumn)] as number,
    firstEnd,
    depths,
    setOf,
    kinds: kindsOf(letters.columns),
    sets: all,
    writeEdges: (edges) => writeEdges(edges, tree, linked, stateOf),
  };
}

/** Where there are too many texts for the numbers of states, they are cut shorter: then more is found, never less. */
function fitting(wanted: readonly Wanted[], letters: Letters): Tree {
  for (let length = wafPlanLimits.wantedBytesMax; length > 1; length -= 2) {
    const tree = treeOf(wanted, letters, length);
    if (tree !== undefined) return tree;
  }
  assert.fail('texts of two bytes are fewer than there are states');
}

function kindsOf(columns: Uint8Array): Int32Array {
  const kinds = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte += 1)
    kinds.set([lowBits[byte] as number, highBits[byte] as number, 2 * (columns[byte] as number)], 4 * byte);
  return kinds;
}

/** Texts from their first letters on: nodes, of which 0 is the root. Small, so that it stays in the processor's cache. */
interface Tree {
  count: number;
  readonly firstChild: Uint16Array; // by node; 0: none
  readonly sibling: Uint16Array; // by node: the next child of the same one; 0: none
  readonly columns: Uint8Array; // by node: of the byte that leads to it
  readonly ends: Uint32Array; // by node: the set of clauses of the texts that end there
  readonly sets: ClauseSets;
}

/** Undefined where it would have too many nodes. */
function treeOf(wanted: readonly Wanted[], { columns, startColumn }: Letters, length: number): Tree | undefined {
  const bytes = wanted.reduce((sum, { text }) => sum + Math.min(text.length, length), 0);
  const tree = newTree(Math.min(1 + bytes, wafPlanLimits.scannerStatesMax));
  for (const { text, clause } of wanted) {
    let node = 0;
    for (let at = 0; at < Math.min(text.length, length); at += 1) {
      const sign = text.charCodeAt(at);
      const column = sign === startSign ? startColumn : (columns[sign] as number);
      const next = childOf(tree, node, column) || addChild(tree, node, column);
      if (next === 0) return undefined;
      node = next;
    }
    tree.ends[node] = tree.sets.with(tree.ends[node] as number, clause);
  }
  return tree;
}

function newTree(nodesMost: number): Tree {
  const [firstChild, sibling] = [new Uint16Array(nodesMost), new Uint16Array(nodesMost)];
  const [columns, ends] = [new Uint8Array(nodesMost), new Uint32Array(nodesMost)];
  return { count: 1, firstChild, sibling, columns, ends, sets: new ClauseSets() };
}

/** 0: there is none. */
function childOf({ firstChild, sibling, columns }: Tree, node: number, column: number): number {
  let child = firstChild[node] as number;
  while (child !== 0 && columns[child] !== column) child = sibling[child] as number;
  return child;
}

/** 0: there is no room. */
function addChild(tree: Tree, node: number, column: number): number {
  if (tree.count === tree.columns.length) return 0;
  const child = tree.count++;
  tree.columns[child] = column;
  tree.sibling[child] = tree.firstChild[node] as number;
  tree.firstChild[node] = child;
  return child;
}

/** Sets of clauses by number; 0 is the one of none. Many states end the same clauses, so what is put together is known. */
class ClauseSets {
  readonly #all: ReadonlySet<number>[] = [new Set()];
  readonly #byMembers = new Map<string, number>();
  readonly #ofOne: number[] = []; // by clause
  readonly #joined = new Map<string, number>(); // by both numbers

  with(set: number, clause: number): number {
    this.#ofOne[clause] ??= this.#numberOf(new Set([clause]));
    return this.join(set, this.#ofOne[clause]);
  }

  join(one: number, other: number): number {
    if (one === other || other === 0) return one;
    if (one === 0) return other;
    const both = `${one} ${other}`;
    const joined = this.#joined.get(both) ?? this.#numberOf(this.#at(one).union(this.#at(other)));
    this.#joined.set(both, joined);
    return joined;
  }

  #at(set: number): ReadonlySet<number> {
    return this.#all[set] as ReadonlySet<number>;
  }

  /** Those of which a number is in use, and their places among them: fewer, since some were made on the way. */
  inUse(ends: Uint32Array): { all: readonly ReadonlySet<number>[]; places: Uint16Array } {
    const isUsed = new Uint8Array(this.#all.length);
    for (let node = 0; node < ends.length; node += 1) isUsed[ends[node] as number] = 1;
    const numbers = [...isUsed.keys()].filter((number) => isUsed[number] === 1);
    const places = new Uint16Array(this.#all.length);
    for (const [place, number] of numbers.entries()) places[number] = place;
    return { all: numbers.map((number) => this.#at(number)), places };
  }

  #numberOf(set: ReadonlySet<number>): number {
    const members = [...set].sort((one, other) => one - other).join();
    const number = this.#byMembers.get(members) ?? this.#all.push(set) - 1;
    this.#byMembers.set(members, number);
    return number;
  }
}

const byFrequency = 'etaoinsrhldcumfpgwybvkxjqz0123456789 -/.=_&+%:;,';
const ownColumnsMax = 59; // with those that are shared, the start and none, 64: an edge is found by a shift

interface Letters {
  readonly columns: Uint8Array; // by byte
  readonly startColumn: number; // of the mark of the start; it leads back to no text where none begins so
  readonly width: number; // columns that are used
}

/** Letters that are met often lie together, in one line of the processor's cache; the rarest of all share a column. */
function columnsOf(wanted: readonly Wanted[]): Letters {
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

/** What a search needs beside the tree. */
interface Links {
  readonly order: Uint16Array; // nodes by depth
  readonly depths: Uint8Array; // by node
  readonly fallbacks: Uint16Array; // by node: the one for the longest end of its text that begins another
}

/** A node's fallback is nearer to the root, so it is complete before. What ends there ends in the node too. */
function linkedTree(tree: Tree): Links {
  const { count, firstChild, sibling, columns, ends, sets } = tree;
  const [order, fallbacks, depths] = [new Uint16Array(count), new Uint16Array(count), new Uint8Array(count)];
  let next = 1;
  for (let at = 0; at < count; at += 1) {
    const node = order[at] as number;
    const fallback = fallbacks[node] as number;
    ends[node] = sets.join(ends[node] as number, ends[fallback] as number);
    for (let child = firstChild[node] as number; child !== 0; child = sibling[child] as number) {
      fallbacks[child] = node === 0 ? 0 : goOn(tree, fallbacks, fallback, columns[child] as number);
      depths[child] = (depths[node] as number) + 1;
      order[next++] = child;
    }
  }
  return { order, depths, fallbacks };
}

function goOn(tree: Tree, fallbacks: Uint16Array, from: number, column: number): number {
  for (let node = from; node !== 0; node = fallbacks[node] as number) {
    const child = childOf(tree, node, column);
    if (child !== 0) return child;
  }
  return childOf(tree, 0, column);
}

/** States: first nodes that end nothing, then those that do, each by depth. */
function numbered({ order }: Links, { ends }: Tree): { stateOf: Uint16Array; firstEnd: number } {
  const stateOf = new Uint16Array(order.length);
  let [next, firstEnd] = [0, 0];
  for (const tells of [false, true]) {
    firstEnd = next;
    for (let at = 0; at < order.length; at += 1) {
      const node = order[at] as number;
      if ((ends[node] !== 0) === tells) stateOf[node] = next++;
    }
  }
  return { stateOf, firstEnd };
}

/** Where a node has no child, the search goes on where it would from the node that it falls back to. */
function writeEdges(edges: Uint16Array, tree: Tree, { order, fallbacks }: Links, stateOf: Uint16Array): void {
  for (let at = 0; at < order.length; at += 1) {
    const node = order[at] as number;
    const row = (stateOf[node] as number) << columnBits;
    const back = (stateOf[fallbacks[node] as number] as number) << columnBits;
    if (node !== 0) edges.copyWithin(row, back, back + (1 << columnBits));
    for (let child = tree.firstChild[node] as number; child !== 0; child = tree.sibling[child] as number)
      edges[row + (tree.columns[child] as number)] = stateOf[child] as number;
  }
}

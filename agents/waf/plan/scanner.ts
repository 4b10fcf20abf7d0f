// One pass over a value that tells which kinds of bytes it holds and which clauses' texts, without regard to case:
// Aho-Corasick over the texts of all rules at once, with all edges in one table (a row for each node, a column
// for each byte that differs from others). The result is in fields, overwritten by the next scan: a scan makes no object.
//
// A node that ends texts is marked by the sign of the edge to it, and asked for its clauses once in each scan, so a value
// that ends texts at every byte costs no more than the nodes there are.

import { highBits, lowBits } from './byte-classes.ts';

export interface Wanted {
  readonly text: string; // in lower case, two bytes or more
  readonly clause: number;
}

export class Scanner {
  low = 0; // kinds of bytes of the value
  high = 0;
  hitCount = 0;
  readonly hits: Int32Array; // clauses that a text of theirs was found for, each once
  readonly nodeCount: number;
  readonly #columns: Uint8Array;
  readonly #width: number;
  readonly #edges: Int32Array; // by row and column: the next row, negative (~row) where texts end
  readonly #endsFrom: Int32Array; // by node: where its clauses begin in #ends
  readonly #ends: Int32Array;
  readonly #seenNode: Int32Array;
  readonly #seenClause: Int32Array;
  #turn = 0;

  constructor(wanted: readonly Wanted[], clauseCount: number) {
    const trie = trieOf(wanted);
    this.#columns = trie.columns;
    this.#width = trie.width;
    this.nodeCount = trie.children.length;
    const { edges, endsFrom, ends } = linked(trie);
    this.#edges = edges;
    this.#endsFrom = endsFrom;
    this.#ends = ends;
    this.#seenNode = new Int32Array(this.nodeCount);
    this.#seenClause = new Int32Array(clauseCount);
    this.hits = new Int32Array(clauseCount);
  }

  scan(value: string): void {
    const [edges, columns] = [this.#edges, this.#columns];
    let [row, low, high] = [0, 0, 0];
    this.#turn = this.#turn === 0x7fffffff ? this.#restart() : this.#turn + 1;
    this.hitCount = 0;
    for (let at = 0; at < value.length; at += 1) {
      const byte = value.charCodeAt(at);
      low |= lowBits[byte] as number;
      high |= highBits[byte] as number;
      row = edges[row + (columns[byte] as number)] as number;
      if (row < 0) {
        row = ~row;
        this.#end(row / this.#width);
      }
    }
    this.low = low;
    this.high = high;
  }

  /** Whether the last scan has found a text of this clause. */
  hasHit(clause: number): boolean {
    return this.#seenClause[clause] === this.#turn;
  }

  #end(node: number): void {
    const turn = this.#turn;
    if (this.#seenNode[node] === turn) return;
    this.#seenNode[node] = turn;
    const to = this.#endsFrom[node + 1] as number;
    for (let at = this.#endsFrom[node] as number; at < to; at += 1) {
      const clause = this.#ends[at] as number;
      if (this.#seenClause[clause] === turn) continue;
      this.#seenClause[clause] = turn;
      this.hits[this.hitCount++] = clause;
    }
  }

  #restart(): number {
    this.#seenNode.fill(0);
    this.#seenClause.fill(0);
    return 1;
  }
}

interface Trie {
  readonly columns: Uint8Array; // by byte; 0: in no text
  readonly width: number;
  readonly children: Map<number, number>[]; // by node, by column
  readonly clauses: (Set<number> | undefined)[]; // of the texts that end there
}

function trieOf(wanted: readonly Wanted[]): Trie {
  const columns = new Uint8Array(256);
  let width = 1;
  const children: Map<number, number>[] = [new Map()];
  const clauses: (Set<number> | undefined)[] = [undefined];
  for (const { text, clause } of wanted) {
    let node = 0;
    for (let at = 0; at < text.length; at += 1) {
      const byte = text.charCodeAt(at);
      if (columns[byte] === 0) columns[byte] = width++;
      const column = columns[byte] as number;
      const known = children[node]?.get(column);
      const next = known ?? children.length;
      if (known === undefined) {
        children[node]?.set(column, next);
        children.push(new Map());
        clauses.push(undefined);
      }
      node = next;
    }
    addTo(clauses, node, clause);
  }
  for (let byte = 0x41; byte <= 0x5a; byte += 1) columns[byte] = columns[byte + 0x20] as number;
  return { columns, width, children, clauses };
}

function addTo(clauses: (Set<number> | undefined)[], node: number, clause: number): void {
  const known = clauses[node];
  if (known === undefined) clauses[node] = new Set([clause]);
  else known.add(clause);
}

/** By level, so that the node that a search falls back to is ready before those that fall back to it. */
function linked({ width, children, clauses }: Trie) {
  const edges = new Int32Array(children.length * width);
  const fail = new Int32Array(children.length);
  const order = [0];
  for (let at = 0; at < order.length; at += 1) {
    const node = order[at] as number;
    const back = fail[node] as number;
    if (node !== 0) edges.copyWithin(node * width, back * width, (back + 1) * width);
    for (const [column, child] of children[node] ?? []) {
      fail[child] = node === 0 ? 0 : rowOf(edges[back * width + column] as number) / width;
      edges[node * width + column] = child * width;
      order.push(child);
    }
    for (const clause of clauses[fail[node] as number] ?? []) if (node !== 0) addTo(clauses, node, clause);
  }
  const endsFrom = new Int32Array(children.length + 1);
  const ends: number[] = [];
  for (let node = 0; node < children.length; node += 1) {
    endsFrom[node] = ends.length;
    ends.push(...(clauses[node] ?? []));
  }
  endsFrom[children.length] = ends.length;
  for (let at = 0; at < edges.length; at += 1) {
    const row = edges[at] as number;
    if (clauses[row / width] !== undefined) edges[at] = ~row;
  }
  return { edges, endsFrom, ends: Int32Array.from(ends) };
}

const rowOf = (edge: number): number => (edge < 0 ? ~edge : edge);

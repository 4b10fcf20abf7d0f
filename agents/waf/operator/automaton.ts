// Aho-Corasick: which of many phrases is in a text, without regard to ASCII case, in one pass. The shaping decision: all
// edges of the trie lie in one hash table of numbers (a table by node and byte would be 27 MiB for CRS's longest list,
// this is 2), and the first byte of each search is looked up in a table of 256. Fail links are followed at search time,
// which is at most one step back for each step forward: linear in the text.

import assert from 'node:assert/strict';
import { toLower } from '../transform/bytes.ts';

const none = -1;
const root = 0;
const lower = Uint8Array.from({ length: 256 }, (_, byte) => toLower(byte));

export class Automaton {
  readonly #phrases: readonly string[];
  readonly #edges: Edges;
  readonly #fromRoot = new Int32Array(256); // 0: none, the root itself
  readonly #fail: Int32Array;
  readonly #found: Int32Array; // by node: the phrase that ends there, or at the nearest node of its fail links

  constructor(phrases: readonly string[]) {
    const nodesMax = phrases.reduce((sum, phrase) => sum + phrase.length, 1);
    this.#phrases = phrases;
    this.#edges = new Edges(nodesMax);
    this.#fail = new Int32Array(nodesMax);
    this.#found = new Int32Array(nodesMax).fill(none);
    this.#link(this.#grow());
  }

  /** The phrase that ends first, as it was given; of several, the longest. */
  find(text: string): string | undefined {
    let node = root;
    for (let at = 0; at < text.length; at += 1) {
      node = this.#step(node, lower[text.charCodeAt(at) & 0xff] as number);
      const found = this.#found[node] as number;
      if (found !== none) return this.#phrases[found];
    }
    return undefined;
  }

  #step(from: number, byte: number): number {
    for (let node = from; node !== root; node = this.#fail[node] as number) {
      const next = this.#edges.get(node, byte);
      if (next !== none) return next;
    }
    return this.#fromRoot[byte] as number;
  }

  /** The trie. By level, each node with the node it hangs on and the byte between them. */
  #grow(): readonly [node: number, parent: number, byte: number][] {
    const nodes: [number, number, number][] = [];
    let level = this.#phrases.map((phrase, index) => ({ phrase, index, node: root }));
    for (let depth = 0; level.length > 0; depth += 1) {
      for (const one of level) this.#extend(one, depth, nodes);
      level = level.filter(({ phrase }) => phrase.length > depth + 1);
    }
    return nodes;
  }

  #extend(
    one: { phrase: string; index: number; node: number },
    depth: number,
    nodes: [number, number, number][],
  ): void {
    const byte = lower[one.phrase.charCodeAt(depth) & 0xff] as number;
    let next = one.node === root ? this.#fromRoot[byte] || none : this.#edges.get(one.node, byte);
    if (next === none) {
      next = nodes.length + 1;
      nodes.push([next, one.node, byte]);
      if (one.node === root) this.#fromRoot[byte] = next;
      else this.#edges.set(one.node, byte, next);
    }
    one.node = next;
    if (depth + 1 === one.phrase.length && this.#found[next] === none) this.#found[next] = one.index;
  }

  /** Nodes come by level, so the fail link of a parent is known before its children ask for it. */
  #link(nodes: readonly [node: number, parent: number, byte: number][]): void {
    for (const [node, parent, byte] of nodes) {
      if (parent === root) continue;
      const fail = this.#step(this.#fail[parent] as number, byte);
      this.#fail[node] = fail;
      if (this.#found[node] === none) this.#found[node] = this.#found[fail] as number;
    }
  }
}

/** From node and byte to node: open addressing, at most half full. */
class Edges {
  readonly #mask: number;
  readonly #keys: Int32Array;
  readonly #values: Int32Array;

  constructor(countMax: number) {
    assert(countMax < 2 ** 22, 'node and byte fit a number of 31 bits');
    const size = 2 ** Math.ceil(Math.log2(2 * countMax + 2));
    this.#mask = size - 1;
    this.#keys = new Int32Array(size).fill(none);
    this.#values = new Int32Array(size);
  }

  get(node: number, byte: number): number {
    const slot = this.#slot((node << 8) | byte);
    return this.#keys[slot] === none ? none : (this.#values[slot] as number);
  }

  set(node: number, byte: number, to: number): void {
    const key = (node << 8) | byte;
    const slot = this.#slot(key);
    this.#keys[slot] = key;
    this.#values[slot] = to;
  }

  /** Where the key is, or would be put. */
  #slot(key: number): number {
    let slot = (Math.imul(key, 0x9e3779b1) >>> 8) & this.#mask;
    while (this.#keys[slot] !== none && this.#keys[slot] !== key) slot = (slot + 1) & this.#mask;
    return slot;
  }
}

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
    const trie = this.#grow(nodesMax);
    this.#link(trie, byLevel(trie));
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

  #grow(nodesMax: number): Trie {
    const [parents, bytes] = [new Int32Array(nodesMax), new Uint8Array(nodesMax)];
    const trie = { count: 1, parents, bytes, depths: new Int32Array(nodesMax) };
    for (const [index, phrase] of this.#phrases.entries()) {
      let node = root;
      for (let at = 0; at < phrase.length; at += 1) node = this.#extend(trie, node, phrase.charCodeAt(at) & 0xff);
      if (this.#found[node] === none) this.#found[node] = index;
    }
    return trie;
  }

  #extend(trie: Trie, node: number, sign: number): number {
    const byte = lower[sign] as number;
    const known = node === root ? this.#fromRoot[byte] || none : this.#edges.get(node, byte);
    if (known !== none) return known;
    const next = trie.count++;
    trie.parents[next] = node;
    trie.bytes[next] = byte;
    trie.depths[next] = (trie.depths[node] as number) + 1;
    if (node === root) this.#fromRoot[byte] = next;
    else this.#edges.set(node, byte, next);
    return next;
  }

  /** By level, so that the fail link of a parent is known before its children ask for it. */
  #link({ parents, bytes }: Trie, nodes: Int32Array): void {
    for (let at = 0; at < nodes.length; at += 1) {
      const node = nodes[at] as number;
      const parent = parents[node] as number;
      if (parent === root) continue;
      const fail = this.#step(this.#fail[parent] as number, bytes[node] as number);
      this.#fail[node] = fail;
      if (this.#found[node] === none) this.#found[node] = this.#found[fail] as number;
    }
  }
}

/** Of each node: the node it hangs on, the byte between them, how far it is from the root. */
interface Trie {
  count: number;
  readonly parents: Int32Array;
  readonly bytes: Uint8Array;
  readonly depths: Int32Array;
}

/** All nodes but the root. */
function byLevel({ count, depths }: Trie): Int32Array {
  const starts: number[] = [0, 0]; // of the levels, once those before have been counted
  for (let node = 1; node < count; node += 1) {
    const behind = (depths[node] as number) + 1;
    starts[behind] = (starts[behind] ?? 0) + 1;
  }
  for (let level = 1; level < starts.length; level += 1)
    starts[level] = (starts[level] as number) + (starts[level - 1] as number);
  const nodes = new Int32Array(count - 1);
  for (let node = 1; node < count; node += 1) {
    const level = depths[node] as number;
    nodes[starts[level] as number] = node;
    starts[level] = (starts[level] as number) + 1;
  }
  return nodes;
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

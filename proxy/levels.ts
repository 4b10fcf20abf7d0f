// How much of something is held at the moment, by key, here and in the other workers: connections of a client, exchanges
// of a route. Each worker tells what it holds once that is a good part of its even share of what is allowed, so that
// usual clients cost no word; so the sum is known but for a part of it (docs/limits.md). It refuses to decide.

import { sharingLimits } from '#config/limits';
import type { Listener, Peers, Subject } from './peers.ts';

export class Levels implements Listener {
  readonly #here = new Map<string, number>();
  readonly #told = new Set<string>();
  readonly #elsewhere = new Map<string, Map<number, Held>>(); // by key and process of another worker
  readonly #toldFrom: number;
  readonly #subject: Subject | undefined;

  /** `most` is what is allowed for one key. Without peers it counts alone. */
  constructor(name: string, most: number, peers?: Peers) {
    this.#toldFrom = peers === undefined ? Infinity : Math.ceil((sharingLimits.toldFromPart * most) / peers.workers);
    this.#subject = peers?.join(name, this);
  }

  /** Keys that are held here. */
  get size(): number {
    return this.#here.size;
  }

  change(key: string, by: 1 | -1): void {
    const level = (this.#here.get(key) ?? 0) + by;
    if (level === 0) this.#here.delete(key);
    else this.#here.set(key, level);
    if (this.#subject !== undefined && (level >= this.#toldFrom || this.#told.has(key))) this.#tell(key, level);
  }

  here(key: string): number {
    return this.#here.get(key) ?? 0;
  }

  /** As far as it is known. */
  everywhere(key: string): number {
    const elsewhere = this.#elsewhere.get(key);
    let sum = this.here(key);
    if (elsewhere === undefined) return sum;
    const now = performance.now();
    for (const { level, untilMs } of elsewhere.values()) if (now < untilMs) sum += level;
    return sum;
  }

  #tell(key: string, level: number): void {
    if (level >= this.#toldFrom) this.#told.add(key);
    else this.#told.delete(key); // too little to be worth a word
    this.#subject?.set(key, level >= this.#toldFrom ? level : 0);
  }

  onTold(from: number, key: string, level: number): void {
    const known = this.#elsewhere.get(key);
    if (level > 0) this.#learn(from, key, level, known);
    else if (known?.delete(from) === true && known.size === 0) this.#elsewhere.delete(key);
  }

  #learn(from: number, key: string, level: number, known: Map<number, Held> | undefined): void {
    const held: Held = { level, untilMs: performance.now() + sharingLimits.heldElsewhereMs };
    if (known !== undefined) known.set(from, held);
    else if (this.#elsewhere.size < sharingLimits.keysElsewhereMax) this.#elsewhere.set(key, new Map([[from, held]]));
  }

  onGone(from: number): void {
    for (const key of [...this.#elsewhere.keys()]) this.onTold(from, key, 0);
  }

  onRetell(): void {
    for (const key of this.#told) this.#subject?.set(key, this.here(key));
    const now = performance.now();
    for (const [key, processes] of [...this.#elsewhere])
      for (const [from, { untilMs }] of processes) if (now >= untilMs) this.onTold(from, key, 0);
  }
}

interface Held {
  readonly level: number;
  readonly untilMs: number; // unless it is told again
}

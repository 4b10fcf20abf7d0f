// The last lines of everything that runs here, with their times: children's output and the supervisor's own events, for
// `logs`, for pages and for crash reports. A ring per source, bounded in lines and in characters, so that one child that
// talks without end takes nothing from the memory of the others. It refuses to write files and to word anything.

import { supervisorLimits } from '#config/limits';

export interface KeptLine {
  readonly at: number; // milliseconds since 1970
  readonly order: number; // over all sources: what came later has the higher one
  readonly source: string; // a child's name, or `stack`
  readonly stream: 'stdout' | 'stderr' | 'event';
  readonly text: string;
}

export interface LineQuery {
  readonly sources?: readonly string[] | undefined; // all without; `proxy` stands for all `proxy/N`
  readonly sinceAt?: number | undefined;
  readonly count?: number | undefined; // the last so many of what matches
}

export class Journal {
  readonly #rings = new Map<string, LineRing>();
  readonly #listeners = new Set<(line: KeptLine) => void>();
  readonly #clock: () => number;
  #order = 0;

  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  add(source: string, stream: KeptLine['stream'], text: string): void {
    if (text.trim() === '') return;
    const most = supervisorLimits.keptCharactersMax;
    const short = text.length > most ? `${text.slice(0, most)}…` : text;
    this.#order += 1;
    const line = { at: this.#clock(), order: this.#order, source, stream, text: short };
    this.#ringOf(source).add(line);
    for (const listener of this.#listeners) listener(line);
  }

  /** Oldest first. */
  lines({ sources, sinceAt = -Infinity, count = Infinity }: LineQuery = {}): readonly KeptLine[] {
    const rings = [...this.#rings].filter(([source]) => sources === undefined || isAmong(source, sources));
    const found = rings.flatMap(([, ring]) => ring.lines()).filter(({ at }) => at >= sinceAt);
    const inOrder = found.toSorted((one, other) => one.order - other.order);
    return count >= inOrder.length ? inOrder : inOrder.slice(inOrder.length - count);
  }

  /** A number to give to `textsSince`: what was written before it does not count. */
  get mark(): number {
    return this.#order;
  }

  /** What the source wrote after the mark, at most the last `count` lines. */
  textsSince(mark: number, source: string, count: number): string[] {
    const lines = this.#rings.get(source)?.lines() ?? [];
    return lines
      .filter(({ order }) => order > mark)
      .slice(-count)
      .map(({ text }) => text);
  }

  onLine(listener: (line: KeptLine) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Nothing of this name is left: a configuration without it was taken. */
  forget(source: string): void {
    this.#rings.delete(source);
  }

  #ringOf(source: string): LineRing {
    const ring = this.#rings.get(source) ?? new LineRing();
    this.#rings.set(source, ring);
    return ring;
  }
}

function isAmong(source: string, sources: readonly string[]): boolean {
  return sources.some((one) => source === one || source.startsWith(`${one}/`));
}

class LineRing {
  readonly #ring: KeptLine[] = [];
  #next = 0;

  add(line: KeptLine): void {
    this.#ring[this.#next] = line;
    this.#next = (this.#next + 1) % supervisorLimits.keptLinesMax;
  }

  /** Oldest first. */
  lines(): KeptLine[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }
}

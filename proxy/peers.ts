// What the workers of one host tell each other, so that a limit holds for all of them together: how much each has let
// through (`add`), and how much it holds at the moment (`set`). The shaping decision: nobody is asked on the way of a
// request. A worker decides by what it knows, and what moved is told a moment later, in one note, the largest amounts
// first; the supervisor passes it on unread. So limits overshoot by what happens within one tick, and never wait. A worker
// that is alone has none of this. It refuses to keep more than a bound of what is not told yet.

import { sharingLimits } from '#config/limits';
import { type NoteEntry, readNote, writeNote } from './peer-note.ts';

/** Who has to know what other workers tell of one thing. */
export interface Listener {
  /** `from` is a process: while a worker is replaced there are two of its number. */
  onTold(from: number, key: string, amount: number): void;
  /** It has ended: what it held it holds no longer. */
  onGone?(from: number): void;
  /** Tell again what is held: a note may have been lost, and somebody may be new. */
  onRetell?(): void;
}

export interface PeersOptions {
  readonly workers: number; // this one included
  readonly send: (text: string, onSent: () => void) => void;
  readonly refreshNow: () => number;
}

export class Peers {
  readonly workers: number;
  readonly refreshNow: () => number;
  notesRefused = 0;
  readonly #send: PeersOptions['send'];
  readonly #tickMs: number;
  readonly #subjects = new Map<string, Subject>();
  readonly #retelling: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined = undefined;
  #isDue = false; // a note is on its way out, or will be
  #toldAtMs = -Infinity;

  constructor({ workers, send, refreshNow }: PeersOptions) {
    this.workers = workers;
    this.refreshNow = refreshNow;
    this.#send = send;
    this.#tickMs = sharingLimits.noteTickMsPerWorker * workers;
    this.#retelling = setInterval(() => this.#retell(), sharingLimits.retellMs).unref();
  }

  /** From now on. A name is one thing in all workers. */
  join(name: string, listener: Listener): Subject {
    const subject = new Subject(listener, () => this.#wake());
    this.#subjects.set(name, subject);
    return subject;
  }

  hear(from: number, text: string): void {
    const entries = readNote(text);
    if (entries === undefined) {
      this.notesRefused += 1;
      return;
    }
    this.refreshNow();
    for (const [name, key, amount] of entries) this.#subjects.get(name)?.listener.onTold(from, key, amount);
  }

  forget(from: number): void {
    for (const { listener } of this.#subjects.values()) listener.onGone?.(from);
  }

  close(): void {
    this.#isDue = true; // for good
    clearTimeout(this.#timer);
    clearInterval(this.#retelling);
  }

  #retell(): void {
    for (const { listener } of this.#subjects.values()) listener.onRetell?.();
  }

  /** At once, or when a tick has passed since the last note. */
  #wake(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const leftMs = this.#toldAtMs + this.#tickMs - performance.now();
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, leftMs));
    this.#timer.unref();
  }

  #tell(): void {
    const entries = this.#largestFirst();
    const { text, count } = writeNote(entries);
    this.#toldAtMs = performance.now();
    for (const [name, key] of entries.slice(0, count)) this.#subjects.get(name)?.untold.delete(key);
    this.#send(text, () => {
      this.#isDue = false;
      if (this.#hasMore()) this.#wake();
    });
  }

  /** What must be told, in order only where not all of it fits into one note. */
  #largestFirst(): NoteEntry[] {
    const entries: NoteEntry[] = [];
    for (const [name, { untold }] of this.#subjects)
      for (const [key, amount] of untold) entries.push([name, key, amount]);
    return entries.length <= sharingLimits.noteEntriesMax ? entries : entries.sort((a, b) => b[2] - a[2]);
  }

  #hasMore(): boolean {
    for (const { untold } of this.#subjects.values()) if (untold.size > 0) return true;
    return false;
  }
}

/** One thing that is told of, by key. */
export class Subject {
  readonly untold = new Map<string, number>();
  readonly listener: Listener;
  lost = 0; // keys of which nobody was told
  readonly #wake: () => void;

  constructor(listener: Listener, wake: () => void) {
    this.listener = listener;
    this.#wake = wake;
  }

  /** So much more. */
  add(key: string, amount: number): void {
    this.set(key, (this.untold.get(key) ?? 0) + amount);
  }

  /** So much, at the moment. */
  set(key: string, amount: number): void {
    if (this.untold.size >= sharingLimits.untoldKeysMax && !this.untold.has(key)) {
      this.lost += 1;
      return;
    }
    this.untold.set(key, amount);
    if (this.untold.size === 1) this.#wake();
  }
}

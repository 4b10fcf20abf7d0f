// Where the firewall keeps what it refused: gathered for a moment, then written together, beside the traffic. The shaping
// decision: whoever attacks chooses how many requests there are, so everything has an end (rows a second, rows waiting,
// rows kept, bytes, age), and what is left out is counted. It refuses to fail: a store that cannot be used costs a
// warning and what it would have kept, and never a request.

import { open, rename, rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { wafStoreLimits } from '#config/limits-waf-agent';
import { Database, faultOf } from './database.ts';
import type { StoredRequest } from './stored-request.ts';

export interface StoreOptions {
  readonly path: string;
  readonly maxRequests: number;
  readonly maxSize: number; // bytes
  readonly maxAgeMs: number;
  readonly warn: (problem: string) => void;
  readonly now?: () => number;
}

export interface StoreCounts {
  readonly written: number;
  readonly dropped: number;
}

export class RequestStore {
  readonly #options: StoreOptions;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #database: Database | undefined;
  #waiting: StoredRequest[] = [];
  #second = 0;
  #inSecond = 0;
  #written = 0;
  #dropped = 0;
  #tidiedAt = 0;
  #lastProblem = '';

  private constructor(options: StoreOptions, database: Database) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#database = database;
    this.#timer = setInterval(() => this.flush(), wafStoreLimits.flushMs).unref();
  }

  /** `undefined`, and a warning, where the file cannot be used. */
  static async open(options: StoreOptions): Promise<RequestStore | undefined> {
    const { path, maxSize, warn } = options;
    try {
      await (await open(path, 'a', 0o600)).close(); // it names clients and what they sent; SQLite's other files follow it
      return new RequestStore(options, await openOrPutAside(path, maxSize, warn));
    } catch (error) {
      warn(`refused requests are not kept, since ${path} cannot be used: ${wordsOf(error)}`);
      return undefined;
    }
  }

  get counts(): StoreCounts {
    return { written: this.#written, dropped: this.#dropped };
  }

  /** Whether there is room for one more at the moment; it is counted as dropped where there is none. */
  hasRoom(): boolean {
    const second = Math.floor(this.#now() / 1000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    const { rowsPerSecond, waitingMax } = wafStoreLimits;
    const isFree = this.#inSecond < rowsPerSecond && this.#waiting.length < waitingMax && this.#database !== undefined;
    if (!isFree) this.#dropped += 1;
    return isFree;
  }

  put(request: StoredRequest): void {
    this.#inSecond += 1;
    this.#waiting.push(request);
  }

  /** Writes what waits. */
  flush(): void {
    const database = this.#database;
    if (database === undefined) return;
    try {
      if (this.#waiting.length > 0) this.#write(database, this.#waiting);
      this.#tidy(database);
      this.#lastProblem = '';
    } catch (error) {
      this.#failed(error);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
    this.#database?.close();
    this.#database = undefined;
  }

  #write(database: Database, requests: readonly StoredRequest[]): void {
    try {
      database.insert(requests);
    } catch (error) {
      if (faultOf(error) !== 'full') throw error;
      for (const request of requests) makeRoomFor(database, request);
    }
    this.#written += requests.length;
    this.#waiting = [];
  }

  #tidy(database: Database): void {
    const now = this.#now();
    if (now - this.#tidiedAt < wafStoreLimits.tidyMs) return;
    this.#tidiedAt = now;
    database.tidy(now - this.#options.maxAgeMs, this.#options.maxRequests, wafStoreLimits.tidyRowsMax);
  }

  /** Another process writes: the next time. Anything else is told once, and what waits is let go. */
  #failed(error: unknown): void {
    const fault = faultOf(error);
    if (fault === 'busy') return;
    this.#dropped += this.#waiting.length;
    this.#waiting = [];
    const problem = `refused requests cannot be kept in ${this.#options.path}: ${wordsOf(error)}`;
    if (problem !== this.#lastProblem) this.#options.warn(problem);
    this.#lastProblem = problem;
    if (fault === 'broken') this.#giveUp();
  }

  #giveUp(): void {
    try {
      this.#database?.close();
    } catch {
      // what cannot be closed is let go
    }
    this.#database = undefined;
  }
}

/** The file is as large as it may be: the oldest go. */
function makeRoomFor(database: Database, request: StoredRequest): void {
  try {
    database.insert([request]);
  } catch (error) {
    if (faultOf(error) !== 'full') throw error;
    database.removeOldest(Math.max(wafStoreLimits.removedAtLeast, Math.ceil(database.count() / 10)));
    database.insert([request]);
  }
}

/** A file that is no database, or no longer one, is moved aside; another process may have done so already. */
async function openOrPutAside(path: string, bytesMax: number, warn: StoreOptions['warn']): Promise<Database> {
  try {
    return await openWhenFree(path, bytesMax);
  } catch (error) {
    if (faultOf(error) !== 'broken') throw error;
    await rename(path, `${path}.broken`);
    for (const end of ['-wal', '-shm']) await rm(path + end, { force: true });
    warn(`the recorded requests in ${path} cannot be read; the file is now ${path}.broken`);
    return new Database(path, bytesMax);
  }
}

/** Others that open a new file at the same moment have it for themselves, for a moment. */
async function openWhenFree(path: string, bytesMax: number): Promise<Database> {
  for (let left = wafStoreLimits.openTries; ; left -= 1) {
    try {
      return new Database(path, bytesMax);
    } catch (error) {
      if (faultOf(error) !== 'busy' || left <= 1) throw error;
      await setTimeout(wafStoreLimits.busyMs);
    }
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

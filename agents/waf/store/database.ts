// The SQLite file of recorded requests: what it is made of, and the statements that are used on it. SQLite looks after
// several processes that write into one file, which is what instances and generations of the firewall are. The shaping
// decision: a write never waits for the disk (`synchronous=OFF`): a crash of ours loses nothing, and what a power cut
// breaks is found broken and put aside. It refuses to be shared over a network, as every SQLite file.

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { wafStoreLimits } from '#config/limits-waf-agent';
import { type StoredRequest, textOfStored } from './stored-request.ts';

const pageBytes = 4096;
const walBytes = 4 * 1024 * 1024;
const formatVersion = 1;

export class Database {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #byAge: StatementSync;
  readonly #oldest: StatementSync;

  /** Throws where the file cannot be used. */
  constructor(path: string, bytesMax: number) {
    this.#db = new DatabaseSync(path, { timeout: wafStoreLimits.busyMs });
    this.#prepare(bytesMax);
    const columns = 'id, at, verdict, bytes, record';
    this.#insert = this.#db.prepare(`INSERT INTO requests (${columns}) VALUES (?, ?, ?, ?, ?)`);
    this.#byAge = this.#db.prepare(
      'DELETE FROM requests WHERE seq IN (SELECT seq FROM requests WHERE at < ? ORDER BY seq LIMIT ?)',
    );
    this.#oldest = this.#db.prepare(
      'DELETE FROM requests WHERE seq IN (SELECT seq FROM requests ORDER BY seq LIMIT ?)',
    );
  }

  #prepare(bytesMax: number): void {
    this.#db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA journal_size_limit=${walBytes};`);
    const version = this.#number('PRAGMA user_version', 'user_version');
    if (version !== 0 && version !== formatVersion) throw new Error(`it is of version ${version}`);
    this.#db.exec(`PRAGMA max_page_count=${Math.ceil(bytesMax / pageBytes)};
      CREATE TABLE IF NOT EXISTS requests (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL,
        verdict TEXT NOT NULL, bytes INTEGER NOT NULL, record TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS requests_id ON requests (id);
      PRAGMA user_version=${formatVersion};`);
  }

  /** All of them, or none and an error. */
  insert(requests: readonly StoredRequest[]): void {
    this.#inTransaction(() => {
      for (const request of requests) {
        const text = textOfStored(request);
        this.#insert.run(request.id, request.at, request.verdict, text.length, text);
      }
    });
  }

  /** What is older, and what is more than so many; a bounded piece of it. */
  tidy(oldestAt: number, requestsMax: number, removedMax: number): void {
    const count = this.count();
    if (count > requestsMax) this.#oldest.run(Math.min(removedMax, count - requestsMax));
    this.#byAge.run(oldestAt, removedMax);
  }

  removeOldest(count: number): void {
    this.#oldest.run(count);
  }

  count(): number {
    return this.#number('SELECT count(*) AS n FROM requests', 'n');
  }

  close(): void {
    this.#db.close();
  }

  #number(sql: string, column: string): number {
    return Number(this.#db.prepare(sql).get()?.[column]);
  }

  #inTransaction(run: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      run();
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

/** SQLite's own codes, of those that are dealt with. */
export function faultOf(error: unknown): 'busy' | 'full' | 'broken' | 'other' {
  const code = (error as { errcode?: unknown }).errcode;
  const primary = typeof code === 'number' ? code & 0xff : 0;
  if (primary === 5 || primary === 6) return 'busy'; // SQLITE_BUSY, SQLITE_LOCKED
  if (primary === 13) return 'full'; // SQLITE_FULL: the bound, or the disk
  return primary === 11 || primary === 26 ? 'broken' : 'other'; // SQLITE_CORRUPT, SQLITE_NOTADB
}

// Recorded requests, for those who ask about them: one by its id, or the latest ones. Opened for reading alone, so that
// looking at a store never changes it. It refuses to believe a record that is not as this version writes it.

import { DatabaseSync } from 'node:sqlite';
import { wafStoreLimits } from '#config/limits-waf-agent';
import { readStored, type StoredRequest } from './stored-request.ts';

export interface StoreReader extends Disposable {
  readonly path: string;
  readonly count: number;
  /** By the id or the beginning of it; the latest of those that have it. `many`: it is the beginning of several. */
  find(id: string): StoredRequest | 'many' | undefined;
  /** The latest ones first. */
  latest(most: number): Iterable<StoredRequest>;
}

/** The first of the files that is there, or why none can be read. */
export function openForReading(paths: readonly string[]): StoreReader | { readonly problem: string } {
  for (const path of paths) {
    try {
      return reader(path, new DatabaseSync(path, { readOnly: true, timeout: readerWaitsMs }));
    } catch (error) {
      if (isAbsent(error)) continue;
      return { problem: `the recorded requests in ${path} cannot be read: ${(error as Error).message}` };
    }
  }
  return { problem: `no requests are recorded that this user may read: looked for ${paths.join(', ')}` };
}

const isAbsent = (error: unknown): boolean => (error as { errcode?: unknown }).errcode === 14; // SQLITE_CANTOPEN

const readerWaitsMs = 5000;

function reader(path: string, db: DatabaseSync): StoreReader {
  const count = Number(db.prepare('SELECT count(*) AS n FROM requests').get()?.['n']);
  return {
    path,
    count,
    find: (id) => find(db, id),
    *latest(most) {
      const rows = db.prepare('SELECT record FROM requests ORDER BY seq DESC LIMIT ?').iterate(most);
      for (const { record } of rows) {
        const request = typeof record === 'string' ? readStored(record) : undefined;
        if (request !== undefined) yield request;
      }
    },
    [Symbol.dispose]: () => db.close(),
  };
}

function find(db: DatabaseSync, id: string): StoredRequest | 'many' | undefined {
  const sql = 'SELECT record, id FROM requests WHERE id >= ? AND id < ? ORDER BY seq DESC LIMIT ?';
  const rows = db.prepare(sql).all(id, `${id}\u{10ffff}`, wafStoreLimits.sameBeginningMax);
  const [first] = rows;
  const wanted = rows.find((row) => row['id'] === id) ?? first;
  const ids = new Set(rows.map((row) => row['id']));
  if (wanted?.['id'] !== id && ids.size > 1) return 'many';
  return typeof wanted?.['record'] === 'string' ? readStored(wanted['record']) : undefined;
}

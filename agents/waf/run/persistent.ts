// Collections that outlive a transaction: GLOBAL, IP, SESSION, USER, RESOURCE. A record is shared by every transaction
// that has opened it, so that counters of requests in flight at once add up; what a transaction set is seen at once.
// Kept in memory behind `CollectionStore`, and handed over record by record to who keeps them on a disk. Bounded in
// records and in bytes, since keys and values may come from clients. It reads no clock and no file.

import { createHash } from 'node:crypto';
import { wafRunLimits } from '#config/limits-waf-run';
import { Bag, leadingInteger } from './item.ts';

/** A record outside of the store. */
export interface StoredRecord {
  readonly collection: string;
  readonly key: string;
  readonly variables: ReadonlyArray<readonly [key: string, value: string]>;
  readonly expiries: ReadonlyArray<readonly [key: string, atSecs: number]>;
}

/** One record: its variables, the built-in ones (KEY, CREATE_TIME …) among them, and when each of them expires. */
export class PersistentRecord {
  readonly bag: BoundedBag;
  readonly #expiresAtSecs = new Map<string, number>();

  constructor(key: string, nowSecs: number, timeoutSecs: number, weigh: (bytes: number) => void = () => {}) {
    this.bag = new BoundedBag(weigh);
    this.bag.set('KEY', key);
    this.bag.set('CREATE_TIME', String(nowSecs));
    this.bag.set('LAST_UPDATE_TIME', String(nowSecs));
    this.bag.set('TIMEOUT', String(timeoutSecs));
    this.bag.set('UPDATE_COUNTER', '0');
    this.bag.set('UPDATE_RATE', '0');
    this.bag.set('IS_NEW', '1');
  }

  expireAt(key: string, atSecs: number): void {
    if (this.#expiresAtSecs.size < wafRunLimits.variablesMax) this.#expiresAtSecs.set(key, atSecs);
  }

  get expiries(): ReadonlyArray<readonly [key: string, atSecs: number]> {
    return [...this.#expiresAtSecs];
  }

  /** Takes out what has expired. */
  settle(nowSecs: number): void {
    for (const [key, atSecs] of this.#expiresAtSecs) {
      if (atSecs > nowSecs) continue;
      this.bag.delete(key);
      this.#expiresAtSecs.delete(key);
    }
  }

  /** A record that nobody changed for TIMEOUT seconds is gone. */
  isStale(nowSecs: number): boolean {
    const [updated, timeout] = [this.bag.get('LAST_UPDATE_TIME') ?? '', this.bag.get('TIMEOUT') ?? ''];
    return leadingInteger(updated) + leadingInteger(timeout) <= nowSecs;
  }

  /** At the end of a transaction that changed it. The rate is in updates per minute since it was made. */
  touch(nowSecs: number): void {
    const count = leadingInteger(this.bag.get('UPDATE_COUNTER') ?? '') + 1;
    const ageSecs = nowSecs - leadingInteger(this.bag.get('CREATE_TIME') ?? '');
    this.bag.set('UPDATE_COUNTER', String(count));
    this.bag.set('UPDATE_RATE', String(ageSecs <= 0 ? 0 : Math.floor((count * 60) / ageSecs)));
    this.bag.set('LAST_UPDATE_TIME', String(nowSecs));
    this.bag.delete('IS_NEW');
  }
}

/** Variables that together have at most so many bytes; a value for which there is no room is not kept. */
class BoundedBag extends Bag {
  #weigh: (bytes: number) => void;
  #bytes = 0;

  constructor(weigh: (bytes: number) => void) {
    super();
    this.#weigh = weigh;
  }

  /** The store has let go of it. A transaction that still has it open may go on. */
  release(): void {
    this.#weigh(-this.#bytes);
    this.#weigh = () => {};
  }

  override setByLowerName(name: string, key: string, value: string): boolean {
    const more = key.length + value.length - this.#weightOf(name);
    if (this.#bytes + more > wafRunLimits.recordBytesMax || !super.setByLowerName(name, key, value)) return false;
    this.#add(more);
    return true;
  }

  override deleteByLowerName(name: string): void {
    this.#add(-this.#weightOf(name));
    super.deleteByLowerName(name);
  }

  #weightOf(name: string): number {
    const value = this.byLowerName(name);
    return value === undefined ? 0 : name.length + value.length;
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#weigh(bytes);
  }
}

export interface CollectionStore {
  /** The record of this key, made where there is none or the old one is stale. */
  open(collection: string, key: string, nowSecs: number, timeoutSecs: number): PersistentRecord;
}

export interface MemoryStore extends CollectionStore {
  /** Of all records, those opened longest ago first. */
  names(): readonly string[];
  /** What is worth keeping of one: nothing of a record that nobody has changed, or that is gone. */
  stored(name: string, nowSecs: number): StoredRecord | undefined;
  /** Puts a record back, unless it has become stale. */
  restore(record: StoredRecord, nowSecs: number): void;
}

/** In memory; when it is full the record that was opened longest ago goes. */
export function memoryStore({
  recordsMax = wafRunLimits.recordsMax as number,
  bytesMax = wafRunLimits.recordsBytesMax as number,
} = {}): MemoryStore {
  const records = new Map<string, PersistentRecord>();
  let bytes = 0;
  const weigh = (more: number): void => {
    bytes += more;
  };
  const keep = (name: string, record: PersistentRecord): PersistentRecord => {
    records.set(name, record);
    for (const [oldest, { bag }] of records) {
      if (oldest === name || (records.size <= recordsMax && bytes <= bytesMax)) break;
      records.delete(oldest);
      bag.release();
    }
    return record;
  };
  return {
    open(collection, key, nowSecs, timeoutSecs) {
      const kept = boundedKey(key);
      const name = nameOf(collection, kept);
      const known = records.get(name);
      records.delete(name);
      const isUsable = known !== undefined && !known.isStale(nowSecs);
      if (!isUsable) known?.bag.release();
      const record = isUsable ? known : new PersistentRecord(kept, nowSecs, timeoutSecs, weigh);
      record.settle(nowSecs);
      return keep(name, record);
    },
    names: () => [...records.keys()],
    stored(name, nowSecs) {
      const record = records.get(name);
      return record === undefined ? undefined : storedForm(name, record, nowSecs);
    },
    restore({ collection, key, variables, expiries }, nowSecs) {
      const record = new PersistentRecord(key, nowSecs, 0, weigh);
      record.bag.delete('IS_NEW');
      for (const [name, value] of variables) record.bag.set(name, value);
      for (const [name, atSecs] of expiries) record.expireAt(name, atSecs);
      record.settle(nowSecs);
      if (record.isStale(nowSecs)) record.bag.release();
      else {
        const name = nameOf(collection, key);
        records.get(name)?.bag.release();
        records.delete(name);
        keep(name, record);
      }
    },
  };
}

const nameOf = (collection: string, key: string): string => `${collection}\0${key}`;

function boundedKey(key: string): string {
  if (key.length <= wafRunLimits.recordKeyBytesMax) return key;
  const hash = createHash('sha256').update(key, 'latin1').digest('hex');
  return `${key.slice(0, wafRunLimits.recordKeyBytesMax - hash.length)}${hash}`;
}

function storedForm(name: string, record: PersistentRecord, nowSecs: number): StoredRecord | undefined {
  if (record.bag.get('IS_NEW') !== undefined || record.isStale(nowSecs)) return undefined;
  record.settle(nowSecs);
  const border = name.indexOf('\0');
  const [collection, key] = [name.slice(0, border), name.slice(border + 1)];
  const variables = record.bag.items('').map((item) => [item.key ?? '', item.value] as const);
  return { collection, key, variables, expiries: record.expiries };
}

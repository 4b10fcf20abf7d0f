// Collections that outlive a transaction: GLOBAL, IP, SESSION, USER, RESOURCE. A record is shared by every transaction
// that has opened it, so that counters of requests in flight at once add up; what a transaction set is seen at once.
// Kept in memory behind `CollectionStore`; a store of another kind keeps the same records elsewhere. It reads no clock.

import { wafRunLimits } from '#config/limits-waf-run';
import { Bag, leadingInteger } from './item.ts';

/** One record: its variables, the built-in ones (KEY, CREATE_TIME …) among them, and when each of them expires. */
export class PersistentRecord {
  readonly bag = new Bag();
  readonly #expiresAtSecs = new Map<string, number>();

  constructor(key: string, nowSecs: number, timeoutSecs: number) {
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

export interface CollectionStore {
  /** The record of this key, made where there is none or the old one is stale. */
  open(collection: string, key: string, nowSecs: number, timeoutSecs: number): PersistentRecord;
}

/** In memory; when it is full the record that was opened longest ago goes. */
export function memoryStore(recordsMax: number = wafRunLimits.recordsMax): CollectionStore {
  const records = new Map<string, PersistentRecord>();
  return {
    open(collection, key, nowSecs, timeoutSecs) {
      const name = `${collection}\0${key}`;
      const known = records.get(name);
      records.delete(name);
      const isUsable = known !== undefined && !known.isStale(nowSecs);
      const record = isUsable ? known : new PersistentRecord(key, nowSecs, timeoutSecs);
      record.settle(nowSecs);
      records.set(name, record);
      if (records.size > recordsMax) records.delete(records.keys().next().value ?? '');
      return record;
    },
  };
}

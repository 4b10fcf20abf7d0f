// How often each of many keys may do something: a bucket of tokens per key, held as one number, the time at which the
// bucket is full again (GCRA). Pure: the clock is an argument. The shaping decision is what goes when all places are
// taken. A full bucket is worth nothing, since a key that is not known has one; so of a few places in turn the fullest
// goes. Whoever brings many keys pushes out their own, which are nearly full, and never those that are exhausted; so
// nobody gets a new bucket by a flood of names. It refuses to grow.

import assert from 'node:assert/strict';
import { guardLimits } from '#config/limits';

export interface BucketTerms {
  readonly intervalMs: number; // for one token to come
  readonly burst: number; // tokens in a full bucket
  readonly keysMax?: number;
}

export class TokenBuckets {
  evicted = 0; // keys that were forgotten before their bucket was full
  readonly #intervalMs: number;
  readonly #fillMs: number;
  readonly #keysMax: number;
  readonly #places = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #fullAtMs: number[] = [];
  #hand = 0;

  constructor({ intervalMs, burst, keysMax = guardLimits.bucketsMax }: BucketTerms) {
    assert(intervalMs > 0 && burst >= 1 && keysMax >= 1);
    this.#intervalMs = intervalMs;
    this.#fillMs = intervalMs * burst;
    this.#keysMax = keysMax;
  }

  get size(): number {
    return this.#keys.length;
  }

  /**
   * Takes a token, if there will be one within `patienceMs`. Returns how long until then, 0 for now; more than
   * `patienceMs` means that none was taken.
   */
  take(key: string, nowMs: number, patienceMs = 0): number {
    const place = this.#places.get(key);
    const fullAtMs = place === undefined ? nowMs : Math.max(nowMs, this.#fullAtMs[place] as number);
    const next = fullAtMs + this.#intervalMs;
    const waitMs = next - nowMs - this.#fillMs;
    if (waitMs > patienceMs + roundingMs) return waitMs;
    if (place === undefined) this.#add(key, next, nowMs);
    else this.#fullAtMs[place] = next;
    return waitMs > roundingMs ? waitMs : 0;
  }

  /**
   * Somebody else has let so many through, whether there were tokens or not: what is missing is owed, and has to come
   * before there is a token again. `owedMost` tokens at most, whatever is told.
   */
  debit(key: string, tokens: number, nowMs: number, owedMost: number): void {
    const place = this.#places.get(key);
    const fullAtMs = place === undefined ? nowMs : Math.max(nowMs, this.#fullAtMs[place] as number);
    const most = Math.max(fullAtMs, nowMs + this.#fillMs + owedMost * this.#intervalMs);
    const next = Math.min(fullAtMs + tokens * this.#intervalMs, most);
    if (place === undefined) this.#add(key, next, nowMs);
    else this.#fullAtMs[place] = next;
  }

  /** Keys whose bucket is not full, and when it is; those that miss most, if there are more than `most`. */
  remembered(nowMs: number, most: number): [key: string, fullInMs: number][] {
    const missing: [string, number][] = [];
    for (const [place, fullAtMs] of this.#fullAtMs.entries())
      if (fullAtMs > nowMs) missing.push([this.#keys[place] as string, fullAtMs - nowMs]);
    return missing.length <= most ? missing : missing.sort((one, other) => other[1] - one[1]).slice(0, most);
  }

  /** Somebody else knows that it is full so late; who knows of a later time is right. */
  raise(key: string, fullInMs: number, nowMs: number, owedMost: number): void {
    const place = this.#places.get(key);
    const fullAtMs = nowMs + Math.min(fullInMs, this.#fillMs + owedMost * this.#intervalMs);
    if (place === undefined) this.#add(key, fullAtMs, nowMs);
    else this.#fullAtMs[place] = Math.max(this.#fullAtMs[place] as number, fullAtMs);
  }

  /** A token that was taken in vain. */
  giveBack(key: string): void {
    const place = this.#places.get(key);
    if (place !== undefined) this.#fullAtMs[place] = (this.#fullAtMs[place] as number) - this.#intervalMs;
  }

  #add(key: string, fullAtMs: number, nowMs: number): void {
    const place = this.#keys.length < this.#keysMax ? this.#keys.length : this.#freePlace(nowMs);
    this.#places.set(key, place);
    this.#keys[place] = key;
    this.#fullAtMs[place] = fullAtMs;
  }

  /** Of the next few places the one with the fullest bucket. */
  #freePlace(nowMs: number): number {
    let best = this.#hand;
    for (let looked = 0; looked < guardLimits.bucketsLookedAtMax; looked += 1) {
      const place = this.#hand;
      this.#hand = (this.#hand + 1) % this.#keysMax;
      if ((this.#fullAtMs[place] as number) < (this.#fullAtMs[best] as number)) best = place;
    }
    if ((this.#fullAtMs[best] as number) > nowMs) this.evicted += 1;
    this.#places.delete(this.#keys[best] as string);
    return best;
  }
}

const roundingMs = 1e-3; // thirds of milliseconds do not add up

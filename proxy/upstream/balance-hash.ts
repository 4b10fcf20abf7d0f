// Balancing by a key of the request: what is alike goes to the same target, in every worker and on every host, and when a
// target leaves, its keys move and the others stay. Three ways, told apart by what they cost and how even they are:
//
//   ip-hash          each target draws a number for the key, the best for its weight wins: no key more than must moves;
//                    every target is looked at
//   consistent-hash  a ring of points, the next one behind the key's: likewise; looks at two or three, and passes the
//                    loaded by ("consistent hashing with bounded loads", Mirrokni, Thorup, Zadimoghaddam 2016)
//   maglev           a table of 65,537 slots: shares even to within a percent, one look (Eisenbud et al., NSDI 2016)
//
// A target that is out keeps its place: each of its keys goes to a place of its own until it is back. One that starts
// slowly takes the keys whose second number lies below its factor: always the same ones, and more as it grows.

import assert from 'node:assert/strict';
import { pickLimits } from '#config/limits';
import type { UpstreamConfig } from '#config/schema';
import { cookieOf, headerOf } from '../request/cookies.ts';
import { type Asker, type Balancer, type Candidate, mayTake } from './balance.ts';
import { hashText, mix, shareOf } from './hash.ts';
import { grain, numbersOf, Roster } from './roster.ts';

/** The number that a request is known by. */
export type KeyOf = (asker: Asker) => number;

export const clientKey: KeyOf = ({ sender }) => hashText(sender.ip);

/** Without its header or cookie a request is known by its client: all of them on one target would be worse. */
export function keyOfConfig({ by, of: name = '' }: UpstreamConfig['hash']): KeyOf {
  const lowerName = Buffer.from(name.toLowerCase(), 'latin1');
  const keys: Readonly<Record<typeof by, KeyOf>> = {
    client: clientKey,
    path: ({ path }) => hashText(path),
    header: (asker) => hashText(headerOf(asker.head.lines, lowerName) ?? asker.sender.ip),
    cookie: (asker) => hashText(cookieOf(asker.head.lines, name) ?? asker.sender.ip),
  };
  return keys[by];
}

/** A candidate with a number of its own. */
interface Salted<C> {
  readonly candidate: C;
  readonly salt: number;
}

function salted<C extends Candidate>(candidates: readonly C[]): Array<Salted<C>> {
  return candidates
    .filter(({ weight }) => weight > 0)
    .map((candidate) => ({ candidate, salt: hashText(candidate.name) }));
}

/** A target that starts slowly takes this key already. */
function takesKey({ weightFactor }: Candidate, key: number, salt: number): boolean {
  return weightFactor === 1 || shareOf(mix(key ^ mix(salt))) < weightFactor;
}

/** Highest random weight (Thaler and Ravishankar 1996), with weights as in Schindelhauer and Schomaker 2005. */
export class IpHash<C extends Candidate> implements Balancer<C> {
  readonly #byWeight: Roster<C>; // those of one weight side by side: a logarithm per weight, not per target
  readonly #weights: readonly number[]; // in grains, without what health takes of them
  readonly #salts: Uint32Array;
  readonly #all: Roster<C>;

  constructor(candidates: readonly C[]) {
    this.#all = new Roster(candidates);
    const byWeight = salted(candidates).toSorted((one, other) => one.candidate.weight - other.candidate.weight);
    this.#byWeight = new Roster(byWeight.map(({ candidate }) => candidate));
    this.#weights = numbersOf(byWeight.length, (place) => grain * (byWeight[place]?.candidate.weight ?? 0));
    this.#salts = Uint32Array.from(byWeight, ({ salt }) => salt);
  }

  pick(asker: Asker): C | undefined {
    const key = clientKey(asker);
    const now = this.#byWeight.weights(asker.triedTargets);
    let best = -1;
    let bestScore = Infinity;
    let first = -1; // of this weight
    let firstHash = 0;
    let weight = 0;
    for (let place = 0; place < now.length; place += 1) {
      if (now[place] === 0 || (now[place] !== this.#weights[place] && !this.#takes(place, key))) continue;
      const hash = mix(key ^ (this.#salts[place] as number));
      if (this.#weights[place] !== weight) {
        const score = scoreOf(weight, firstHash);
        if (score < bestScore) best = first;
        bestScore = Math.min(score, bestScore);
        weight = this.#weights[place] as number;
      } else if (hash <= firstHash) continue;
      first = place;
      firstHash = hash;
    }
    const found = scoreOf(weight, firstHash) < bestScore ? first : best;
    return this.#byWeight.candidates[found] ?? this.#all.leastLoaded(asker.triedTargets, 0);
  }

  #takes(place: number, key: number): boolean {
    return takesKey(this.#byWeight.candidates[place] as C, key, this.#salts[place] as number);
  }
}

/** Exponentially distributed with the weight as its rate, so that the least of several is each one's by its weight. */
function scoreOf(weight: number, hash: number): number {
  return weight === 0 ? Infinity : -Math.log(shareOf(hash + 0.5)) / weight;
}

export class ConsistentHash<C extends Candidate> implements Balancer<C> {
  readonly #roster: Roster<C>;
  readonly #salted: ReadonlyArray<Salted<C>>;
  readonly #keyOf: KeyOf;
  readonly #loadMax: number; // of its share
  readonly #points: Uint32Array; // in order
  readonly #owners: Uint32Array; // of the points, in `#salted`

  constructor(candidates: readonly C[], keyOf: KeyOf, maxLoadPercent: number) {
    this.#roster = new Roster(candidates);
    this.#salted = salted(candidates);
    this.#keyOf = keyOf;
    this.#loadMax = maxLoadPercent / 100;
    const points = pointsOf(this.#salted);
    this.#points = Uint32Array.from(points, ({ point }) => point);
    this.#owners = Uint32Array.from(points, ({ owner }) => owner);
  }

  pick(asker: Asker): C | undefined {
    const { triedTargets } = asker;
    const key = this.#keyOf(asker);
    const each = this.#loadOfOne(triedTargets);
    const { length } = this.#points;
    const steps = Math.min(length, pickLimits.ringStepsMax);
    let at = this.#next(key);
    for (let step = 0; step < steps; step += 1, at = at + 1 === length ? 0 : at + 1) {
      const { candidate, salt } = this.#salted[this.#owners[at] as number] as Salted<C>;
      if (!mayTake(candidate, triedTargets) || !takesKey(candidate, key, salt)) continue;
      if (candidate.active < Math.ceil(each * grain * candidate.weightNow)) return candidate;
    }
    return this.#roster.leastLoaded(triedTargets, 0);
  }

  /** What each may have in flight per grain of its weight, with this one. */
  #loadOfOne(tried: readonly Candidate[]): number {
    const { candidates } = this.#roster;
    const weights = this.#roster.weights(tried);
    let active = 1;
    let sum = 0;
    for (let place = 0; place < weights.length; place += 1) {
      if (weights[place] === 0) continue;
      active += (candidates[place] as C).active;
      sum += weights[place] as number;
    }
    return (this.#loadMax * active) / sum;
  }

  /** The place of the first point at or behind the key. */
  #next(key: number): number {
    let [low, high] = [0, this.#points.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#points[middle] as number) < key) low = middle + 1;
      else high = middle;
    }
    return low === this.#points.length ? 0 : low;
  }
}

/** So many for each unit of weight, where the unit is the greatest that divides them all: equal targets have 160 each. */
function pointsOf(all: ReadonlyArray<Salted<Candidate>>): Array<{ readonly point: number; readonly owner: number }> {
  const unit = all.reduce((divisor, { candidate }) => greatestDivisor(candidate.weight, divisor), 0);
  const units = all.reduce((sum, { candidate }) => sum + candidate.weight / unit, 0);
  const perUnit = Math.min(pickLimits.ringPointsOfWeight, pickLimits.ringPointsMax / units);
  const points = all.flatMap(({ candidate, salt }, owner) => {
    const count = Math.max(1, Math.round((perUnit * candidate.weight) / unit));
    return Array.from({ length: count }, (_, index) => ({ point: mix(salt + Math.imul(index, goldenRatio)), owner }));
  });
  return points.toSorted((one, other) => one.point - other.point || one.owner - other.owner);
}

const goldenRatio = 0x9e3779b9; // of 2^32: steps that never meet

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
}

export class Maglev<C extends Candidate> implements Balancer<C> {
  readonly #roster: Roster<C>;
  readonly #salted: ReadonlyArray<Salted<C>>;
  readonly #keyOf: KeyOf;
  readonly #slots: Uint32Array;

  constructor(candidates: readonly C[], keyOf: KeyOf) {
    this.#roster = new Roster(candidates);
    this.#salted = salted(candidates);
    this.#keyOf = keyOf;
    this.#slots = slotsOf(this.#salted);
  }

  /** The key's slot; while who has it is out, a further slot of the key, so that the keys of one go to all. */
  pick(asker: Asker): C | undefined {
    const key = this.#keyOf(asker);
    let hash = key;
    for (let probe = 0; probe < pickLimits.probesMax; probe += 1) {
      const { candidate, salt } = this.#salted[this.#slots[hash % pickLimits.maglevSlots] as number] as Salted<C>;
      if (mayTake(candidate, asker.triedTargets) && takesKey(candidate, key, salt)) return candidate;
      hash = mix(hash + goldenRatio);
    }
    return this.#roster.leastLoaded(asker.triedTargets, 0);
  }
}

/** Each in turn takes the next slot of its own order that is free; those of less weight pass some turns by. */
function slotsOf(all: ReadonlyArray<Salted<Candidate>>): Uint32Array {
  const { maglevSlots } = pickLimits;
  const free = 0xffffffff;
  const slots = new Uint32Array(maglevSlots).fill(free);
  assert(all.length > 0, 'the configuration has been checked: somebody has a weight');
  const heaviest = Math.max(...all.map(({ candidate }) => candidate.weight));
  const orders = all.map(({ candidate, salt }) => ({
    at: salt % maglevSlots,
    step: 1 + (mix(salt + goldenRatio) % (maglevSlots - 1)),
    share: candidate.weight / heaviest,
    credit: 0,
  }));
  for (let filled = 0; filled < maglevSlots; ) {
    for (const [index, order] of orders.entries()) {
      order.credit += order.share;
      if (order.credit < 1 || filled === maglevSlots) continue;
      order.credit -= 1;
      while (slots[order.at] !== free) order.at = (order.at + order.step) % maglevSlots;
      slots[order.at] = index;
      filled += 1;
    }
  }
  return slots;
}

// What is found out about a transaction by its values alone: which links of rules match something. Requests are judged at
// the first rule of phase 1 that asks, for phase 2 as well, since most values are there already and each is looked at once;
// what the body brings is judged in phase 2. Only for rules that can be reached: what the gates will say is read then, and
// should it be another when phase 2 begins, the transaction is judged again.

import { wafPlanLimits } from '#config/limits-waf-plan';
import type { Phase, Step } from '../compile/rule-set.ts';
import type { TransactionState } from '../run/state.ts';
import { type Gates, reachable } from './gates.ts';
import type { Judged, JudgedLink } from './judged.ts';
import type { MemoryBudget } from './known-values.ts';
import { Marks } from './marks.ts';
import { Classes, type Place, placesOf } from './places.ts';

/** A phase as judging needs it. */
export interface JudgedPhase {
  readonly phase: Phase;
  readonly steps: readonly Step[];
  readonly after: Int32Array;
  readonly gates: Gates;
}

/** One way through the gates of phases that are judged together. */
export class Way {
  readonly #units: ReadonlyMap<Phase, Int32Array>; // by step: the unit that is judged here, or -1
  readonly #idle: ReadonlyMap<Phase, Int32Array>; // by step: the next one that may do something without a mark
  readonly #steps = new Map<number, { readonly phase: Phase; readonly step: number }>(); // by unit
  readonly #places: readonly Place[];

  constructor(links: readonly JudgedLink[], phases: readonly JudgedPhase[], classes: Classes) {
    const units = new Map(phases.map(({ phase, steps }) => [phase, new Int32Array(steps.length).fill(-1)] as const));
    for (const { phase, step, unit } of links) (units.get(phase) as Int32Array)[step] = unit;
    this.#units = units;
    for (const { phase, step, unit } of links) this.#steps.set(unit, { phase, step });
    const idle = links.filter(({ findFirst }) => findFirst === undefined);
    this.#idle = new Map(phases.map(({ phase, steps }) => [phase, pastIdle(idle, phase, steps.length)]));
    this.#places = placesOf(links, classes);
  }

  unitsOf(phase: Phase): Int32Array {
    return this.#units.get(phase) as Int32Array;
  }

  idleOf(phase: Phase): Int32Array {
    return this.#idle.get(phase) as Int32Array;
  }

  /** Where marked rules stand, in order, and behind them nowhere. */
  markedSteps(marks: Marks, phase: Phase): readonly number[] {
    const marked = [Number.POSITIVE_INFINITY];
    for (const unit of marks.units) {
      const place = this.#steps.get(unit);
      if (place?.phase === phase) marked.push(place.step);
    }
    return marked.length === 1 ? marked : marked.sort((one, other) => one - other);
  }

  /** What has arrived after one phase began and before another does. */
  judge(tx: TransactionState, marks: Marks, after: number, to: Phase): void {
    for (const place of this.#places) if (place.arrival > after && place.arrival <= to) place.judge(tx, marks);
    marks.asked = -1;
  }
}

/** By step: itself, or where a row of judged rules that begins there ends. */
function pastIdle(idle: readonly JudgedLink[], phase: Phase, stepCount: number): Int32Array {
  const past = Int32Array.from({ length: stepCount + 1 }, (_, step) => step);
  const steps = new Set(idle.filter((link) => link.phase === phase).map(({ step }) => step));
  for (let step = stepCount - 1; step >= 0; step -= 1) if (steps.has(step)) past[step] = past[step + 1] as number;
  return past;
}

/** Of one transaction. */
export class Judgement {
  readonly way: Way;
  readonly marks = new Marks();
  #judgedTo = 0;

  constructor(way: Way) {
    this.way = way;
  }

  /** Everything that has arrived before this phase. */
  judgeTo(phase: Phase, tx: TransactionState): void {
    const after = this.#judgedTo;
    this.#judgedTo = phase;
    this.way.judge(tx, this.marks, after, phase);
  }
}

/** Of phases that are judged together. */
export class Judging {
  readonly links: readonly JudgedLink[];
  readonly #phases: readonly JudgedPhase[];
  readonly #classes: Classes;
  readonly #ways = new Map<string, Way>();
  #whole: Way | undefined;

  constructor({ links, scanner }: Judged, phases: readonly JudgedPhase[], budget: MemoryBudget) {
    this.links = links.filter(({ phase, step }) =>
      phases.some((one) => one.phase === phase && step >= one.gates.first),
    );
    this.#phases = phases;
    this.#classes = new Classes(scanner, budget);
  }

  /** For this phase, what came of an earlier one included. */
  judge(tx: TransactionState, phase: Phase): Judgement {
    const before = tx.judgement;
    const way = this.#wayOf(this.#nameOfWay(tx));
    const judgement = before instanceof Judgement && before.way === way ? before : new Judgement(way);
    tx.judgement = judgement;
    judgement.judgeTo(phase, tx);
    return judgement;
  }

  /** Of each gate whether it is closed. */
  #nameOfWay(tx: TransactionState): string {
    let name = '';
    for (const { gates } of this.#phases) for (const condition of gates.conditions) name += condition(tx) ? '1' : '0';
    return name;
  }

  /** Past a bound, one that judges every rule. */
  #wayOf(name: string): Way {
    const known = this.#ways.get(name);
    if (known !== undefined) return known;
    if (this.#ways.size >= wafPlanLimits.profilesMax) {
      this.#whole ??= new Way(this.links, this.#phases, this.#classes);
      return this.#whole;
    }
    const made = new Way(this.#reachedBy(name), this.#phases, this.#classes);
    this.#ways.set(name, made);
    return made;
  }

  #reachedBy(name: string): readonly JudgedLink[] {
    let from = 0;
    const reached = new Map<Phase, Uint8Array>();
    for (const { phase, steps, after, gates } of this.#phases) {
      const closed = Array.from(name.slice(from, from + gates.conditions.length), (sign) => sign === '1');
      from += closed.length;
      reached.set(phase, reachable(steps, after, gates, closed));
    }
    return this.links.filter(({ phase, step }) => reached.get(phase)?.[step] === 1);
  }
}

// Passages: rules one behind the other, along the jumps that they take, that look at variables of TX alone and change
// nothing else: the defaults of CRS, its gates, its sums. What such rules do depends on the variables that they read, which
// are nearly always the same. So what a passage did is remembered with what it read, and done again without the rules; where
// it read something else the rules are run. Bounded: a few memories for each place where a passage begins.

import { wafPlanLimits } from '#config/limits-waf-plan';
import { wafRunLimits } from '#config/limits-waf-run';
import type { Effect, Link, Macro, Rule, Step } from '../compile/rule-set.ts';
import { constantOf } from '../operator/argument.ts';
import type { Bag, Entry, Item } from '../run/item.ts';
import type { TransactionState } from '../run/state.ts';
import type { Slots } from '../run/tx-slots.ts';
import { spend, unitsLeft } from '../run/work.ts';
import { asciiLower } from '../transform/bytes.ts';
import type { Quiet } from './quiet.ts';
import type { Rejects } from './reject.ts';

/** A rule of a passage. */
interface Stop {
  readonly rule: Rule;
  readonly slots: readonly number[]; // what it reads and what it sets
  readonly run: Quiet | undefined; // the rule as a function; undefined: it can only be rejected
  readonly rejects: Rejects | undefined;
}

/** What the plan has made of the rules, by step. */
interface Planned {
  readonly steps: readonly Step[];
  readonly after: Int32Array;
  readonly quiet: readonly (Quiet | undefined)[];
  readonly rejects: readonly (Rejects | undefined)[];
}

/** What a passage read and did. */
interface Memory {
  readonly slots: readonly number[];
  readonly before: readonly (Entry | undefined)[]; // by the index of the slot
  readonly changed: readonly number[];
  readonly after: readonly (Entry | undefined)[]; // by the index of the changed slot
  readonly growth: number;
  readonly matched: readonly Rule[];
  readonly item: Item | undefined; // what matched last, if something did
  readonly severity: number;
  readonly work: number; // see run/work.ts
  readonly next: number;
}

/** By step: the passage that begins there. */
export function passagesOf({ steps, after, quiet, rejects }: Planned, slots: Slots): readonly (Passage | undefined)[] {
  const stops = steps.map((step, at) =>
    step.kind === 'rule' ? stopOf(step, quiet[at], rejects[at], slots) : undefined,
  );
  const isWay = (at: number): boolean => steps[at]?.kind === 'marker' || stops[at] !== undefined;
  const isReachedOnTheWay = (at: number): boolean => isWay(at - 1) && after[at - 1] === at;
  return steps.map((_, at) => (isWay(at) && !isReachedOnTheWay(at) ? new Passage(at, steps, stops, after) : undefined));
}

export class Passage {
  readonly #start: number;
  readonly #steps: readonly Step[];
  readonly #stops: readonly (Stop | undefined)[];
  readonly #after: Int32Array;
  readonly #memories: Memory[] = []; // the one that was used last first

  constructor(start: number, steps: readonly Step[], stops: readonly (Stop | undefined)[], after: Int32Array) {
    this.#start = start;
    this.#steps = steps;
    this.#stops = stops;
    this.#after = after;
  }

  /** Where to go on: at a rule that has to be run. Only while no rule and no target has been taken away by ctl. */
  follow(tx: TransactionState): number {
    const memories = this.#memories;
    for (let at = 0; at < memories.length; at += 1) {
      const memory = memories[at] as Memory;
      if (!isSame(memory, tx.tx)) continue;
      if (at > 0) memories.unshift(...memories.splice(at, 1));
      return again(memory, tx);
    }
    const made = this.#run(tx);
    if (memories.length >= wafPlanLimits.memoriesMax) memories.pop();
    memories.unshift(made);
    return made.next;
  }

  #run(tx: TransactionState): Memory {
    const all = tx.tx.named();
    const [sizeBefore, itemBefore, workBefore] = [tx.tx.size, tx.matched, unitsLeft()];
    const touched = new Set<number>();
    const matched: Rule[] = [];
    let at = this.#start;
    while (at < this.#steps.length) {
      const stop = this.#stops[at];
      if (stop === undefined) {
        if (this.#steps[at]?.kind !== 'marker') break;
        at += 1;
        continue;
      }
      for (const slot of stop.slots) touched.add(slot);
      if (stop.run === undefined) {
        if (stop.rejects?.(tx) !== true) break;
        at += 1;
      } else if (stop.run(tx)) {
        matched.push(stop.rule);
        at = this.#after[at] as number;
      } else at += 1;
    }
    const slots = [...touched];
    const changed = slots.filter((slot) => tx.tx.bySlot(slot) !== all[slot]);
    return {
      slots,
      before: slots.map((slot) => all[slot]),
      changed,
      after: changed.map((slot) => tx.tx.bySlot(slot)),
      growth: tx.tx.size - sizeBefore,
      matched,
      item: tx.matched === itemBefore ? undefined : tx.matched,
      severity: Math.min(
        Number.POSITIVE_INFINITY,
        ...matched.map(({ meta }) => meta.severity ?? Number.POSITIVE_INFINITY),
      ),
      work: workBefore - unitsLeft(),
      next: at,
    };
  }
}

function isSame({ slots, before, growth }: Memory, bag: Bag): boolean {
  for (let index = 0; index < slots.length; index += 1) {
    const [now, then] = [bag.bySlot(slots[index] as number), before[index]];
    if (now === then) continue;
    if (now === undefined || then === undefined || now.value !== then.value || now.key !== then.key) return false;
  }
  return bag.size + growth <= wafRunLimits.variablesMax;
}

function again({ changed, after, matched, item, severity, work, next }: Memory, tx: TransactionState): number {
  spend(work);
  for (let index = 0; index < changed.length; index += 1) tx.tx.putSlot(changed[index] as number, after[index]);
  for (const rule of matched) tx.matchedRules.push(rule);
  if (item !== undefined) tx.matched = item;
  if (severity < tx.highestSeverity) tx.highestSeverity = severity;
  return next;
}

function stopOf(rule: Rule, run: Quiet | undefined, rejects: Rejects | undefined, slots: Slots): Stop | undefined {
  if (run === undefined && rejects === undefined) return undefined;
  const numbers = all(rule.links.map(namesOf))?.map((name) => slots.get(name));
  if (numbers === undefined || !numbers.every((slot) => slot !== undefined)) return undefined;
  return { rule, slots: numbers, run, rejects };
}

/** Of the variables of TX that a link reads and sets; undefined where there is anything else. */
function namesOf({ targets, operator, effects }: Link): readonly string[] | undefined {
  const facts = operator?.facts;
  if (operator !== undefined && facts === undefined) return undefined;
  const read = targets.map(({ variable, selector }) =>
    variable === 'TX' && selector?.kind === 'text' ? [asciiLower(selector.text)] : undefined,
  );
  const compared = facts?.kind === 'number' ? namesInMacro(facts.other) : [];
  return all([...read, compared, ...effects.map(namesOfEffect)]);
}

function namesOfEffect(effect: Effect): readonly string[] | undefined {
  if (effect.kind !== 'setvar' || effect.collection !== 'TX') return undefined;
  const key = constantOf(effect.key);
  return key === undefined ? undefined : all([[asciiLower(key)], namesInMacro(effect.value)]);
}

function namesInMacro({ parts }: Macro): readonly string[] | undefined {
  return all(
    parts.map((part) => {
      if (typeof part === 'string') return [];
      return part.collection === 'TX' && part.lowerKey !== undefined ? [part.lowerKey] : undefined;
    }),
  );
}

function all(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  return lists.some((list) => list === undefined) ? undefined : lists.flatMap((list) => list ?? []);
}

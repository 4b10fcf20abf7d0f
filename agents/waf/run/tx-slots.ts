// The names of TX that rules name, each with a number: its slot in the bag of every transaction. Ten of them are captures.
// Found once for a set of rules, in the order of the rules. Names that hold macros are known only when they are set.

import type { Effect, Link, RuleSet } from '../compile/rule-set.ts';
import { constantOf } from '../operator/argument.ts';
import { asciiLower } from '../transform/bytes.ts';

export type Slots = ReadonlyMap<string, number>; // by name in lower case

const known = new WeakMap<RuleSet, Slots>();

export function txSlotsOf(ruleSet: RuleSet): Slots {
  const before = known.get(ruleSet);
  if (before !== undefined) return before;
  const slots = slotsOf(ruleSet);
  known.set(ruleSet, slots);
  return slots;
}

/** `TX:0` to `TX:9` are slots 0 to 9. */
function slotsOf({ phases }: RuleSet): Slots {
  const slots = new Map<string, number>();
  for (const digit of '0123456789') slots.set(digit, slots.size);
  for (const step of phases.flat()) {
    if (step.kind !== 'rule') continue;
    for (const name of step.links.flatMap(namesIn)) if (!slots.has(name)) slots.set(name, slots.size);
  }
  return slots;
}

const namesIn = ({ targets, effects }: Link): readonly string[] => [
  ...targets.flatMap(({ variable, selector }) =>
    variable === 'TX' && selector?.kind === 'text' ? [asciiLower(selector.text)] : [],
  ),
  ...effects.flatMap(namesSet),
];

function namesSet(effect: Effect): readonly string[] {
  if (effect.kind !== 'setvar' || effect.collection !== 'TX') return [];
  const key = constantOf(effect.key);
  return key === undefined ? [] : [asciiLower(key)];
}

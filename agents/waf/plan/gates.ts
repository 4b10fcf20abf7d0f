// Gates: rules that compare a variable of TX with a number and jump. CRS has one before the rules of each paranoia level, so
// most of a set is behind closed gates. What they compare is known before their turn; rules that are
// behind a closed gate are then not judged. Should the variable change meanwhile, they are run as always.

import type { Rule, Step } from '../compile/rule-set.ts';
import { leadingNumber } from '../operator/number.ts';
import type { TransactionState } from '../run/state.ts';
import { asciiLower } from '../transform/bytes.ts';

/** Whether the gate is closed: its rule matches. */
type Condition = (tx: TransactionState) => boolean;

export interface Gates {
  readonly first: number; // the step of the first one, or 0
  readonly conditions: readonly Condition[]; // each once
  readonly at: ReadonlyMap<number, number>; // by step: which condition
}

export function gatesOf(steps: readonly Step[]): Gates {
  const conditions: Condition[] = [];
  const known = new Map<string, number>();
  const at = new Map<number, number>();
  for (const [step, rule] of steps.entries()) {
    const found = rule.kind === 'rule' ? conditionOf(rule) : undefined;
    if (found === undefined) continue;
    const number = known.get(found.name) ?? conditions.push(found.condition) - 1;
    known.set(found.name, number);
    at.set(step, number);
  }
  return { first: at.keys().next().value ?? 0, conditions, at };
}

function conditionOf(rule: Rule): { name: string; condition: Condition } | undefined {
  const [link] = rule.links;
  const facts = link?.operator?.facts;
  if (link === undefined || rule.links.length > 1 || (rule.skipAfter === undefined && rule.skip === 0))
    return undefined;
  if (facts?.kind !== 'number' || link.transformations.length > 0) return undefined;
  const [target] = link.targets;
  const [other] = facts.other.parts;
  const isPlain = link.targets.length === 1 && facts.other.parts.length === 1 && typeof other === 'string';
  if (!isPlain || target?.variable !== 'TX' || target.isCount || target.selector?.kind !== 'text') return undefined;
  const name = asciiLower(target.selector.text);
  const number = leadingNumber(other);
  const condition: Condition = ({ tx }) => {
    const value = tx.byLowerName(name);
    return value !== undefined && facts.compare(leadingNumber(value), number) !== link.isNegated;
  };
  return { name: `${name} ${link.isNegated} ${link.operatorName} ${number}`, condition };
}

/** By step: whether it can be reached with these gates closed. */
export function reachable(
  steps: readonly Step[],
  after: Int32Array,
  { at }: Gates,
  closed: readonly boolean[],
): Uint8Array {
  const isReached = new Uint8Array(steps.length);
  for (let step = 0; step < steps.length; ) {
    isReached[step] = 1;
    const gate = at.get(step);
    step = gate !== undefined && closed[gate] === true ? (after[step] as number) : step + 1;
  }
  return isReached;
}

// Rules that do little and are in no log: the defaults of CRS, the sums of scores, the gates of paranoia levels. There are
// two hundred of them, and each request matches seventy. They are made functions when the rules are loaded, with the names of
// variables in lower case and constants as they are; what they leave behind is what the plain evaluator would. Chosen over
// generated code, which was not needed. Undefined for rules that do more.

import type { CompiledTarget, Effect, Link, Macro, Rule } from '../compile/rule-set.ts';
import { constantOf } from '../operator/argument.ts';
import { applyEffect, change } from '../run/effects.ts';
import { expand } from '../run/expand.ts';
import type { Item } from '../run/item.ts';
import type { TransactionState } from '../run/state.ts';
import { asciiLower } from '../transform/bytes.ts';
import { type Rejects, readerOf, rejectionOf, testOf } from './reject.ts';

/** Runs the rule; whether it matches. */
export type Quiet = (tx: TransactionState) => boolean;
export type ChainFinder = (tx: TransactionState) => Item | undefined;
type Act = (tx: TransactionState) => void;

export function quietRule(rule: Rule): Quiet | undefined {
  const [link, ...more] = rule.links;
  const { disruption, logs, audits, meta } = rule;
  if (link === undefined || more.length > 0 || logs || audits) return undefined;
  if ((disruption.kind !== 'pass' && disruption.kind !== 'none') || link.captures || link.isMultiMatch)
    return undefined;
  const find = link.operator === undefined ? undefined : finderOf(link);
  if (link.operator !== undefined && find === undefined) return undefined;
  const acts = link.effects.map((effect) => actOf(rule, effect));
  const severity = meta.severity ?? Number.POSITIVE_INFINITY;
  return (tx) => {
    tx.currentRule = rule;
    if (find !== undefined) {
      const item = find(tx);
      if (item === undefined) return false;
      tx.matched = item;
      tx.matchedInChain.push(item);
    }
    if (severity < tx.highestSeverity) tx.highestSeverity = severity;
    for (const act of acts) act(tx);
    tx.matchedInChain.length = 0;
    tx.matchedRules.push(rule);
    return true;
  };
}

/**
 * Of a chain whose second rule has one value to look at: whether the chain ends there. The first rule's match is
 * remembered, as it always is, and has no other effect.
 */
export function chainRejection(rule: Rule): Quiet | undefined {
  const find = chainFinder(rule);
  const rejects = rule.links[1] === undefined ? undefined : rejectionOf(rule.links[1]);
  if (find === undefined || rejects === undefined) return undefined;
  return (tx) => {
    const item = find(tx);
    if (item === undefined) return true;
    tx.matched = item;
    return rejects(tx);
  };
}

/** Of a chain whose second rule is known not to match: what its first leaves behind. */
export function chainEnd(find: ChainFinder): Rejects {
  return (tx) => {
    tx.matched = find(tx) ?? tx.matched;
    return true;
  };
}

/** What the first rule of a chain matches, where it looks at one value and does nothing with it. */
export function chainFinder({ links: [first, second] }: Rule): ChainFinder | undefined {
  if (first === undefined || second === undefined || first.effects.length > 0 || first.captures) return undefined;
  return first.isMultiMatch ? undefined : finderOf(first);
}

/** The one value that the rule looks at, if it matches. */
function finderOf(link: Link): ((tx: TransactionState) => Item | undefined) | undefined {
  const [target, ...more] = link.targets;
  if (target === undefined || more.length > 0 || target.isExcluded) return undefined;
  const read = readerOf(target);
  const test = testOf(link);
  const itemOf = itemMaker(target);
  if (read === undefined || test === undefined || itemOf === undefined || link.transformations.length > 0)
    return undefined;
  const { isNegated } = link;
  return (tx) => {
    const value = read(tx);
    return value === undefined || test(tx, value) === isNegated ? undefined : itemOf(tx, value);
  };
}

function itemMaker({
  variable,
  isCount,
  selector,
}: CompiledTarget): ((tx: TransactionState, value: string) => Item | undefined) | undefined {
  if (isCount) {
    const key = selector?.kind === 'text' ? selector.text : undefined;
    return (_, value) => ({ variable: `&${variable}`, key, value });
  }
  if (variable === 'TX' && selector?.kind === 'text') {
    const name = asciiLower(selector.text);
    return ({ tx }) => tx.itemByLowerName('TX', name);
  }
  if (variable === 'REQUEST_HEADERS' && selector?.kind === 'text') {
    const name = asciiLower(selector.text);
    return ({ request }, value) => ({ variable, key: request?.headersByName.get(name)?.[0], value });
  }
  return selector === undefined ? (_, value) => ({ variable, key: undefined, value }) : undefined;
}

function actOf(rule: Rule, effect: Effect): Act {
  if (effect.kind !== 'setvar' || effect.collection.toUpperCase() !== 'TX')
    return (tx) => applyEffect(tx, rule, effect);
  const key = constantOf(effect.key);
  if (key === undefined) return (tx) => applyEffect(tx, rule, effect);
  const name = asciiLower(key);
  const value = textOf(effect.value);
  return (tx) => change(tx.tx, key, effect.how, value(tx), name);
}

function textOf(macro: Macro): (tx: TransactionState) => string {
  const [part, ...more] = macro.parts;
  if (more.length > 0 || part === undefined) return (tx) => expand(tx, macro);
  if (typeof part === 'string') return () => part;
  const { collection, lowerKey: name } = part;
  if (collection !== 'TX' || name === undefined) return (tx) => expand(tx, macro);
  return ({ tx }) => tx.byLowerName(name) ?? '';
}

// From the targets of a rule to the values it looks at, in ModSecurity's order: left to right, `&X` is a count, and `!X`
// takes out what has been collected before it, by variable and key. What ctl:ruleRemoveTarget… excludes comes last and
// only concerns the starter of a chain, as in 2.9. Nothing is transformed here.

import type { CompiledTarget, Link, Rule } from '../compile/rule-set.ts';
import { type Item, isSameName } from './item.ts';
import type { TransactionState } from './state.ts';
import { variableByName } from './variables.ts';

export function valuesOf(tx: TransactionState, rule: Rule, link: Link): readonly Item[] {
  let collected: Item[] = [];
  for (const target of link.targets) {
    if (target.isExcluded) collected = collected.filter((item) => !isCovered(item, target));
    else if (target.isCount) collected.push(countOf(tx, target));
    else collected.push(...itemsOf(tx, target));
  }
  if (link !== rule.links[0]) return collected;
  for (const { appliesTo, target } of tx.targetRemovals) {
    if (appliesTo(rule)) collected = collected.filter((item) => !isCovered(item, target));
  }
  return collected;
}

export function itemsOf(tx: TransactionState, target: CompiledTarget): readonly Item[] {
  const items = variableByName(target.variable)?.items(tx, target.selector) ?? [];
  if (target.selector === undefined || target.selector.kind === 'xpath') return items;
  return items.filter((item) => isChosen(item, target));
}

/** Its name says what was counted: `&ARGS`, `&TX:score`. */
function countOf(tx: TransactionState, target: CompiledTarget): Item {
  const key = target.selector?.kind === 'text' ? target.selector.text : undefined;
  return { variable: `&${target.variable}`, key, value: String(itemsOf(tx, target).length) };
}

/** Whether an exclusion means this item. Of XML all paths are one variable: `!XML` takes out each. */
const isCovered = (item: Item, target: CompiledTarget): boolean =>
  item.variable === target.variable &&
  (target.selector === undefined || target.selector.kind === 'xpath' || isChosen(item, target));

function isChosen({ key }: Item, { selector, matches }: CompiledTarget): boolean {
  if (key === undefined) return false;
  return selector?.kind === 'text' ? isSameName(key, selector.text) : matches?.(key) === true;
}

// From the targets of a rule to the values it looks at, in ModSecurity's order: left to right, `&X` is a count, and `!X`
// takes out what has been collected before it, by variable and key. What ctl:ruleRemoveTarget… excludes comes last and
// only concerns the starter of a chain, as in 2.9. Nothing is transformed here.

import type { CompiledTarget, Link, Rule } from '../compile/rule-set.ts';
import { asciiLower } from '../transform/bytes.ts';
import { type Item, isSameName } from './item.ts';
import type { TransactionState } from './state.ts';
import { variableByName } from './variables.ts';

export function valuesOf(tx: TransactionState, rule: Rule, link: Link): readonly Item[] {
  let collected: Collected[] = [];
  for (const target of link.targets) {
    if (target.isExcluded) collected = collected.filter((one) => !isCovered(one, target));
    else if (target.isCount) collected.push({ item: countOf(tx, target), from: target });
    else for (const item of itemsOf(tx, target)) collected.push({ item, from: target });
  }
  if (link === rule.links[0]) {
    for (const { appliesTo, target } of tx.targetRemovals) {
      if (appliesTo(rule)) collected = collected.filter((one) => !isCovered(one, target));
    }
  }
  return collected.map(({ item }) => item);
}

interface Collected {
  readonly item: Item;
  readonly from: CompiledTarget;
}

export function itemsOf(tx: TransactionState, target: CompiledTarget): readonly Item[] {
  if (target.variable === 'TX' && target.selector !== undefined) return itemsOfTx(tx, target); // of a hundred, one
  const items = variableByName(target.variable)?.items(tx, target.selector) ?? [];
  if (target.selector === undefined || target.selector.kind === 'xpath') return items;
  return items.filter((item) => isChosen(item, target));
}

function itemsOfTx({ tx }: TransactionState, { selector, matches }: CompiledTarget): readonly Item[] {
  if (selector?.kind === 'text') {
    const item = tx.itemByLowerName('TX', asciiLower(selector.text));
    return item === undefined ? [] : [item];
  }
  return matches === undefined ? [] : tx.itemsWhere('TX', matches);
}

/** Its name says what was counted: `&ARGS`, `&TX:score`. */
function countOf(tx: TransactionState, target: CompiledTarget): Item {
  const key = target.selector?.kind === 'text' ? target.selector.text : undefined;
  return { variable: `&${target.variable}`, key, value: String(itemsOf(tx, target).length) };
}

/** Whether an exclusion means this item. Values of XML have no names of their own, so their path is compared. */
function isCovered({ item, from }: Collected, target: CompiledTarget): boolean {
  if (item.variable !== target.variable) return false;
  if (target.selector === undefined) return true;
  if (target.selector.kind !== 'xpath') return isChosen(item, target);
  return from.selector?.kind === 'xpath' && from.selector.path === target.selector.path;
}

function isChosen({ key }: Item, { selector, matches }: CompiledTarget): boolean {
  if (key === undefined) return false;
  return selector?.kind === 'text' ? isSameName(key, selector.text) : matches?.(key) === true;
}

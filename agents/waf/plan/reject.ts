// Rules about a single value that other rules may have changed, most of them variables of TX: whether the rule certainly
// does not match now, asked without making anything. Where the answer is no, the rule is run as always. Undefined for
// rules of another kind.

import type { CompiledTarget, Link, Macro } from '../compile/rule-set.ts';
import { leadingNumber } from '../operator/number.ts';
import { expand } from '../run/expand.ts';
import type { TransactionState } from '../run/state.ts';
import { itemsOf } from '../run/targets.ts';
import { variableByName } from '../run/variables.ts';
import { spendOn, unitsLeft } from '../run/work.ts';
import { asciiLower } from '../transform/bytes.ts';
import { copyOf } from '../transform/scratch.ts';
import { EntrySearch } from './entry-search.ts';

export type Rejects = (tx: TransactionState) => boolean;
export type Read = (tx: TransactionState) => string | undefined;

export function rejectionOf(link: Link): Rejects | undefined {
  const { operator, targets, isNegated, captures, isMultiMatch } = link;
  const [target, ...more] = targets;
  if (operator === undefined || target === undefined || more.length > 0 || target.isExcluded) return undefined;
  if (target.variable === 'TX' && target.selector?.kind === 'regex') {
    const { matches } = target;
    const search = new EntrySearch();
    return ({ tx }) => matches === undefined || !search.some(tx, ({ key }) => matches(key));
  }
  if (isMultiMatch || (isNegated && captures)) return undefined;
  const read = readerOf(target);
  const test = testOf(link);
  if (read === undefined || test === undefined) return undefined;
  return (tx) => {
    const value = read(tx);
    return value === undefined || test(tx, value) === isNegated;
  };
}

export function testOf({
  operator,
  transformations,
}: Link): ((tx: TransactionState, value: string) => boolean) | undefined {
  if (operator === undefined) return undefined;
  const { facts } = operator;
  const transformed = (value: string): string => {
    let text = value;
    for (const { apply } of transformations) {
      spendOn(text);
      text = apply(text);
    }
    spendOn(text); // the operator's turn
    return text;
  };
  if (facts?.kind === 'number') {
    const other = numberOf(facts.other);
    return (tx, value) => facts.compare(leadingNumber(transformed(value)), other(tx));
  }
  const matches = (tx: TransactionState, text: string): boolean =>
    operator.match(text, { expand: (macro) => expand(tx, macro) }, false) !== undefined;
  if (facts === undefined) return (tx, value) => matches(tx, transformed(value));
  const remembered = rememberingLast(matches);
  return (tx, value) => remembered(tx, transformed(value));
}

const lastBytesMax = 64;

/** Of what depends on the text alone: methods, types of content and the like are the same in request after request. */
function rememberingLast(
  matches: (tx: TransactionState, text: string) => boolean,
): (tx: TransactionState, text: string) => boolean {
  let last: string | undefined;
  let isMatch = false;
  return (tx, text) => {
    if (text === last) return isMatch;
    const before = unitsLeft();
    const found = matches(tx, text);
    // What spends work of its own (expressions that look around) has to spend it each time.
    if (text.length > lastBytesMax || unitsLeft() !== before) return found;
    last = copyOf(text);
    isMatch = found;
    return found;
  };
}

/** A constant, or what a macro stands for now. */
function numberOf(macro: Macro): (tx: TransactionState) => number {
  const [part] = macro.parts;
  if (macro.parts.length > 1 || part === undefined) return (tx) => leadingNumber(expand(tx, macro));
  if (typeof part === 'string') {
    const number = leadingNumber(part);
    return () => number;
  }
  const { collection, lowerKey: name } = part;
  if (collection !== 'TX' || name === undefined) return (tx) => leadingNumber(expand(tx, macro));
  return ({ tx }) => leadingNumber(tx.byLowerName(name) ?? '');
}

export function readerOf(target: CompiledTarget): Read | undefined {
  const { variable, isCount, selector } = target;
  if (isCount) return counterOf(target);
  if (variable === 'TX') {
    if (selector?.kind !== 'text') return undefined;
    const name = asciiLower(selector.text);
    return ({ tx }) => tx.byLowerName(name);
  }
  if (variable === 'REQUEST_HEADERS' && selector?.kind === 'text') {
    const name = asciiLower(selector.text);
    return ({ request }) => request?.headersByName.get(name)?.[1];
  }
  const known = variableByName(variable);
  if (known === undefined || known.isCollection || selector !== undefined) return undefined;
  return (tx) => known.items(tx, undefined)[0]?.value;
}

function counterOf(target: CompiledTarget): Read {
  const { variable, selector } = target;
  if (selector?.kind === 'text' && variable === 'TX') {
    const name = asciiLower(selector.text);
    return ({ tx }) => (tx.byLowerName(name) === undefined ? '0' : '1');
  }
  if (selector?.kind === 'text' && variable === 'REQUEST_HEADERS') {
    const name = asciiLower(selector.text);
    return ({ request }) => (request?.headersByName.has(name) === true ? '1' : '0');
  }
  if (variable === 'ARGS' && selector === undefined) return (tx) => String(tx.queryArgs.length + tx.body.args.length);
  return (tx) => String(itemsOf(tx, target).length);
}

// CRS keeps a variable of TX for the name of every header, to compare all of them with lists of names later on: the first
// rule of such a chain matches every name, and nearly always nothing matches its second. What the first does depends on
// the name alone, so it is remembered for each name that was met. Undefined for rules of another kind.

import { wafRunLimits } from '#config/limits-waf-run';
import type { Effect, Link, Macro, Rule, Transformation } from '../compile/rule-set.ts';
import { setCaptures } from '../run/evaluate.ts';
import { expand } from '../run/expand.ts';
import type { Entry, Item } from '../run/item.ts';
import type { TransactionState } from '../run/state.ts';
import { asciiLower } from '../transform/bytes.ts';
import { copyOf } from '../transform/scratch.ts';
import { EntrySearch } from './entry-search.ts';
import { MetNames } from './met-names.ts';
import type { Rejects } from './reject.ts';

const anything = '^.*$';
const variable = 'REQUEST_HEADERS_NAMES';

/** What the first rule does for one name. */
interface Met {
  readonly captures: readonly string[];
  readonly item: Item;
  readonly set: readonly { readonly name: string; readonly entry: Entry }[];
}

const made = new WeakMap<Rule, Rejects | undefined>(); // a plan asks twice: whether it is one, and for it

/** Does what the first rule does; true if nothing matches the second. Else the rule may be run: it does the same again. */
export function headerNamesRejection(rule: Rule): Rejects | undefined {
  if (!made.has(rule)) made.set(rule, makeRejection(rule));
  return made.get(rule);
}

function makeRejection(rule: Rule): Rejects | undefined {
  const [first, second, ...more] = rule.links;
  if (first === undefined || second === undefined || more.length > 0) return undefined;
  const meet = meeting(first);
  const found = meet === undefined ? undefined : searching(second);
  if (meet === undefined || found === undefined) return undefined;
  const known = new MetNames<Met>();
  const meetFirst = (name: string): Met => known.keep(name, meet(name));
  return (tx) => {
    for (const [name] of tx.request?.headers ?? []) {
      const met = known.get(name) ?? meetFirst(copyOf(name));
      for (const { name: variableName, entry } of met.set) tx.tx.putByLowerName(variableName, entry);
      setCaptures(tx, met);
      tx.matched = met.item;
    }
    return !found(tx);
  };
}

type Meet = (name: string) => Met;

/** Every name matches, and all that happens is that variables of TX are set to texts made of it. */
function meeting({
  targets,
  operator,
  isNegated,
  captures,
  isMultiMatch,
  transformations,
  effects,
}: Link): Meet | undefined {
  const [target, ...more] = targets;
  const facts = operator?.facts;
  if (target?.variable !== variable || more.length > 0 || target.isCount || target.isExcluded) return undefined;
  if (target.selector !== undefined || !captures || isNegated || isMultiMatch) return undefined;
  if (facts?.kind !== 'expression' || facts.source !== anything) return undefined;
  const setters = effects.map(setterOf);
  if (setters.some((setter) => setter === undefined)) return undefined;
  return (name) => {
    const captured = transformedBy(transformations, name);
    const set = setters.flatMap((setter) => (setter === undefined ? [] : [setter(captured)]));
    return { captures: [captured], item: { variable, key: name, value: captured }, set };
  };
}

const transformedBy = (transformations: readonly Transformation[], text: string): string =>
  transformations.reduce((before, { apply }) => apply(before), text);

type Setter = (captured: string) => { readonly name: string; readonly entry: Entry };

function setterOf(effect: Effect): Setter | undefined {
  if (effect.kind !== 'setvar' || effect.collection !== 'TX' || effect.how !== 'set') return undefined;
  const [key, value] = [textOf(effect.key), textOf(effect.value)];
  if (key === undefined || value === undefined) return undefined;
  return (captured) => {
    const spelled = key(captured);
    return {
      name: asciiLower(spelled),
      entry: { key: spelled, value: value(captured).slice(0, wafRunLimits.variableBytesMax) },
    };
  };
}

/** Of constants and `%{tx.0}`. */
function textOf({ parts }: Macro): ((captured: string) => string) | undefined {
  if (!parts.every((part) => typeof part === 'string' || (part.collection === 'TX' && part.lowerKey === '0')))
    return undefined;
  return (captured) => parts.map((part) => (typeof part === 'string' ? part : captured)).join('');
}

/** Whether a variable of TX whose name an expression matches is what the operator looks for. */
function searching(link: Link): Rejects | undefined {
  const { targets, operator, operatorArgument, isNegated, captures, isMultiMatch, transformations } = link;
  const [target, ...more] = targets;
  const matches = target?.matches;
  if (target?.variable !== 'TX' || more.length > 0 || target.isCount || target.isExcluded || matches === undefined)
    return undefined;
  if (operator === undefined || isNegated || captures || isMultiMatch) return undefined;
  if (/matched/i.test(operatorArgument)) return undefined; // what the first has matched is not kept here
  const search = new EntrySearch();
  const stood = new Map<Macro, string>(); // for what macros of the operator stood when entries were asked about
  return (tx: TransactionState) => {
    for (const [macro, text] of stood) if (expand(tx, macro) !== text) forget(search, stood);
    const context = {
      expand: (macro: Macro): string => {
        const text = expand(tx, macro);
        stood.set(macro, text);
        return text;
      },
    };
    return search.some(
      tx.tx,
      ({ key, value }) =>
        matches(key) && operator.match(transformedBy(transformations, value), context, false) !== undefined,
    );
  };
}

function forget(search: EntrySearch, stood: Map<Macro, string>): void {
  search.forget();
  stood.clear();
}

// The links of rules that can be judged by a value alone, each as what the search needs: which clauses a value must
// fulfil, on which texts the operator is asked, and where it stands. Numbered as units, over the two phases that what has
// arrived is judged for at once: of requests 1 and 2, of replies 3 and 4. Made once for a set of rules, with one scanner for
// requests and one for replies.

import { type KnownSets, newSets, type PcreNode } from '../compile/pcre-tree.ts';
import type { Link, Operator, Phase, Rule, RuleSet, Transformation } from '../compile/rule-set.ts';
import { asciiLower } from '../transform/bytes.ts';
import { maskOf } from './byte-classes.ts';
import { Clause } from './clause.ts';
import { headerNamesRejection } from './header-names.ts';
import { type ChainFinder, chainFinder } from './quiet.ts';
import { cut, requiredBy, treeOf } from './required.ts';
import { Scanner } from './scanner.ts';
import type { Wanted } from './scanner-table.ts';
import { shortestMatch } from './shortest.ts';
import { type SignedNeed, signsOf } from './signs.ts';
import { isJudgedByValue } from './stable.ts';

/** A clause as the scanner tells it: a kind of byte, or a text of this clause. */
export interface Need extends SignedNeed {
  readonly clause: number; // -1: no texts
}

/** A link on a value after these transformations. */
export interface Pattern {
  readonly unit: number;
  readonly operator: Operator;
  readonly isNegated: boolean;
  readonly needs: readonly Need[]; // the one that is met the least first
  readonly shortest: number; // bytes of a value that can match
  readonly transformations: readonly Transformation[];
}

export interface JudgedLink {
  readonly unit: number;
  readonly phase: Phase;
  readonly step: number; // where its rule stands in the phase
  readonly findFirst: ChainFinder | undefined; // the link is the second of a chain: what the first finds; undefined: it is the first
  readonly rule: Rule;
  readonly link: Link;
  readonly patterns: readonly Pattern[]; // several with multiMatch: one for each text that it looks at
}

/** Phases that are judged together. */
export interface Judged {
  readonly phases: readonly Phase[];
  readonly links: readonly JudgedLink[]; // by unit
  readonly scanner: Scanner;
}

/** What is asked of a value before its operator is. */
type Asked = Pick<Pattern, 'needs' | 'shortest'>;

interface Making {
  readonly sets: KnownSets;
  readonly known: Map<string, Asked>; // by expression
  readonly wanted: Wanted[];
  clauseCount: number;
}

const together: readonly (readonly Phase[])[] = [[1, 2], [3, 4], [5]];

export function* judgedLinks({ phases }: RuleSet): Generator<void, readonly Judged[]> {
  const sets = newSets();
  const [requests, replies] = [newMaking(sets), newMaking(sets)]; // lists of messages of errors are long, and only for replies
  const makingOf = (some: readonly Phase[]): Making => (some.includes(1) ? requests : replies);
  const found: { phases: readonly Phase[]; links: readonly JudgedLink[] }[] = [];
  for (const some of together) {
    const links: JudgedLink[] = [];
    for (const phase of some) {
      for (const [step, rule] of (phases[phase] ?? []).entries()) {
        if (rule.kind === 'marker' || !addLink(links, phase, step, rule, makingOf(some))) continue;
        yield;
      }
    }
    found.push({ phases: some, links });
  }
  const first = new Scanner(requests.wanted, requests.clauseCount);
  yield;
  const second = new Scanner(replies.wanted, replies.clauseCount);
  return found.map((one) => ({ ...one, scanner: one.phases.includes(1) ? first : second }));
}

const newMaking = (sets: KnownSets): Making => ({ sets, known: new Map(), wanted: [], clauseCount: 0 });

/** The first link of a rule; of a chain that only asks for something in its first, the second. */
function addLink(links: JudgedLink[], phase: Phase, step: number, rule: Rule, making: Making): boolean {
  if (headerNamesRejection(rule) !== undefined) return false;
  const [first, second] = rule.links;
  const isFirst = first !== undefined && isJudgedByValue(first);
  const findFirst = isFirst ? undefined : chainFinder(rule);
  const link = isFirst ? first : findFirst !== undefined ? second : undefined;
  if (link === undefined || !isJudgedByValue(link)) return false;
  const unit = links.length;
  links.push({ unit, phase, step, findFirst, rule, link, patterns: patternsFor(unit, link, making) });
  return true;
}

function patternsFor(unit: number, link: Link, making: Making): readonly Pattern[] {
  const { operator, isNegated, transformations, isMultiMatch } = link;
  if (operator === undefined) return [];
  const asked = isNegated ? { needs: [], shortest: 0 } : askedOf(operator, making);
  const shortest = isMultiMatch ? 0 : transformations.length;
  const patterns: Pattern[] = [];
  for (let length = shortest; length <= transformations.length; length += 1) {
    patterns.push({ unit, operator, isNegated, ...asked, transformations: transformations.slice(0, length) });
  }
  return patterns;
}

/** Rules share expressions over their phases and chains, and then their clauses too. */
function askedOf(operator: Operator, making: Making): Asked {
  const { facts } = operator;
  const key = facts?.kind === 'expression' ? facts.source : undefined;
  const known = key === undefined ? undefined : making.known.get(key);
  if (known !== undefined) return known;
  const root = key === undefined ? undefined : treeOf(key, making.sets);
  const needs = clausesOf(facts, root).map((clause) => needOf(clause, making));
  const asked = { needs, shortest: shortestMatch(operator, root) };
  if (key !== undefined) making.known.set(key, asked);
  return asked;
}

function clausesOf(facts: Operator['facts'], root: PcreNode | undefined): readonly Clause[] {
  switch (facts?.kind) {
    case 'expression':
      return requiredBy(root);
    case 'phrases':
      return [cut(new Clause(facts.phrases.map(asciiLower)))];
    case 'bytes':
      return [new Clause([], facts.bytes)];
    default:
      return [];
  }
}

function needOf({ texts, bytes }: Clause, making: Making): Need {
  const mask = maskOf(bytes);
  const signs = signsOf(texts);
  if (texts.length === 0) return { ...mask, clause: -1, signs };
  const clause = making.clauseCount++;
  for (const text of texts) making.wanted.push({ text, clause });
  return { ...mask, clause, signs };
}

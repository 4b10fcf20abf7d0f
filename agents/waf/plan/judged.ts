// The rules of a phase that can be judged by a value alone, each as what the search needs: which clauses a value must
// fulfil, on which texts the operator is asked, and where the rule stands. Made once for a set of rules, with one scanner
// for the texts of all of them.

import type { Link, Operator, RuleSet, Transformation } from '../compile/rule-set.ts';
import { type Mask, maskOf } from './byte-classes.ts';
import { type Clause, cut, requiredBy } from './required.ts';
import { Scanner, type Wanted } from './scanner.ts';
import { isJudgedByValue } from './stable.ts';

/** A clause as the scanner tells it: a kind of byte, or a hit of its number. */
export interface Need extends Mask {
  readonly clause: number; // -1: no texts
}

/** A rule's first link on its value after these transformations. */
export interface Pattern {
  readonly step: number; // where the rule stands in the phase
  readonly operator: Operator;
  readonly isNegated: boolean;
  readonly needs: readonly Need[];
  readonly transformations: readonly Transformation[];
}

export interface JudgedRule {
  readonly step: number;
  readonly link: Link;
  readonly patterns: readonly Pattern[]; // several with multiMatch: one for each text that it looks at
}

export interface Judged {
  readonly phases: readonly (readonly JudgedRule[])[];
  readonly scanners: readonly Scanner[]; // by phase; one for what requests bring, one for replies
}

interface Making {
  readonly sets: Map<string, Uint8Array>;
  readonly known: Map<string, readonly Need[]>; // by expression
  readonly wanted: Wanted[];
  clauseCount: number;
}

export function* judgedRules({ phases }: RuleSet): Generator<void, Judged> {
  const sets = new Map<string, Uint8Array>();
  const [requests, replies] = [newMaking(sets), newMaking(sets)]; // lists of messages of errors are long, and only for replies
  const makingOf = (phase: number): Making => (phase <= 2 ? requests : replies);
  const judged: JudgedRule[][] = [];
  for (const [phase, steps] of phases.entries()) {
    const rules: JudgedRule[] = [];
    for (const [step, rule] of steps.entries()) {
      const link = rule.kind === 'rule' ? rule.links[0] : undefined;
      if (link === undefined || !isJudgedByValue(link)) continue;
      rules.push({ step, link, patterns: patternsFor(step, link, makingOf(phase)) });
      yield;
    }
    judged.push(rules);
  }
  const first = new Scanner(requests.wanted, requests.clauseCount);
  yield;
  const second = new Scanner(replies.wanted, replies.clauseCount);
  return { phases: judged, scanners: phases.map((_, phase) => (phase <= 2 ? first : second)) };
}

const newMaking = (sets: Map<string, Uint8Array>): Making => ({ sets, known: new Map(), wanted: [], clauseCount: 0 });

function patternsFor(step: number, link: Link, making: Making): readonly Pattern[] {
  const { operator, isNegated, transformations, isMultiMatch } = link;
  if (operator === undefined) return [];
  const needs = isNegated ? [] : needsOf(operator, making);
  const shortest = isMultiMatch ? 0 : transformations.length;
  const patterns: Pattern[] = [];
  for (let length = shortest; length <= transformations.length; length += 1) {
    patterns.push({ step, operator, isNegated, needs, transformations: transformations.slice(0, length) });
  }
  return patterns;
}

/** Rules share expressions over their phases and chains, and then their clauses too. */
function needsOf({ facts }: Operator, making: Making): readonly Need[] {
  const key = facts?.kind === 'expression' ? facts.source : undefined;
  const known = key === undefined ? undefined : making.known.get(key);
  if (known !== undefined) return known;
  const needs = clausesOf(facts, making.sets).map((clause) => needOf(clause, making));
  if (key !== undefined) making.known.set(key, needs);
  return needs;
}

function clausesOf(facts: Operator['facts'], sets: Map<string, Uint8Array>): readonly Clause[] {
  switch (facts?.kind) {
    case 'expression':
      return requiredBy(facts.source, sets);
    case 'phrases':
      return [cut({ texts: new Set(facts.phrases.map(asciiLower)), bytes: new Set() })];
    case 'bytes':
      return [{ texts: new Set(), bytes: new Set(facts.bytes) }];
    default:
      return [];
  }
}

const asciiLower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function needOf({ texts, bytes }: Clause, making: Making): Need {
  const mask = maskOf(bytes);
  if (texts.size === 0) return { ...mask, clause: -1 };
  const clause = making.clauseCount++;
  for (const text of texts) making.wanted.push({ text, clause });
  return { ...mask, clause };
}

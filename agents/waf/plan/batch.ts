// The rules of a phase that are judged by value, for one way through its gates: which values there are for them, and which
// of the rules any value matches. Values are grouped by the rules that look at them. Made when such a way is first gone.

import type { Selector } from '../lang/tree.ts';
import type { TransactionState } from '../run/state.ts';
import { variableByName } from '../run/variables.ts';
import { asciiLower } from '../transform/bytes.ts';
import type { JudgedRule } from './judged.ts';
import { KnownValues, type MemoryBudget } from './known-values.ts';
import type { Marks } from './marks.ts';
import type { Scanner } from './scanner.ts';
import { covers } from './stable.ts';
import { ValueClass } from './value-class.ts';

/** Values of one variable. */
interface Source {
  readonly variable: string;
  readonly selector: Selector | undefined; // of XML, whose values are found by path
  readonly others: ValueClass | undefined; // under keys that no rule names
  readonly byKey: ReadonlyMap<string, ValueClass | undefined>; // in lower case
}

export class Batch {
  readonly covered: Uint8Array; // by step: the rule is judged here
  readonly #sources: readonly Source[];

  constructor(rules: readonly JudgedRule[], stepCount: number, scanner: Scanner, budget: MemoryBudget) {
    this.covered = new Uint8Array(stepCount);
    for (const { step } of rules) this.covered[step] = 1;
    this.#sources = sourcesOf(rules, new Classes(scanner, budget));
  }

  /** Marks the rules that some value matches. */
  judge(tx: TransactionState, marks: Marks): void {
    for (const { variable, selector, others, byKey } of this.#sources) {
      for (const { key, value } of variableByName(variable)?.items(tx, selector) ?? []) {
        const named = byKey.size === 0 || key === undefined ? undefined : asciiLower(key);
        const values = named !== undefined && byKey.has(named) ? byKey.get(named) : others;
        values?.judge(value, marks);
      }
    }
  }
}

/** One class for each set of rules, whatever variables they look at. */
class Classes {
  readonly #scanner: Scanner;
  readonly #budget: MemoryBudget;
  readonly #known = new Map<string, ValueClass>();

  constructor(scanner: Scanner, budget: MemoryBudget) {
    this.#scanner = scanner;
    this.#budget = budget;
  }

  of(rules: readonly JudgedRule[]): ValueClass | undefined {
    if (rules.length === 0) return undefined;
    const name = rules.map(({ step }) => step).join();
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const made = new ValueClass(rules, this.#scanner, new KnownValues(this.#budget));
    this.#known.set(name, made);
    return made;
  }
}

function sourcesOf(rules: readonly JudgedRule[], classes: Classes): readonly Source[] {
  const variables = new Set(rules.flatMap(({ link }) => link.targets.map(({ variable }) => variable)));
  return [...variables].flatMap((variable) =>
    variable === 'XML' ? xmlSources(rules, classes) : [sourceOf(variable, rules, classes)],
  );
}

function sourceOf(variable: string, rules: readonly JudgedRule[], classes: Classes): Source {
  const byKey = new Map<string, ValueClass | undefined>();
  for (const key of keysOf(variable, rules)) byKey.set(key, classes.of(rulesFor(variable, key, rules)));
  return { variable, selector: undefined, others: classes.of(rulesFor(variable, undefined, rules)), byKey };
}

const rulesFor = (variable: string, key: string | undefined, rules: readonly JudgedRule[]): readonly JudgedRule[] =>
  rules.filter(({ link }) => covers(link.targets, variable, key));

function keysOf(variable: string, rules: readonly JudgedRule[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { link } of rules) {
    for (const { variable: named, selector } of link.targets) {
      if (named === variable && selector?.kind === 'text') keys.add(asciiLower(selector.text));
    }
  }
  return keys;
}

/** By the paths that rules name. What rules leave out is left out when they run. */
function xmlSources(rules: readonly JudgedRule[], classes: Classes): readonly Source[] {
  const byPath = new Map<string, JudgedRule[]>();
  for (const rule of rules) {
    for (const { variable, selector, isExcluded } of rule.link.targets) {
      if (variable !== 'XML' || isExcluded || selector?.kind !== 'xpath') continue;
      const known = byPath.get(selector.path);
      if (known === undefined) byPath.set(selector.path, [rule]);
      else if (!known.includes(rule)) known.push(rule);
    }
  }
  return [...byPath].map(([path, some]) => ({
    variable: 'XML',
    selector: { kind: 'xpath', path },
    others: classes.of(some),
    byKey: new Map(),
  }));
}

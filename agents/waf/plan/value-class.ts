// Values that the same rules look at, for instance all arguments: which of those rules one value may match. The value is
// scanned once; what it holds decides, by a table, which transformations can change it and which rules are asked at all.
// What a transformation did change is scanned again. A rule that matches is marked; the evaluator then runs it on
// everything it looks at, as it always does, so that a mark too many costs time and nothing else.

import type { Transformation } from '../compile/rule-set.ts';
import { everyByte, keyOf, type Mask } from './byte-classes.ts';
import type { CleanValues } from './clean-values.ts';
import { changedBy } from './identity.ts';
import type { JudgedRule, Pattern } from './judged.ts';
import type { Scanner } from './scanner.ts';

const selectionsMax = 2000; // kinds of values remembered of one class; then all are forgotten

/** A text that transformations lead to. */
interface Node {
  readonly parent: number; // 0: the value itself
  readonly apply: (value: string) => string;
  readonly changes: Mask; // what the value must hold for the text to differ from it
  readonly patterns: Pattern[];
  readonly selections: Map<number, Selection>;
}

/** Of a text of one kind: who is asked. */
interface Selection {
  readonly sure: readonly Pattern[];
  readonly pending: ReadonlySet<Pattern> | undefined; // asked if the texts of their clauses are found
  readonly changing: readonly number[]; // nodes whose text may differ
}

export interface Context {
  readonly scanner: Scanner;
  readonly patternsOf: readonly (readonly Pattern[])[];
}

export class ValueClass {
  readonly #context: Context;
  readonly #nodes: Node[] = [];
  readonly #clean: CleanValues;
  readonly #selections = new Map<number, Selection>();
  readonly #texts: string[]; // by node, of the value that is judged

  constructor(rules: readonly JudgedRule[], context: Context, clean: CleanValues) {
    this.#context = context;
    this.#clean = clean;
    this.#nodes.push({
      parent: 0,
      apply: (value) => value,
      changes: { low: 0, high: 0 },
      patterns: [],
      selections: new Map(),
    });
    for (const { patterns } of rules)
      for (const pattern of patterns) this.#nodeOf(pattern.transformations).patterns.push(pattern);
    this.#texts = this.#nodes.map(() => '');
  }

  /** Marks the rules that match. */
  judge(value: string, marks: Uint8Array): void {
    if (this.#clean.has(value)) return;
    const { scanner } = this.#context;
    scanner.scan(value);
    const key = keyOf(scanner.low, scanner.high);
    const selection = this.#selections.get(key) ?? this.#select(key);
    let isClean = this.#ask(selection, value, marks);
    if (selection.changing.length > 0) isClean = this.#judgeChanged(value, selection.changing, marks) && isClean;
    if (isClean) this.#clean.add(value);
  }

  #nodeOf(transformations: readonly Transformation[]): Node {
    let at = 0;
    for (const transformation of transformations) {
      const parent = at;
      const known = this.#nodes.findIndex(
        (node, index) => index > 0 && node.parent === parent && node.apply === transformation.apply,
      );
      if (known !== -1) {
        at = known;
        continue;
      }
      const own = changedBy(transformation);
      const before = this.#nodes[parent]?.changes ?? own;
      const changes = { low: before.low | own.low, high: before.high | own.high };
      at = this.#nodes.length;
      this.#nodes.push({ parent, apply: transformation.apply, changes, patterns: [], selections: new Map() });
    }
    return this.#nodes[at] as Node;
  }

  #select(key: number): Selection {
    const { scanner } = this.#context;
    const mask = { low: scanner.low, high: scanner.high };
    const same: Pattern[] = [];
    const changing: number[] = [];
    for (const [index, { changes, patterns }] of this.#nodes.entries()) {
      if (canChange(changes, mask)) changing.push(index);
      else same.push(...patterns);
    }
    const selection = { ...selectionOf(same, mask), changing };
    if (this.#selections.size >= selectionsMax) this.#selections.clear();
    this.#selections.set(key, selection);
    return selection;
  }

  /** Of the text that was scanned last. False: something matched, or was not asked because another value has matched. */
  #ask({ sure, pending }: Selection, text: string, marks: Uint8Array): boolean {
    let isClean = true;
    for (const pattern of sure) if (this.#matches(pattern, text, marks)) isClean = false;
    if (pending === undefined) return isClean;
    const { scanner, patternsOf } = this.#context;
    for (let at = 0; at < scanner.hitCount; at += 1) {
      for (const pattern of patternsOf[scanner.hits[at] as number] as readonly Pattern[]) {
        if (pending.has(pattern) && isMet(pattern, scanner) && this.#matches(pattern, text, marks)) isClean = false;
      }
    }
    return isClean;
  }

  #matches({ operator, isNegated, step }: Pattern, text: string, marks: Uint8Array): boolean {
    if (marks[step] === 1) return true;
    if ((operator.match(text, noContext, false) !== undefined) === isNegated) return false;
    marks[step] = 1;
    return true;
  }

  /** Each text once, however many ways lead to it; the value itself first, whose scan is still there. */
  #judgeChanged(value: string, changing: readonly number[], marks: Uint8Array): boolean {
    const groups = this.#textsOf(value, changing);
    const same = groups.get(value);
    let isClean = same === undefined || this.#askAll(same, value, marks);
    groups.delete(value);
    for (const [text, nodes] of groups) {
      this.#context.scanner.scan(text);
      if (!this.#askAll(nodes, text, marks)) isClean = false;
    }
    return isClean;
  }

  #textsOf(value: string, changing: readonly number[]): Map<string, Node[]> {
    const texts = this.#texts;
    const groups = new Map<string, Node[]>();
    texts.fill(value);
    for (const index of changing) {
      const node = this.#nodes[index] as Node;
      const text = node.apply(texts[node.parent] as string);
      texts[index] = text;
      if (node.patterns.length === 0) continue;
      const known = groups.get(text);
      if (known === undefined) groups.set(text, [node]);
      else known.push(node);
    }
    return groups;
  }

  #askAll(nodes: readonly Node[], text: string, marks: Uint8Array): boolean {
    const { scanner } = this.#context;
    const key = keyOf(scanner.low, scanner.high);
    let isClean = true;
    for (const { selections, patterns } of nodes) {
      let selection = selections.get(key);
      if (selection === undefined) {
        if (selections.size >= selectionsMax) selections.clear();
        selection = { ...selectionOf(patterns, scanner), changing: [] };
        selections.set(key, selection);
      }
      if (!this.#ask(selection, text, marks)) isClean = false;
    }
    return isClean;
  }
}

const noContext = {
  expand: (): string => {
    throw new Error('an operator that is judged by the value alone has no macros');
  },
};

const meets = (one: Mask, other: Mask): boolean => (one.low & other.low) !== 0 || (one.high & other.high) !== 0;

/** What may change anything changes nothing into something too. */
const canChange = (changes: Mask, mask: Mask): boolean => changes.low === everyByte.low || meets(changes, mask);

function selectionOf(patterns: readonly Pattern[], mask: Mask): Omit<Selection, 'changing'> {
  const sure: Pattern[] = [];
  const pending = new Set<Pattern>();
  for (const pattern of patterns) {
    const open = pattern.needs.filter((need) => !meets(need, mask));
    if (open.length === 0) sure.push(pattern);
    else if (open.every(({ clause }) => clause !== -1)) pending.add(pattern);
  }
  return { sure, pending: pending.size === 0 ? undefined : pending };
}

function isMet({ needs }: Pattern, scanner: Scanner): boolean {
  for (const need of needs) {
    const isByByte = (need.low & scanner.low) !== 0 || (need.high & scanner.high) !== 0;
    if (!isByByte && !(need.clause !== -1 && scanner.hasHit(need.clause))) return false;
  }
  return true;
}

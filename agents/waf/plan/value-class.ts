// Values that the same rules look at, for instance all arguments: which of those rules one value matches. The value is
// scanned once; what it holds decides, by a table, which transformations can change it and which rules are asked at all.
// What a transformation did change is scanned again, each text once. A rule that matches is marked; the evaluator then runs
// it on everything it looks at, as it always does, so that a mark too many costs time and nothing else.

import { wafPlanLimits } from '#config/limits-waf-plan';
import { wafRunLimits } from '#config/limits-waf-run';
import type { Transformation } from '../compile/rule-set.ts';
import { transformed } from '../run/transformed.ts';
import { spend, spendOn, unitsLeft } from '../run/work.ts';
import { everyByte, keyOf, type Mask } from './byte-classes.ts';
import { changedBy } from './identity.ts';
import type { JudgedRule, Pattern } from './judged.ts';
import type { KnownValues } from './known-values.ts';
import type { Marks } from './marks.ts';
import type { Scanner } from './scanner.ts';

const none: readonly number[] = [];

/** A text that transformations lead to. */
interface Node {
  readonly parent: number; // 0: the value itself
  readonly transformation: Applied;
  readonly changes: Mask; // what the value must hold for the text to differ from it
  readonly patterns: Pattern[];
}

/** A transformation and what it last made of what: many ways lead to the same texts. */
interface Applied {
  readonly apply: (value: string) => string;
  before: string;
  after: string;
}

/** Of a value that holds these kinds of bytes. */
interface Selection {
  readonly sure: readonly Pattern[]; // are asked about the value, whatever texts are in it
  readonly changing: readonly number[]; // nodes whose text may differ from it
  readonly isChanging: Uint8Array; // the same by node
}

export class ValueClass {
  readonly #scanner: Scanner;
  readonly #known: KnownValues;
  readonly #nodes: Node[] = [];
  readonly #applied = new Map<(value: string) => string, Applied>();
  readonly #selections = new Map<number, Selection>();
  readonly #byClause: (readonly { readonly pattern: Pattern; readonly node: number }[] | undefined)[] = [];
  readonly #testedIn: Float64Array; // by step: the number of the text that it was asked about last; with multiMatch often
  #textNumber = 0;
  #matching: number[] | undefined; // of the value that is judged; undefined: it is not remembered

  // of the value that is judged: the texts of its nodes, and the different ones among them with who leads to each
  readonly #texts: string[];
  readonly #groups: string[] = [];
  readonly #groupOf: Int32Array;

  constructor(rules: readonly JudgedRule[], scanner: Scanner, known: KnownValues) {
    this.#scanner = scanner;
    this.#known = known;
    const itself = { parent: 0, transformation: this.#appliedOf((value) => value), changes: { low: 0, high: 0 } };
    this.#nodes.push({ ...itself, patterns: [] });
    for (const { patterns } of rules) for (const pattern of patterns) this.#addPattern(pattern);
    this.#testedIn = new Float64Array(1 + Math.max(0, ...rules.map(({ step }) => step)));
    this.#texts = this.#nodes.map(() => '');
    this.#groupOf = new Int32Array(this.#nodes.length);
  }

  /** Marks the rules that match. */
  judge(value: string, marks: Marks): void {
    const isShort = value.length <= wafPlanLimits.knownValueBytesMax;
    const known = isShort ? this.#known.get(value) : undefined;
    if (known !== undefined) {
      spend(known.units); // as if it had not been met before
      for (const step of known.steps) marks.add(step);
      return;
    }
    // What is remembered must be all that matches; else a rule that another value has matched is not asked again.
    this.#matching = isShort && marks.count <= wafPlanLimits.matchesRememberedMax ? [] : undefined;
    const before = unitsLeft();
    this.#judgeNew(value, marks);
    const steps = this.#matching?.length === 0 ? none : this.#matching;
    if (steps !== undefined) this.#known.set(value, { steps, units: before - unitsLeft() });
  }

  #addPattern(pattern: Pattern): void {
    let node = 0;
    for (const transformation of pattern.transformations) node = this.#child(node, transformation);
    this.#nodes[node]?.patterns.push(pattern);
    for (const { clause } of pattern.needs) {
      if (clause !== -1) this.#byClause[clause] = [...(this.#byClause[clause] ?? []), { pattern, node }];
    }
  }

  #child(parent: number, transformation: Transformation): number {
    const applied = this.#appliedOf(transformation.apply);
    const known = this.#nodes.findIndex(
      (node, index) => index > 0 && node.parent === parent && node.transformation === applied,
    );
    if (known !== -1) return known;
    const own = changedBy(transformation);
    const before = this.#nodes[parent]?.changes ?? own;
    const changes = { low: before.low | own.low, high: before.high | own.high };
    return this.#nodes.push({ parent, transformation: applied, changes, patterns: [] }) - 1;
  }

  #appliedOf(apply: (value: string) => string): Applied {
    const known = this.#applied.get(apply) ?? { apply, before: '', after: apply('') };
    this.#applied.set(apply, known);
    return known;
  }

  #judgeNew(value: string, marks: Marks): void {
    const scanner = this.#scanner;
    spendOn(value);
    scanner.scan(value);
    this.#textNumber += 1;
    const key = keyOf(scanner.low, scanner.high);
    const { sure, changing, isChanging } = this.#selections.get(key) ?? this.#select(key);
    for (const pattern of sure) this.#test(pattern, value, marks);
    for (let at = 0; at < scanner.hitCount; at += 1) {
      const clause = scanner.hits[at] as number;
      for (const { pattern, node } of this.#byClause[clause] ?? []) {
        if (isChanging[node] === 0 && isDue(pattern, clause, scanner)) this.#test(pattern, value, marks);
      }
    }
    if (changing.length > 0) this.#judgeChanged(value, changing, marks);
  }

  #select(key: number): Selection {
    const scanner = this.#scanner;
    const sure: Pattern[] = [];
    const isChanging = new Uint8Array(this.#nodes.length);
    for (const [index, { changes, patterns }] of this.#nodes.entries()) {
      if (canChange(changes, scanner)) isChanging[index] = 1;
      else sure.push(...patterns.filter((pattern) => isSure(pattern, scanner)));
    }
    const changing = Array.from(isChanging.keys()).filter((index) => isChanging[index] === 1);
    const selection = { sure, changing, isChanging };
    if (this.#selections.size >= wafPlanLimits.selectionsMax) this.#selections.clear();
    this.#selections.set(key, selection);
    return selection;
  }

  /** Each text once, however many ways lead to it; the value itself first, whose scan is still there. */
  #judgeChanged(value: string, changing: readonly number[], marks: Marks): void {
    this.#transform(value, changing);
    const groups = this.#groups;
    for (let group = 0; group < groups.length; group += 1) {
      const text = groups[group] as string;
      if (group > 0) {
        spendOn(text);
        this.#scanner.scan(text);
        this.#textNumber += 1;
      }
      this.#judgeText(text, group, changing, marks);
    }
    if (value.length > wafPlanLimits.knownValueBytesMax) {
      this.#texts.fill(''); // bodies are not kept
      groups.length = 0;
    }
  }

  #transform(value: string, changing: readonly number[]): void {
    const [texts, groups] = [this.#texts, this.#groups];
    texts.fill(value);
    groups.length = 0;
    groups.push(value);
    this.#groupOf.fill(-1);
    for (const index of changing) {
      const { parent, transformation, patterns } = this.#nodes[index] as Node;
      const text = applied(transformation, texts[parent] as string);
      texts[index] = text;
      if (patterns.length === 0) continue;
      let group = groups.indexOf(text);
      if (group === -1) group = groups.push(text) - 1;
      this.#groupOf[index] = group;
    }
  }

  #judgeText(text: string, group: number, changing: readonly number[], marks: Marks): void {
    const scanner = this.#scanner;
    const groupOf = this.#groupOf;
    for (const index of changing) {
      if (groupOf[index] !== group) continue;
      for (const pattern of (this.#nodes[index] as Node).patterns) {
        if (isSure(pattern, scanner)) this.#test(pattern, text, marks);
      }
    }
    for (let at = 0; at < scanner.hitCount; at += 1) {
      const clause = scanner.hits[at] as number;
      for (const { pattern, node } of this.#byClause[clause] ?? []) {
        if (groupOf[node] === group && isDue(pattern, clause, scanner)) this.#test(pattern, text, marks);
      }
    }
  }

  #test({ operator, isNegated, step }: Pattern, text: string, marks: Marks): void {
    if (this.#testedIn[step] === this.#textNumber) return;
    this.#testedIn[step] = this.#textNumber;
    spendOn(text); // asked or not: the count depends on the value alone
    const matching = this.#matching;
    if (matching === undefined ? marks.has(step) : matching.includes(step)) return;
    marks.asked = step;
    if ((operator.match(text, noContext, false) !== undefined) === isNegated) return;
    marks.add(step);
    matching?.push(step);
  }
}

const noContext = {
  expand: (): string => {
    throw new Error('an operator that is judged by the value alone has no macros');
  },
};

function applied(transformation: Applied, text: string): string {
  spendOn(text);
  if (transformation.before === text) return transformation.after;
  if (text.length >= wafRunLimits.transformedBytesLeast) return transformed(transformation.apply, text);
  const after = transformation.apply(text);
  transformation.before = text;
  transformation.after = after;
  return after;
}

/** What may change anything changes nothing into something too. */
const canChange = (changes: Mask, mask: Mask): boolean =>
  changes.low === everyByte.low || (changes.low & mask.low) !== 0 || (changes.high & mask.high) !== 0;

/** All its needs are met by kinds of bytes. */
function isSure({ needs }: Pattern, { low, high }: Mask): boolean {
  for (const need of needs) if ((need.low & low) === 0 && (need.high & high) === 0) return false;
  return true;
}

/** All its needs are met; of several clauses that were found, the first one stands for all. */
function isDue({ needs }: Pattern, found: number, scanner: Scanner): boolean {
  let first = -1;
  for (const { low, high, clause } of needs) {
    if ((low & scanner.low) !== 0 || (high & scanner.high) !== 0) continue;
    if (clause === -1 || !scanner.hasHit(clause)) return false;
    if (first === -1) first = clause;
  }
  return first === found;
}

// Values that the same rules look at, for instance all arguments: which of those rules one value matches. The value is
// scanned once; what it holds decides, by a table, which transformations can change it and which rules are asked at all.
// What a transformation did change is scanned again, each text once. A rule that matches is marked; the evaluator then runs
// it on the values that are marked, as it always does, so that a mark too many costs time and nothing else.

import { wafPlanLimits } from '#config/limits-waf-plan';
import { wafRunLimits } from '#config/limits-waf-run';
import type { Transformation } from '../compile/rule-set.ts';
import { transformed } from '../run/transformed.ts';
import { spend, spendOn, unitsLeft } from '../run/work.ts';
import { copyOf } from '../transform/scratch.ts';
import { bytesOf, isMixed, keyOf, type Mask, maskOf } from './byte-classes.ts';
import { canChange, type Effect, effectOf, outcomeOf } from './effect.ts';
import type { JudgedLink, Need, Pattern } from './judged.ts';
import type { Habit, KnownValues, Matching } from './known-values.ts';
import type { Marks } from './marks.ts';
import { type Found, hasClause, type Interest, type Scanner } from './scanner.ts';
import { growthOf } from './shortest.ts';
import { couldMeet } from './signs.ts';

const none: readonly number[] = [];
const nothingMatches = 1_000_000;

/** A text that transformations lead to. */
interface Node {
  readonly parent: number; // 0: the value itself
  readonly applied: Applied;
  readonly children: number[];
  readonly patterns: Pattern[];
  shortest: number; // bytes of a text from which something that matches may come
  least: number; // bytes of what has come of it, for that
}

/** A transformation, and what it last made of what: many ways lead to the same texts. */
interface Applied {
  readonly apply: (value: string) => string;
  readonly effect: Effect;
  readonly growth: number | undefined; // see shortest.ts
  readonly isCaseOnly: boolean; // which a scan does not see
  before: string;
  after: string;
}

/** Of a value that holds these kinds of bytes. */
interface Selection {
  readonly sure: readonly Pattern[]; // are asked about the value, whatever texts are in it
  readonly wanted: Int32Array; // a bit for each clause that somebody waits for
  readonly waiting: ReadonlyMap<number, readonly Waiting[]>; // by clause
  readonly changing: readonly number[]; // nodes whose text may differ from it
}

/** Is asked if texts of these clauses are found too. */
interface Waiting {
  readonly pattern: Pattern;
  readonly others: readonly number[];
}

/** One of the different texts that a value leads to. */
interface Text {
  text: string;
  readonly found: Found;
}

export class ValueClass {
  readonly #scanner: Scanner;
  readonly #interest: Interest;
  readonly #known: KnownValues;
  readonly #nodes: Node[] = [];
  readonly #applied = new Map<(value: string) => string, Applied>();
  readonly #selections = new Map<number, Selection>();
  readonly #testedIn: Float64Array; // by unit: the number of the text that it was asked about last; with multiMatch often
  #textNumber = 0;
  #matching: number[] | undefined; // of the value that is judged
  #value = '';

  // of the value that is judged: its different texts, the first is itself, and which of them nodes lead to
  readonly #texts: Text[];
  #textCount = 0;
  readonly #textOf: Int32Array;

  constructor(links: readonly JudgedLink[], scanner: Scanner, known: KnownValues) {
    this.#scanner = scanner;
    const patterns = links.flatMap((link) => link.patterns);
    this.#interest = scanner.interestIn(
      patterns.flatMap(({ needs }) => needs.map(({ clause }) => clause)).filter((clause) => clause !== -1),
    );
    this.#known = known;
    const itself = this.#appliedOf({ name: 'none', apply: (value) => value });
    this.#nodes.push({ parent: 0, applied: itself, children: [], patterns: [], shortest: 0, least: 0 });
    for (const pattern of patterns) this.#addPattern(pattern);
    this.#measure();
    this.#testedIn = new Float64Array(1 + Math.max(0, ...links.map(({ unit }) => unit)));
    this.#texts = [{ text: '', found: scanner.newFound() }];
    this.#textOf = new Int32Array(this.#nodes.length);
  }

  /** Marks those that match. `habit`: of the place where the value stands, if values are remembered there. */
  judge(value: string, marks: Marks, habit: Habit | undefined): void {
    if (habit === undefined || value.length > wafPlanLimits.knownValueBytesMax || !habit.isWorthIt)
      return this.#judgeNew(value, marks, undefined);
    const recent = habit.recall(value);
    const known = recent ?? this.#known.get(value);
    habit.tell(known !== undefined);
    if (known !== undefined) {
      spend(known.work);
      for (const unit of known.units) marks.add(unit, value);
      if (recent === undefined) habit.note(known);
      return;
    }
    // What is remembered must be all that matches; else a rule that another value has matched is not asked again.
    if (marks.count > wafPlanLimits.matchesRememberedMax) return this.#judgeNew(value, marks, undefined);
    this.#known.set(this.matching(copyOf(value), marks));
  }

  /** All that match; they are marked too. */
  matching(value: string, marks: Marks): Matching {
    const [matching, before]: [number[], number] = [[], unitsLeft()];
    this.#judgeNew(value, marks, matching);
    return { value, units: matching.length === 0 ? none : matching, work: before - unitsLeft() };
  }

  #addPattern(pattern: Pattern): void {
    let node = 0;
    for (const transformation of pattern.transformations) node = this.#child(node, transformation);
    this.#nodes[node]?.patterns.push(pattern);
  }

  #child(parent: number, transformation: Transformation): number {
    const applied = this.#appliedOf(transformation);
    const known = this.#nodes.findIndex(
      (node, index) => index > 0 && node.parent === parent && node.applied === applied,
    );
    if (known !== -1) return known;
    const made = this.#nodes.push({ parent, applied, children: [], patterns: [], shortest: 0, least: 0 }) - 1;
    this.#nodes[parent]?.children.push(made);
    return made;
  }

  /** From the last node to the first: those that follow a node stand behind it. */
  #measure(): void {
    const least = this.#nodes.map(({ patterns }) => Math.min(nothingMatches, ...patterns.map((one) => one.shortest)));
    for (let index = this.#nodes.length - 1; index > 0; index -= 1) {
      const node = this.#nodes[index] as Node;
      const { growth } = node.applied;
      node.least = least[index] as number;
      node.shortest = growth === undefined ? 0 : Math.floor((node.least - 1) / growth) + 1;
      least[node.parent] = Math.min(least[node.parent] as number, node.shortest);
    }
  }

  #appliedOf(transformation: Transformation): Applied {
    const { apply } = transformation;
    const known = this.#applied.get(apply);
    if (known !== undefined) return known;
    const isCaseOnly = transformation.name === 'lowercase';
    const [effect, growth] = [effectOf(transformation), growthOf(transformation)];
    const made = { apply, effect, growth, isCaseOnly, before: '', after: apply('') };
    this.#applied.set(apply, made);
    return made;
  }

  /** `matching`: all that match, for whoever remembers it. */
  #judgeNew(value: string, marks: Marks, matching: number[] | undefined): void {
    this.#matching = matching;
    const itself = this.#texts[0] as Text;
    const { found } = itself;
    spendOn(value);
    this.#scanner.scan(value, found, this.#interest);
    this.#textNumber += 1;
    this.#value = value;
    const key = keyOf(found.low, found.high);
    const { sure, wanted, waiting, changing } = this.#selections.get(key) ?? this.#select(key, found);
    for (const pattern of sure) this.#test(pattern, value, marks);
    for (let word = 0; word < wanted.length; word += 1) {
      for (let bits = (wanted[word] as number) & (found.clauses[word] as number); bits !== 0; bits &= bits - 1) {
        const clause = (word << 5) + 31 - Math.clz32(bits & -bits);
        for (const { pattern, others } of waiting.get(clause) ?? []) {
          if (hasAll(found, others)) this.#test(pattern, value, marks);
        }
      }
    }
    if (changing.length > 0) this.#judgeChanged(value, changing, marks);
  }

  #select(key: number, found: Found): Selection {
    const sure: Pattern[] = [];
    const wanted = new Int32Array(found.clauses.length);
    const waiting = new Map<number, Waiting[]>();
    const changing: number[] = [];
    const mayDiffer = this.#nodes.map(() => false);
    for (const [index, node] of this.#nodes.entries()) {
      mayDiffer[index] = mayDiffer[node.parent] || canChange(node.applied.effect, found);
      if (mayDiffer[index]) {
        if (this.#isWorthIt(node, this.#reach(node, found))) changing.push(index);
        continue;
      }
      for (const pattern of node.patterns) {
        const open = pattern.needs.filter((need) => !isMixed(need, found));
        const [first, ...others] = open.map(({ clause }) => clause);
        if (first === undefined) sure.push(pattern);
        else if (first !== -1 && !others.includes(-1)) {
          wanted[first >> 5] = (wanted[first >> 5] as number) | (1 << (first & 31));
          waiting.set(first, [...(waiting.get(first) ?? []), { pattern, others }]);
        }
      }
    }
    const selection = { sure, wanted, waiting, changing };
    if (this.#selections.size >= wafPlanLimits.selectionsMax) this.#selections.clear();
    this.#selections.set(key, selection);
    return selection;
  }

  /** What a node's text may hold of a value that holds these. */
  #reach({ parent, applied }: Node, held: Mask): Mask {
    return outcomeOf(applied.effect, parent === 0 ? held : this.#reach(this.#nodes[parent] as Node, held));
  }

  /** Whether somebody at a node, or behind it, could match something of a text there that may hold these. */
  #isWorthIt({ patterns, children }: Node, held: Mask): boolean {
    for (const { needs } of patterns) if (couldMeet(needs, held)) return true;
    for (const child of children) {
      const node = this.#nodes[child] as Node;
      if (this.#isWorthIt(node, outcomeOf(node.applied.effect, held))) return true;
    }
    return false;
  }

  /** Each text is scanned once, however many ways lead to it. */
  #judgeChanged(value: string, changing: readonly number[], marks: Marks): void {
    (this.#texts[0] as Text).text = value;
    this.#textCount = 1;
    this.#textOf.fill(0);
    for (const node of changing) this.#textOf[node] = this.#follow(this.#nodes[node] as Node);
    for (let number = 0; number < this.#textCount; number += 1) {
      if (number > 0) this.#textNumber += 1; // the value itself may have been asked about already
      const text = this.#texts[number] as Text;
      for (const node of changing)
        if (this.#textOf[node] === number) this.#judgeText(this.#nodes[node] as Node, text, marks);
    }
    if (value.length > wafPlanLimits.knownValueBytesMax) this.#letGo();
  }

  /** The number of the text that a node leads to; -1 where nothing of it can match for whoever waits there. */
  #follow(node: Node): number {
    const { parent, applied } = node;
    const from = this.#textOf[parent] as number;
    if (from === -1) return -1;
    const before = this.#texts[from] as Text;
    if (before.text.length < node.shortest) return -1;
    if (!canChange(applied.effect, before.found)) return from;
    if (from > 0 && !this.#isWorthIt(node, outcomeOf(applied.effect, before.found))) return -1; // of the first it is known
    const after = afterOf(applied, before.text);
    if (after.length < node.least) return -1;
    for (let number = 0; number < this.#textCount; number += 1) {
      if ((this.#texts[number] as Text).text === after) return number;
    }
    let text = this.#texts[this.#textCount];
    if (text === undefined) {
      text = { text: '', found: this.#scanner.newFound() };
      this.#texts.push(text);
    }
    text.text = after;
    if (applied.isCaseOnly) becomeLower(before.found, text.found);
    else this.#scanner.scan(after, text.found, this.#interest);
    spendOn(after);
    return this.#textCount++;
  }

  #judgeText({ patterns }: Node, { text, found }: Text, marks: Marks): void {
    for (const pattern of patterns) if (isMet(pattern.needs, found)) this.#test(pattern, text, marks);
  }

  /** Bodies are not kept. */
  #letGo(): void {
    for (const text of this.#texts) text.text = '';
    this.#value = '';
    for (const applied of this.#applied.values()) {
      applied.before = '';
      applied.after = applied.apply('');
    }
  }

  #test({ operator, isNegated, unit, shortest }: Pattern, text: string, marks: Marks): void {
    if (text.length < shortest || this.#testedIn[unit] === this.#textNumber) return;
    this.#testedIn[unit] = this.#textNumber;
    spendOn(text); // asked or not: the count depends on the value alone
    const matching = this.#matching;
    if (matching === undefined) {
      if (marks.has(unit)) return marks.add(unit, this.#value);
    } else if (matching.includes(unit)) return;
    marks.asked = unit;
    if ((operator.match(text, noContext, false) !== undefined) === isNegated) return;
    marks.add(unit, this.#value);
    matching?.push(unit);
  }
}

const noContext = {
  expand: (): string => {
    throw new Error('an operator that is judged by the value alone has no macros');
  },
};

function afterOf(applied: Applied, text: string): string {
  spendOn(text);
  if (applied.before === text) return applied.after;
  if (text.length >= wafRunLimits.transformedBytesLeast) return transformed(applied.apply, text);
  const after = applied.apply(text);
  applied.before = text;
  applied.after = after;
  return after;
}

const [upper, lower] = [maskOf(bytesOf('A')), maskOf(bytesOf('a'))];

/** What a scan of the same text in small letters would find. */
function becomeLower(before: Found, after: Found): void {
  after.low = (before.low & ~upper.low) | lower.low;
  after.high = (before.high & ~upper.high) | lower.high;
  after.clauses.set(before.clauses);
}

function isMet(needs: readonly Need[], found: Found): boolean {
  for (const need of needs) {
    if (!isMixed(need, found) && (need.clause === -1 || !hasClause(found, need.clause))) return false;
  }
  return true;
}

function hasAll(found: Found, clauses: readonly number[]): boolean {
  for (const clause of clauses) if (!hasClause(found, clause)) return false;
  return true;
}

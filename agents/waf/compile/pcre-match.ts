// Runs an expression that looks around or refers to groups, within a number of steps that is linear in the value. It goes
// depth first like PCRE and takes each (instruction, position) once, like RE2's BitState: a state that has failed fails
// again, so backtracking cannot explode. Where a reference makes the outcome depend on a group, the group is part of the
// state, and what then still costs too much ends with WorkExceeded, which the engine takes for a failure, never for "no".

import { wafLangLimits } from '#config/limits-waf-lang';
import { PcreFault, type PcreNode, type PcreTest, parsePcre, plainSet } from './pcre-tree.ts';

/** The value would have cost more steps than are allowed. */
export class WorkExceeded extends Error {
  constructor(source: string) {
    super(`the expression ${source.slice(0, 80)} costs too much on this value`);
  }
}

type Instruction =
  | { readonly kind: 'set'; readonly set: Uint8Array; readonly next: number }
  | { readonly kind: 'split'; first: number; second: number }
  | { readonly kind: 'save'; readonly slot: number; readonly next: number }
  | { readonly kind: 'assert'; readonly test: PcreTest; readonly next: number }
  | {
      readonly kind: 'look';
      readonly starts: ReadonlyArray<readonly [start: number, length: number]>;
      readonly isNegated: boolean;
      readonly next: number;
    }
  | { readonly kind: 'atomic'; readonly start: number; readonly next: number }
  | { readonly kind: 'reference'; readonly index: number; readonly folds: boolean; readonly next: number }
  | { readonly kind: 'match' };

interface Program {
  readonly source: string;
  readonly instructions: readonly Instruction[];
  readonly start: number;
  readonly slots: number;
  readonly refersBack: boolean;
}

export interface PcreFound {
  readonly groups: ReadonlyArray<string | undefined>; // the first is the whole match
  readonly end: number; // of the match in the value
}

export type PcreSearch = (value: string, from?: number) => PcreFound | undefined;

/** A search for the first match that begins at `from` or behind it; it tells how many steps it took. Throws PcreFault. */
export function compilePcre(source: string, tell: (steps: number) => void = () => undefined): PcreSearch {
  const { root, groups, refersBack } = parsePcre(source);
  const instructions: Instruction[] = [];
  const start = emit(root, push(instructions, { kind: 'match' }), instructions);
  const program = { source, instructions, start, slots: 2 * (groups + 1), refersBack };
  return (value, from = 0) => {
    const run = new Run(program, value);
    try {
      return search(run, program, value, from);
    } finally {
      tell(run.stepsTaken);
    }
  };
}

function push(instructions: Instruction[], instruction: Instruction): number {
  if (instructions.length >= wafLangLimits.expressionStepsMax) throw new PcreFault('the expression is too large', 0);
  return instructions.push(instruction) - 1;
}

/** Instructions of a node that go on at `next`; returns where they begin. */
function emit(node: PcreNode, next: number, out: Instruction[]): number {
  switch (node.kind) {
    case 'set':
      return push(out, { kind: 'set', set: node.set, next });
    case 'text':
      return Array.from(node.text, (sign) => plainSet(sign.charCodeAt(0), node.folds)).reduceRight(
        (after, set) => push(out, { kind: 'set', set, next: after }),
        next,
      );
    case 'sequence':
      return node.nodes.reduceRight((after, one) => emit(one, after, out), next);
    case 'choice':
      return node.nodes
        .map((one) => emit(one, next, out))
        .reduceRight((second, first) => push(out, { kind: 'split', first, second }));
    case 'repeat':
      return emitRepeat(node, next, out);
    case 'group': {
      const end = push(out, { kind: 'save', slot: 2 * node.index + 1, next });
      return push(out, { kind: 'save', slot: 2 * node.index, next: emit(node.node, end, out) });
    }
    case 'atomic':
      return push(out, { kind: 'atomic', start: emit(node.node, push(out, { kind: 'match' }), out), next });
    case 'look':
      return push(out, { kind: 'look', starts: lookStarts(node, out), isNegated: node.isNegated, next });
    case 'reference':
      return push(out, { kind: 'reference', index: node.index, folds: node.folds, next });
    case 'assert':
      return push(out, { kind: 'assert', test: node.test, next });
  }
}

function emitRepeat(
  { node, least, most, isLazy }: PcreNode & { kind: 'repeat' },
  next: number,
  out: Instruction[],
): number {
  const split = (body: number): Instruction =>
    isLazy ? { kind: 'split', first: next, second: body } : { kind: 'split', first: body, second: next };
  let entry = next;
  if (most === Number.POSITIVE_INFINITY) {
    const loop: Instruction & { kind: 'split' } = { kind: 'split', first: next, second: next };
    entry = push(out, loop);
    const body = emit(node, entry, out);
    if (isLazy) loop.second = body;
    else loop.first = body;
  } else {
    for (let count = least; count < most; count += 1) entry = push(out, split(emit(node, entry, out)));
  }
  for (let count = 0; count < least; count += 1) entry = emit(node, entry, out);
  return entry;
}

function lookStarts(
  { node, isBehind }: PcreNode & { kind: 'look' },
  out: Instruction[],
): Array<readonly [number, number]> {
  const branches = isBehind && node.kind === 'choice' ? node.nodes : [node];
  return branches.map((branch) => {
    const length = isBehind ? lengthOf(branch) : 0;
    if (length === undefined) throw new PcreFault('what is looked for behind has no fixed length', 0);
    return [emit(branch, push(out, { kind: 'match' }), out), length] as const;
  });
}

/** How many bytes a node matches, if that is always the same number. */
function lengthOf(node: PcreNode): number | undefined {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'text':
      return node.text.length;
    case 'look':
    case 'assert':
      return 0;
    case 'group':
    case 'atomic':
      return lengthOf(node.node);
    case 'repeat': {
      const one = lengthOf(node.node);
      return node.least === node.most && one !== undefined ? one * node.least : undefined;
    }
    case 'sequence':
      return node.nodes.reduce<number | undefined>((sum, one) => added(sum, lengthOf(one)), 0);
    case 'choice': {
      const [first, ...others] = node.nodes.map(lengthOf);
      return others.every((other) => other === first) ? first : undefined;
    }
    case 'reference':
      return undefined;
  }
}

const added = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one + other;

function search(run: Run, { start: first, slots }: Program, value: string, from: number): PcreFound | undefined {
  for (let start = from; start <= value.length; start += 1) {
    const end = run.from(first, start);
    if (end === -1) continue;
    run.slots[0] = start;
    run.slots[1] = end;
    return { groups: Array.from({ length: slots / 2 }, (_, group) => run.group(group)), end };
  }
  return undefined;
}

class Run {
  readonly slots: Int32Array;
  readonly #program: Program;
  readonly #value: string;
  readonly #seen = new Set<number | string>();
  readonly #stepsMost: number;
  #stepsLeft: number;

  constructor(program: Program, value: string) {
    this.#program = program;
    this.#value = value;
    this.slots = new Int32Array(program.slots).fill(-1);
    const { expressionStepsPerByteMax, referringMatchStepsMax, matchStepsMax } = wafLangLimits;
    const each = program.refersBack ? expressionStepsPerByteMax : program.instructions.length;
    const most = program.refersBack ? referringMatchStepsMax : matchStepsMax;
    this.#stepsMost = Math.min(most, 4 * each * (value.length + 64));
    this.#stepsLeft = this.#stepsMost;
  }

  get stepsTaken(): number {
    return this.#stepsMost - this.#stepsLeft;
  }

  group(index: number): string | undefined {
    const [start = -1, end = -1] = [this.slots[2 * index], this.slots[2 * index + 1]];
    return start < 0 || end < start ? undefined : this.#value.slice(start, end);
  }

  /** Where a match that begins here ends; -1 for none. Groups are set on success, and as before on failure. */
  from(start: number, position: number): number {
    const marked: Array<number | string> = [];
    const stack: number[] = [start, position]; // pairs; a pair [~slot, value] puts a group back
    while (stack.length > 0) {
      const at = stack.pop() ?? 0;
      const instruction = stack.pop() ?? 0;
      if (instruction < 0) this.slots[~instruction] = at;
      else {
        const end = this.#walk(instruction, at, stack, marked);
        if (end === -1) continue;
        for (const key of marked) this.#seen.delete(key); // they have not failed
        return end;
      }
    }
    return -1;
  }

  /** Straight on until it fails (-1) or matches; other ways are put on the stack. */
  #walk(first: number, from: number, stack: number[], marked: Array<number | string>): number {
    let [pc, at] = [first, from];
    for (;;) {
      this.#stepsLeft -= 1;
      if (this.#stepsLeft < 0) throw new WorkExceeded(this.#program.source);
      const one = this.#program.instructions[pc];
      if (one === undefined || one.kind === 'match') return at;
      if (one.kind === 'split') {
        const key = this.#keyOf(pc, at);
        if (this.#seen.has(key)) return -1;
        this.#seen.add(key);
        marked.push(key);
        stack.push(one.second, at);
        pc = one.first;
        continue;
      }
      const next = this.#step(one, at, stack);
      if (next === -1) return -1;
      [pc, at] = [one.next, next];
    }
  }

  /** Only a split can be come to in many ways that matter. */
  #keyOf(pc: number, at: number): number | string {
    const key = pc * (this.#value.length + 1) + at;
    return this.#program.refersBack ? `${key},${this.slots.join()}` : key;
  }

  /** The position behind what the instruction takes; -1 if it does not. */
  #step(one: Exclude<Instruction, { kind: 'match' | 'split' }>, at: number, stack: number[]): number {
    switch (one.kind) {
      case 'set':
        return one.set[this.#value.charCodeAt(at)] === 1 ? at + 1 : -1;
      case 'save':
        stack.push(~one.slot, this.slots[one.slot] ?? -1);
        this.slots[one.slot] = at;
        return at;
      case 'assert':
        return holds(one.test, this.#value, at) ? at : -1;
      case 'look':
        return this.#looks(one, at, stack) === one.isNegated ? -1 : at;
      case 'atomic':
        return this.#within(one.start, at, stack);
      case 'reference':
        return this.#refers(one, at);
    }
  }

  #looks({ starts }: Instruction & { kind: 'look' }, at: number, stack: number[]): boolean {
    return starts.some(([start, length]) => at >= length && this.#within(start, at - length, stack) !== -1);
  }

  /** A match on its own within this one. Its groups are put back if what follows fails. */
  #within(start: number, at: number, stack: number[]): number {
    const before = this.slots.slice();
    const end = this.from(start, at);
    if (end === -1) return -1;
    before.forEach((value, slot) => {
      if (value !== this.slots[slot]) stack.push(~slot, value);
    });
    return end;
  }

  #refers({ index, folds }: Instruction & { kind: 'reference' }, at: number): number {
    const text = this.group(index);
    if (text === undefined) return -1;
    const found = this.#value.slice(at, at + text.length);
    return found === text || (folds && asciiLower(found) === asciiLower(text)) ? at + text.length : -1;
  }
}

const asciiLower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

function holds(test: PcreTest, value: string, at: number): boolean {
  switch (test) {
    case 'start':
      return at === 0;
    case 'end':
      return at === value.length;
    case 'line-start':
      return at === 0 || value.charAt(at - 1) === '\n';
    case 'line-end':
      return at === value.length || value.charAt(at) === '\n';
    case 'last-line-end':
      return at === value.length || (at === value.length - 1 && value.charAt(at) === '\n');
    case 'word-edge':
      return isWord(value, at - 1) !== isWord(value, at);
    case 'no-word-edge':
      return isWord(value, at - 1) === isWord(value, at);
  }
}

function isWord(value: string, at: number): boolean {
  const code = value.charCodeAt(at); // NaN outside
  return (
    (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x61 && code <= 0x7a)
  );
}

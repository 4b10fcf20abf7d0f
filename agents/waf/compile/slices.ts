// Long work as a generator of small steps, and the two ways to take them: all at once, or in slices between which the
// process does other work. A set of rules is loaded while the old one serves, and a client must not wait for it. Chosen
// over a thread, which could not hand over compiled expressions. It decides nothing about the work.

import { setImmediate } from 'node:timers/promises';
import { wafLangLimits } from '#config/limits-waf-lang';

export function atOnce<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

export interface Slicing {
  readonly patience?: Patience;
  readonly now?: () => number;
}

/** Slices are as long as what was done between them, up to a bound: the work gets half of the time. */
export interface Patience {
  /** Of all that was done between slices: past it `onSpent` is called, once, and slices are as long as they may be. */
  readonly ms: number;
  /** The others are too many to be done beside the work, which would make them quicker: they should wait for it. */
  onSpent(): void;
}

/** A step that has begun is ended, so a slice lasts as long as its bound and one step more. */
export async function inSlices<Result>(
  steps: Generator<void, Result>,
  { patience, now = () => performance.now() }: Slicing = {},
): Promise<Result> {
  let since = now();
  let sliceMs: number = wafLangLimits.sliceMs;
  let othersMs = 0;
  let isSpent = false;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    const ended = now();
    if (ended - since < sliceMs) continue;
    await setImmediate();
    since = now();
    if (patience === undefined) continue;
    othersMs += since - ended;
    if (othersMs > patience.ms && !isSpent) patience.onSpent();
    isSpent ||= othersMs > patience.ms;
    sliceMs = isSpent ? wafLangLimits.sharedSliceMs : shareOf(since - ended);
  }
}

const shareOf = (othersMs: number): number =>
  Math.min(wafLangLimits.sharedSliceMs, Math.max(wafLangLimits.sliceMs, othersMs));

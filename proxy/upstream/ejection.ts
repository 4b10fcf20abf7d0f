// Targets that answer badly are left out for a while: after replies of 5xx in a row, failures to connect in a row, or
// replies much slower than those of the others. Pure: the time is an argument. Each time takes twice as long as the one
// before, up to a bound, and running well forgives as it goes; no more than a share of the upstream is ever out, so a
// fault that all of them have in common does not leave the rest with everything. It refuses to know what a probe is.

import { z } from 'zod';

export interface EjectionRules {
  readonly consecutive5xx: number; // 0: not for this
  readonly consecutiveConnectFailures: number;
  readonly slowFactor: number;
  readonly ejectionMs: number;
  readonly ejectionMaxMs: number;
  readonly maxEjectionPercent: number;
}

export type EjectionReason = 'consecutive-5xx' | 'consecutive-connect-failures' | 'slow';

/** What another process can go on with. */
export const ejectionMemory = z.object({
  sinceOutMs: z.number().optional(), // since it was last out; negative while it is; never: not there
  times: z.number().min(0),
  in5xxRow: z.number().min(0),
  inConnectRow: z.number().min(0),
  meanMs: z.number().min(0),
});

export type EjectionMemory = z.output<typeof ejectionMemory>;

/** What is remembered of one target. */
export class EjectionState {
  untilMs = -Infinity; // out until then
  times = 0;
  in5xxRow = 0;
  inConnectRow = 0;
  /** Mean time to a reply in the last whole window; 0: none yet. */
  meanMs = 0;
  windowReplies = 0;
  windowMs = 0;

  isOut(nowMs: number): boolean {
    return nowMs < this.untilMs;
  }

  remembered(nowMs: number): EjectionMemory {
    const { untilMs, times, in5xxRow, inConnectRow, meanMs } = this;
    return {
      sinceOutMs: Number.isFinite(untilMs) ? nowMs - untilMs : undefined,
      times,
      in5xxRow,
      inConnectRow,
      meanMs,
    };
  }

  /** A window that has begun begins again. */
  goOnFrom({ sinceOutMs = Infinity, times, in5xxRow, inConnectRow, meanMs }: EjectionMemory, nowMs: number): void {
    this.untilMs = nowMs - sinceOutMs;
    this.times = times;
    this.in5xxRow = in5xxRow;
    this.inConnectRow = inConnectRow;
    this.meanMs = meanMs;
  }
}

export const windowRepliesMax = 50; // replies that make a mean: below, one slow page looks like a slow target
const slowMsLeast = 20; // a target at 3 ms beside others at 1 ms is no fault

/** A reply came: why the target should be out, if it should. `others` are the states of the rest. */
export function afterReply(
  state: EjectionState,
  status: number,
  durationMs: number,
  others: readonly EjectionState[],
  rules: EjectionRules,
): EjectionReason | undefined {
  state.inConnectRow = 0;
  state.in5xxRow = status >= 500 ? state.in5xxRow + 1 : 0;
  if (rules.consecutive5xx > 0 && state.in5xxRow >= rules.consecutive5xx) return 'consecutive-5xx';
  return rules.slowFactor > 0 && isSlow(state, durationMs, others, rules.slowFactor) ? 'slow' : undefined;
}

export function afterConnectFailure(state: EjectionState, rules: EjectionRules): EjectionReason | undefined {
  state.inConnectRow += 1;
  const { consecutiveConnectFailures: most } = rules;
  return most > 0 && state.inConnectRow >= most ? 'consecutive-connect-failures' : undefined;
}

/** Judged once in a window, against the median of the others' means. */
function isSlow(state: EjectionState, durationMs: number, others: readonly EjectionState[], factor: number): boolean {
  state.windowReplies += 1;
  state.windowMs += durationMs;
  if (state.windowReplies < windowRepliesMax) return false;
  state.meanMs = state.windowMs / state.windowReplies;
  state.windowReplies = 0;
  state.windowMs = 0;
  const means = others.map(({ meanMs }) => meanMs).filter((mean) => mean > 0);
  const median = means.toSorted((one, other) => one - other)[(means.length - 1) >>> 1];
  return median !== undefined && state.meanMs > slowMsLeast && state.meanMs > factor * median;
}

/** How many of `count` targets may be out at once: never all, or it would be no choice. */
export function ejectedMax(count: number, { maxEjectionPercent }: EjectionRules): number {
  return Math.min(Math.floor((count * maxEjectionPercent) / 100), count - 1);
}

/** Puts it out; returns for how long. */
export function eject(state: EjectionState, nowMs: number, rules: EjectionRules): number {
  const forgiven = Math.floor(Math.max(0, nowMs - state.untilMs) / rules.ejectionMs); // Infinity the first time
  state.times = Math.max(0, state.times - forgiven) + 1;
  const lengthMs = Math.min(rules.ejectionMs * 2 ** Math.min(state.times - 1, 30), rules.ejectionMaxMs);
  state.untilMs = nowMs + lengthMs;
  state.in5xxRow = 0;
  state.inConnectRow = 0;
  state.meanMs = 0;
  state.windowReplies = 0;
  state.windowMs = 0;
  return lengthMs;
}

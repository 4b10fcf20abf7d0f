// When a child that ended is started again, and when it counts as failed. Pure: time and chance are arguments.
//
// One number decides, the score: each exit adds 1, and running well forgives it, with the restart window as the time
// constant (score × e^(-uptime / window)). A child that ends n times per window of running settles at a score between
// n + 0.5 and n + 0.6, so "more than `max-restarts` within the window" is `score > max + 0.6`. Waiting for a restart forgives
// nothing: growing delays would otherwise outlive the window, and a child that ends at once would never count as failed.
// So one crash a day never trips, and a crash each second trips after `max-restarts`. Nothing resets, everything fades.

export interface RestartPolicy {
  readonly when: 'always' | 'on-failure' | 'never';
  readonly delayMs: number; // after the first exit; doubled with each point of score
  readonly delayMaxMs: number;
  readonly restartsMax: number; // within the window; Infinity for what is never given up
  readonly windowMs: number;
  readonly failedRetryMs: number; // between two tries once it counts as failed
}

export type Verdict =
  | { readonly next: 'restart'; readonly delayMs: number }
  | { readonly next: 'failed'; readonly delayMs: number } // tried again, but rarely
  | { readonly next: 'leave' };

export interface Ended {
  readonly clean: boolean; // it exited with 0
  readonly uptimeMs: number; // since it was ready; 0 if it never was
}

const jitterShare = 0.25; // a delay is up to a quarter shorter, so that children that died together do not return together

export function nextRestart(
  policy: RestartPolicy,
  score: number,
  ended: Ended,
  chance: number,
): { score: number; verdict: Verdict } {
  const leave = policy.when === 'never' || (policy.when === 'on-failure' && ended.clean);
  if (leave) return { score, verdict: { next: 'leave' } };
  const tripsAt = policy.restartsMax + 0.6;
  const raised = score * Math.exp(-ended.uptimeMs / policy.windowMs) + 1;
  if (raised > tripsAt)
    return {
      score: Math.min(raised, tripsAt + 1),
      verdict: { next: 'failed', delayMs: policy.failedRetryMs },
    };
  return { score: Math.min(raised, scoreMax), verdict: { next: 'restart', delayMs: delayFor(policy, raised, chance) } };
}

// 2^63 times any delay is over any longest delay; the score of what is never given up must still be able to fade.
const scoreMax = 64;

function delayFor({ delayMs, delayMaxMs }: RestartPolicy, score: number, chance: number): number {
  const grown = Math.min(delayMaxMs, delayMs * 2 ** (score - 1));
  return Math.round(grown * (1 - jitterShare * chance));
}

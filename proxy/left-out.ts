// Which targets of each upstream get no requests, and why, in words for people who look at the stack. Figures say how
// many there are; this says what happened to them. Picked from what is known already when somebody asks.

import type { Worker } from './worker.ts';

export interface LeftOut {
  readonly name: string;
  readonly algorithm: string;
  readonly targets: number;
  readonly out: readonly { readonly name: string; readonly why: string }[];
}

export function leftOutOf({ upstreams, standings, timers }: Worker): LeftOut[] {
  const nowMs = timers.nowMs;
  return [...upstreams.values()].map(({ name, algorithm, targets }) => ({
    name,
    algorithm,
    targets: targets.length,
    out: targets.flatMap((target) => {
      const { health, ejection, breaker } = standings.of(name, target.name);
      if (!health.isHealthy) return { name: target.name, why: 'down, say its probes' };
      if (ejection.isOut(nowMs)) return { name: target.name, why: ejectedWords(ejection.untilMs - nowMs) };
      return breaker.state === 'closed' ? [] : { name: target.name, why: `breaker ${breaker.state}` };
    }),
  }));
}

function ejectedWords(leftMs: number): string {
  return `ejected, back in ${Math.ceil(leftMs / 1000)} s`;
}

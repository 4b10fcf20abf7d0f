// What probes say about a target: a state, what a probe makes of it, and when the next one is due. Pure; chance is an
// argument. A target that nobody has probed yet counts as healthy and is judged by its first probe alone; later it takes
// several in a row. One that is down is probed more often, so that it is back within one interval of recovering, however
// many good probes that takes. It refuses to probe.

export interface Health {
  readonly isHealthy: boolean;
  readonly isKnown: boolean;
  /** Probes in a row that said the opposite. */
  readonly streak: number;
}

export interface HealthRules {
  readonly intervalMs: number;
  readonly jitterPercent: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

export const unknownHealth: Health = { isHealthy: true, isKnown: false, streak: 0 };

export function afterProbe(health: Health, isGood: boolean, rules: HealthRules): Health {
  if (!health.isKnown || isGood === health.isHealthy) return { isHealthy: isGood, isKnown: true, streak: 0 };
  const streak = health.streak + 1;
  const isEnough = streak >= (isGood ? rules.healthyThreshold : rules.unhealthyThreshold);
  return isEnough ? { isHealthy: isGood, isKnown: true, streak: 0 } : { ...health, streak };
}

/** From the beginning of one probe to that of the next. Chance only shortens it, or recovery could take longer than an interval. */
export function probeDelayMs(health: Health, rules: HealthRules, chance: number): number {
  const usualMs = health.isHealthy ? rules.intervalMs : rules.intervalMs / rules.healthyThreshold;
  return usualMs * (1 - (rules.jitterPercent / 100) * chance);
}

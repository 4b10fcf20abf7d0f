// What is counted of one agent, by event: plain numbers, read when somebody scrapes (admin/figures-agents.ts).

import { countInto, durationBuckets } from '../metrics.ts';
import type { AgentFault, Phase } from './call.ts';

/** What became of a call: `ok`, or why there was no reply. */
export type CallOutcome = 'ok' | AgentFault;

export class EventMetrics {
  readonly results = new Map<CallOutcome, number>();
  readonly decisions = new Map<string, number>();
  readonly latencies = new Float64Array(durationBuckets.length + 1);
  latencySum = 0;
  timeouts = 0;
  queueRejections = 0;
  queued = 0; // now

  count(outcome: CallOutcome, seconds: number): void {
    this.results.set(outcome, (this.results.get(outcome) ?? 0) + 1);
    if (outcome === 'timed-out') this.timeouts += 1;
    if (outcome === 'overloaded') this.queueRejections += 1;
    countInto(this.latencies, seconds);
    this.latencySum += seconds;
  }

  countDecision(decision: string): void {
    this.decisions.set(decision, (this.decisions.get(decision) ?? 0) + 1);
  }
}

export class AgentMetrics {
  readonly events = new Map<Phase, EventMetrics>();
  breakerOpens = 0;

  of(phase: Phase): EventMetrics {
    const known = this.events.get(phase);
    if (known !== undefined) return known;
    const fresh = new EventMetrics();
    this.events.set(phase, fresh);
    return fresh;
  }
}

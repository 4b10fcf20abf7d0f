// What an evaluation did, step by step, for `waf explain` and for the reports of failed tests: which rules ran, on which
// values, what they became by transformation, what matched, which variables changed. Off unless somebody asks: it costs
// an object per value tested. Bounded; when it is full the rest is not told, and that is told.

import { wafRunLimits } from '#config/limits-waf-run';
import type { Phase } from '../compile/rule-set.ts';

export type TraceEvent =
  | { readonly kind: 'phase'; readonly phase: Phase }
  | { readonly kind: 'rule'; readonly id: number; readonly phase: Phase }
  | { readonly kind: 'removed'; readonly id: number; readonly phase: Phase }
  | { readonly kind: 'skipped'; readonly id: number; readonly phase: Phase; readonly by: number; readonly to: string }
  | {
      readonly kind: 'test';
      readonly id: number;
      readonly link: number; // 0: the starter of a chain
      readonly name: string; // `ARGS:id`
      readonly value: string; // as it was found
      readonly tested: string; // after the transformations
      readonly isMatch: boolean;
    }
  | { readonly kind: 'outcome'; readonly id: number; readonly isMatch: boolean }
  | {
      readonly kind: 'set';
      readonly id: number;
      readonly name: string; // `TX:inbound_anomaly_score_pl1`
      readonly before: string | undefined;
      readonly after: string | undefined;
    };

export class Trace {
  readonly events: TraceEvent[] = [];
  isCut = false;

  add(event: TraceEvent): void {
    if (this.events.length < wafRunLimits.traceEventsMax) this.events.push(event);
    else this.isCut = true;
  }
}

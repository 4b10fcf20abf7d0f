// What tests are sent to when it is not the engine in this process: one stage at a time goes in, and what its client and
// a reader of its log saw comes out. Types only. A target that is not there, or a log that is not its log, would fail
// every test alike and say nothing about any: that ends the run (stop.ts).

import type { Case, Stage } from './case.ts';
import type { Outcome } from './judge.ts';

export interface StageSeen {
  readonly request: string; // the bytes that were sent
  readonly outcome: Outcome;
  readonly notes: readonly string[]; // what else is worth knowing when it fails
}

export interface WireTarget {
  readonly name: string; // as the report calls it
  readonly parallel: number; // tests that it takes side by side
  run(test: Case, stage: Stage): Promise<StageSeen>;
}

// What a run of the corpus comes to: one result per test, and their sum. A run is good when every test passed or failed
// as the ledger says; a surprise pass makes it bad too.

import { isGood, type Standing } from './ledger.ts';

export interface Result {
  readonly id: string;
  readonly file: string;
  readonly description: string;
  readonly standing: Standing;
  readonly durationMs: number;
  readonly problems: readonly string[];
  readonly explanation: string | undefined; // of a failure
  readonly reason: string | undefined; // of a known failure, from the ledger
  readonly loggedIds: readonly number[];
}

export interface Summary {
  readonly results: readonly Result[];
  readonly skipped: readonly string[]; // left out by the caller
  readonly forcedPass: readonly string[]; // by an override without expectations, or by the caller's word
  readonly forcedFail: readonly string[]; // by the caller's word, unseen
  readonly ignored: readonly string[]; // by the caller's word, unseen
  readonly totalMs: number;
}

export const idsOf = (summary: Summary, standing: Standing): readonly string[] =>
  summary.results.filter((result) => result.standing === standing).map(({ id }) => id);

export const passedCount = (summary: Summary): number =>
  summary.results.filter(({ standing }) => standing === 'passed' || standing === 'surprise-pass').length;

export const isGoodRun = (summary: Summary): boolean =>
  summary.results.length > 0 &&
  summary.forcedFail.length === 0 &&
  summary.results.every(({ standing }) => isGood(standing));

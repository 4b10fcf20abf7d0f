// Runs tests against the engine in this process, one after the other, and says how each went. A failed test is run once
// more with the engine's trace on, so that its report can say why; a run without failures pays nothing for that.

import type { RuleSet } from '#waf';
import type { Case, Stage } from './case.ts';
import { explainFailure } from './explain.ts';
import { judge, loggedIds } from './judge.ts';
import { type Ledger, standingOf } from './ledger.ts';
import type { Result } from './result.ts';
import { type Override, stageAsOverridden } from './select.ts';
import { runStage } from './target-engine.ts';

export interface Running {
  readonly ruleSet: RuleSet;
  readonly ledger: Ledger;
  readonly overrides: readonly Override[];
  readonly now: () => number; // milliseconds
}

export function runCase({ ruleSet, ledger, overrides, now }: Running, test: Case): Result {
  const startedAtMs = now();
  const stages = test.stages.map((stage, index) => stageAsOverridden(overrides, test, index, stage));
  const ids = new Set<number>();
  const failed = stages.find((stage) => {
    const { outcome } = runStage(ruleSet, stage, startedAtMs, false);
    for (const id of loggedIds(outcome.log)) ids.add(id);
    return judge(stage.expected, outcome).length > 0;
  });
  const durationMs = now() - startedAtMs;
  const explained = failed === undefined ? undefined : explain(ruleSet, failed, startedAtMs);
  return {
    id: test.id,
    file: test.file,
    description: test.description,
    standing: standingOf(ledger, test.id, failed === undefined),
    durationMs,
    problems: explained?.problems ?? [],
    explanation: explained?.text,
    reason: ledger.knownFailures.get(test.id),
    loggedIds: [...ids],
  };
}

function explain(ruleSet: RuleSet, stage: Stage, nowMs: number): { problems: readonly string[]; text: string } {
  const { request, outcome, events, refusal } = runStage(ruleSet, stage, nowMs, true);
  const logged = loggedIds(outcome.log);
  const judged = judge(stage.expected, outcome);
  const problems = refusal === undefined ? judged : [...judged, `the request was refused before the rules: ${refusal}`];
  const missingIds = stage.expected.ids.filter((id) => !logged.has(id));
  return { problems, text: explainFailure(ruleSet, { request, problems, log: outcome.log, events, missingIds }) };
}

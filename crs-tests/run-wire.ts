// Runs tests against a target that is reached over sockets, as many side by side as it takes, and says how each went.
// The order of results is that of the tests, whoever was first. A failed test is run in the engine too, where the rules
// are at hand: what the target does not tell of its inside, the trace of the same request does.

import type { RuleSet } from '#waf';
import type { Case, Expected, Stage } from './case.ts';
import { explainFailure } from './explain.ts';
import { judge, loggedIds } from './judge.ts';
import { isGood, type Ledger, standingOf } from './ledger.ts';
import type { Result } from './result.ts';
import { type Override, stageAsOverridden } from './select.ts';
import type { StageSeen, WireTarget } from './target.ts';
import { runStage } from './target-engine.ts';

export interface WireWork {
  readonly cases: readonly Case[];
  readonly target: WireTarget;
  readonly ledger: Ledger;
  readonly overrides: readonly Override[];
  readonly failFast: boolean;
  /** The rules, for explanations; read when the first test fails. */
  readonly rules: () => Promise<RuleSet | undefined>;
  readonly signal: AbortSignal; // no further test is begun
}

export async function runOverWire(work: WireWork): Promise<readonly Result[]> {
  const results = new Map<Case, Result>();
  const waiting = work.cases.values();
  let isOver = false;
  const takeTests = async (): Promise<void> => {
    for (const test of waiting) {
      const result = await runCaseOverWire(work, test);
      results.set(test, result);
      isOver ||= work.failFast && !isGood(result.standing);
      if (isOver || work.signal.aborted) return;
    }
  };
  await Promise.all(Array.from({ length: work.failFast ? 1 : work.target.parallel }, takeTests));
  return work.cases.flatMap((test) => results.get(test) ?? []);
}

async function runCaseOverWire(work: WireWork, test: Case): Promise<Result> {
  const startedAtMs = performance.now();
  const ids = new Set<number>();
  let failed: Failed | undefined;
  for (const [index, stage] of test.stages.entries()) {
    const seen = await runStageOverWire(work, test, stageAsOverridden(work.overrides, test, index, stage));
    for (const id of loggedIds(seen.seen.outcome.log)) ids.add(id);
    if (seen.problems.length === 0) continue;
    failed = seen;
    break;
  }
  return {
    id: test.id,
    file: test.file,
    description: test.description,
    standing: standingOf(work.ledger, test.id, failed === undefined),
    durationMs: performance.now() - startedAtMs,
    problems: failed?.problems ?? [],
    explanation: failed === undefined ? undefined : explain(await work.rules(), failed),
    reason: work.ledger.knownFailures.get(test.id),
    loggedIds: [...ids],
  };
}

interface Failed {
  readonly stage: Stage;
  readonly seen: StageSeen;
  readonly problems: readonly string[];
}

/** Once more where the test says so. go-ftw ends the whole run if that fails too; here the test fails. */
async function runStageOverWire({ target }: WireWork, test: Case, stage: Stage): Promise<Failed> {
  const first = await target.run(test, stage);
  const problems = judge(stage.expected, first.outcome);
  if (problems.length === 0 || !stage.expected.retriesOnce) return { stage, seen: first, problems };
  const second = await target.run(test, stage);
  return { stage, seen: second, problems: judge(stage.expected, second.outcome) };
}

function explain(ruleSet: RuleSet | undefined, { stage, seen, problems }: Failed): string {
  const { request, outcome, notes } = seen;
  const told = [...problems, ...notes];
  if (ruleSet === undefined) {
    return explainFailure(undefined, { request, problems: told, log: outcome.log, events: [], missingIds: [] });
  }
  const replayed = runStage(ruleSet, stage, Date.now(), true);
  return explainFailure(ruleSet, {
    request,
    problems: [...told, inEngine(stage.expected, replayed)],
    log: outcome.log,
    events: replayed.events,
    isReplayed: true,
    missingIds: stage.expected.ids.filter((id) => !loggedIds(outcome.log).has(id)),
  });
}

function inEngine(expected: Expected, { outcome, refusal }: ReturnType<typeof runStage>): string {
  if (refusal !== undefined) return `in the engine alone it would be refused before the rules: ${refusal}`;
  const problems = judge(expected, outcome);
  return problems.length === 0
    ? 'in the engine alone it passes: something between the socket and the rules differs'
    : `in the engine alone it fails too: ${problems.join('; ')}`;
}

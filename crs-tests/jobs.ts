// Runs tests side by side: each job is a thread with rules of its own, and tests are dealt out one by one, so that slow
// folders go to all. One job runs right here. Results come back in the order of the tests, whoever ran them.

import { Worker } from 'node:worker_threads';
import { codeExtension } from '#config/program-file';
import type { Case } from './case.ts';
import { isGood, type Ledger } from './ledger.ts';
import type { Result } from './result.ts';
import { type LoadedRules, loadRuleFolder } from './rules.ts';
import { runCase } from './run.ts';
import type { Override } from './select.ts';

export interface Work {
  readonly cases: readonly Case[];
  readonly rulesFolder: string;
  readonly ledger: Ledger;
  readonly overrides: readonly Override[];
  readonly failFast: boolean;
}

/** `rules` are those that the caller has loaded, to find out whether they load. */
export async function runJobs(work: Work, rules: LoadedRules, jobs: number): Promise<readonly Result[]> {
  if (jobs <= 1 || work.failFast) return runHere(work, rules);
  const shares = Array.from({ length: Math.min(jobs, work.cases.length) }, (_, share) =>
    work.cases.filter((__, index) => index % jobs === share),
  );
  const [first = [], ...others] = shares;
  const elsewhere = others.map((cases) => runInThread({ ...work, cases }));
  const results = [...runHere({ ...work, cases: first }, rules), ...(await Promise.all(elsewhere)).flat()];
  const byId = new Map(results.map((result) => [result.id, result]));
  return work.cases.flatMap(({ id }) => byId.get(id) ?? []);
}

function runHere({ cases, ledger, overrides, failFast }: Work, { ruleSet }: LoadedRules): readonly Result[] {
  const results: Result[] = [];
  for (const test of cases) {
    const result = runCase({ ruleSet, ledger, overrides, now: () => performance.now() }, test);
    results.push(result);
    if (failFast && !isGood(result.standing)) break;
  }
  return results;
}

function runInThread(work: Work): Promise<readonly Result[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Result[]>();
  const thread = new Worker(new URL(`./job${codeExtension}`, import.meta.url), { workerData: work });
  thread.once('message', resolve);
  thread.once('error', reject);
  thread.once('exit', (code) => reject(new Error(`a thread of tests ended by itself with code ${code}`)));
  return promise;
}

/** What a thread does. */
export async function runShare(work: Work): Promise<readonly Result[]> {
  const loaded = await loadRuleFolder(work.rulesFolder);
  if ('problems' in loaded) throw new Error('the rules have changed while the tests ran');
  return runHere(work, loaded);
}

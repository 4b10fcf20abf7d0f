// Tests over a target that is made up: their order, their standing, and what is said of a failure.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { readCases } from '../../crs-tests/cases.ts';
import { emptyLedger } from '../../crs-tests/ledger.ts';
import { runOverWire, type WireWork } from '../../crs-tests/run-wire.ts';
import type { WireTarget } from '../../crs-tests/target.ts';
import { ruleSetOf } from '../agents/waf/support.ts';

const stage = (value: string, more = '') =>
  `  - stages:\n      - input: {headers: {Host: h}, uri: "/?a=${value}"}\n        output: {log: {expect_ids: [7]}${more}}\n`;
const { cases } = readCases(
  '7.yaml',
  `tests:\n${['evil', 'good', 'flaky'].map((word) => stage(word)).join('')}${stage('flaky', ', retry_once: true')}`,
);

/** Logs rule 7 for `evil`, and for `flaky` when the same test comes a second time; later tests answer sooner. */
function madeUp(parallel: number) {
  const state = { running: 0, runningMost: 0, asked: 0, seen: new Set<string>() };
  const target: WireTarget = {
    name: 'made up',
    parallel,
    async run(one, { input: { uri } }) {
      state.running += 1;
      state.asked += 1;
      state.runningMost = Math.max(state.running, state.runningMost);
      for (let turn = one.testId; turn < 6; turn += 1) await setImmediate();
      state.running -= 1;
      const isLogged = uri.includes('evil') || (uri.includes('flaky') && state.seen.has(one.id));
      state.seen.add(one.id);
      const outcome = { status: 200, responseHead: '', log: isLogged ? ['[id "7"]'] : [] };
      return { request: `GET ${uri}`, outcome, notes: ['a note of the target'] };
    },
  };
  return { target, state };
}

const work = (target: WireTarget, more: Partial<WireWork> = {}): WireWork => ({
  cases,
  target,
  ledger: emptyLedger,
  overrides: [],
  failFast: false,
  rules: () => Promise.resolve(undefined),
  signal: new AbortController().signal,
  ...more,
});
const standings = async (given: WireWork) => (await runOverWire(given)).map(({ id, standing }) => `${id} ${standing}`);

test('results stand in the order of the tests, whoever was first, and one that may is tried again', async () => {
  const { target, state } = madeUp(1);
  assert.deepEqual(await standings(work(target)), ['7-1 passed', '7-2 failed', '7-3 failed', '7-4 passed']);
  assert.deepEqual([state.asked, state.runningMost], [5, 1]);
  const many = madeUp(3);
  assert.deepEqual((await standings(work(many.target))).slice(0, 2), ['7-1 passed', '7-2 failed']);
  assert.equal(many.state.runningMost, 3);
});

test('the first failure ends it, where that is asked for, and so does its caller', async () => {
  assert.deepEqual(await standings(work(madeUp(3).target, { failFast: true })), ['7-1 passed', '7-2 failed']);
  const interrupted = new AbortController();
  interrupted.abort();
  assert.equal((await standings(work(madeUp(1).target, { signal: interrupted.signal }))).length, 1);
});

test('a failure tells the request, the log and the notes, and with rules why', async () => {
  const only = cases.slice(1, 2);
  const [without] = await runOverWire(work(madeUp(1).target, { cases: only }));
  assert.match(
    without!.explanation ?? '',
    /expected rule 7 in the log\n {2}a note of the target\n {2}the request:\n {4}GET \/\?a=good\n {2}the log has 0 lines$/,
  );
  const rules = ruleSetOf('SecRule ARGS "@rx evil" "id:7,phase:1,deny,log"');
  const [explained] = await runOverWire(work(madeUp(1).target, { cases: only, rules: () => Promise.resolve(rules) }));
  assert.match(explained!.explanation ?? '', /in the engine alone it fails too: expected rule 7 in the log/);
  assert.match(
    explained!.explanation ?? '',
    /\n {2}the same request in the engine alone:\n {4}rules that matched: none\n {4}rule 7 .* ran and did not match:/,
  );
  const [, , flaky] = cases;
  const always = ruleSetOf('SecRule ARGS "@rx flaky" "id:7,phase:1,pass,log"');
  const [differs] = await runOverWire(
    work(madeUp(1).target, { cases: [flaky!], rules: () => Promise.resolve(always) }),
  );
  assert.match(
    differs!.explanation ?? '',
    /in the engine alone it passes: something between the socket and the rules differs/,
  );
});

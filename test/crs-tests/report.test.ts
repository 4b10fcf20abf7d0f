// One run, told in every way: what people read, what programs read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputNames, reports, sentence } from '../../crs-tests/report.ts';
import { isGoodRun, type Result, type Summary } from '../../crs-tests/result.ts';

const result = (id: string, standing: Result['standing']): Result => ({
  id,
  file: `tests/${id.slice(0, 3)}.yaml`,
  description: 'what <it> does',
  standing,
  durationMs: 2,
  problems: standing === 'failed' ? ['expected rule 100 in the log'] : [],
  explanation: standing === 'failed' ? '  rule 100 ran and did not match' : undefined,
  reason: standing === 'known-failure' ? 'a | b' : undefined,
  loggedIds: [7],
});
const summary: Summary = {
  results: [
    result('100-1', 'passed'),
    result('100-2', 'failed'),
    result('200-1', 'known-failure'),
    result('200-2', 'surprise-pass'),
  ],
  skipped: ['300-1'],
  forcedPass: [],
  forcedFail: [],
  ignored: [],
  totalMs: 1500,
};

test('the sentence counts everything', () => {
  assert.equal(
    sentence(summary),
    '2 of 4 passed, 1 failed, 1 failed as the ledger says, 1 passed although the ledger says they fail, 1 skipped in 1.5 s',
  );
});

test('a run is good when all is as expected, and never when nothing ran', () => {
  const runOf = (...standings: Result['standing'][]) =>
    isGoodRun({ ...summary, results: standings.map((standing, index) => result(`1-${index}`, standing)) });
  assert.deepEqual(
    [runOf('passed', 'known-failure'), runOf('failed'), runOf('surprise-pass'), runOf()],
    [true, false, false, false],
  );
});

test('for people: failures with their story, or only those', () => {
  assert.match(
    reports.normal(summary, false),
    /^100-1 {2}passed\n100-2 {2}FAILED\n {2}what <it> does\n {2}rule 100 ran and did not match/,
  );
  assert.doesNotMatch(reports.normal(summary, true), /100-1/);
  assert.equal(reports.quiet(summary, false), `${sentence(summary)}\n`);
});

test("as data, with go-ftw's keys", () => {
  const data = JSON.parse(reports.json(summary, false));
  assert.deepEqual(
    [data.run, data.success, data.failed, data.skipped, data.ignored],
    [4, 2, ['100-2'], ['300-1'], ['200-1']],
  );
  assert.deepEqual(data['triggered-rules']['100-1'], [7]);
});

test('for continuous integration and for a page', () => {
  assert.match(
    reports.github(summary, false),
    /^::error file=tests\/100.yaml,title=100-2::expected rule 100 in the log\n/,
  );
  assert.match(reports.junit(summary, false), /<testsuite name="crs" tests="4" failures="2"/);
  assert.match(reports.junit(summary, false), /what &lt;it&gt; does/);
  assert.match(reports.markdown(summary, false), /\| 100 \| 2 \| 1 \| 1 \|/);
  assert.match(reports.markdown(summary, false), /a \\\| b/);
});

test('every output ends its last line', () => {
  for (const name of outputNames) assert(reports[name](summary, false).endsWith('\n'), name);
});

// Which tests run, and overrides that replace what they expect.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Case, Stage } from '../../crs-tests/case.ts';
import { isForced, isSelected, readOverrides, stageAsOverridden } from '../../crs-tests/select.ts';

const one: Case = { id: '942100-3', ruleId: 942100, testId: 3, file: '', description: '', tags: ['fast'], stages: [] };
const all = { include: undefined, exclude: undefined, includeTags: undefined };

test('by include, exclude and tags', () => {
  assert(isSelected(all, one));
  assert(isSelected({ ...all, include: /^942/ }, one) && !isSelected({ ...all, include: /^941/ }, one));
  assert(!isSelected({ ...all, exclude: /-3$/ }, one));
  assert(isSelected({ ...all, includeTags: /fast/ }, one) && !isSelected({ ...all, includeTags: /slow/ }, one));
});

const stage = { input: {}, expected: { status: 200, ids: [1] } } as unknown as Stage;

test('an override replaces all that was expected; without output nothing is expected', () => {
  const overrides = readOverrides(
    'version: v0.0.0\ntest_overrides:\n  - rule_id: 942100\n    test_ids: [3]\n    reason: r\n    output:\n      status: 400\n      log: {no_expect_ids: [942100]}\n  - rule_id: 1\n    reason: wip\n',
  );
  assert(!('problem' in overrides));
  const { status, absentIds, ids } = stageAsOverridden(overrides, one, 0, stage).expected;
  assert.deepEqual([status, absentIds, ids], [400, [942100], []]);
  assert.equal(stageAsOverridden(overrides, { ...one, testId: 4 }, 0, stage), stage);
  assert.equal(stageAsOverridden(overrides, { ...one, ruleId: 1 }, 0, stage).expected.status, undefined);
  assert(isForced(overrides, { ...one, ruleId: 1 }) && !isForced(overrides, one));
});

test('an override of one stage, by its number from 1, that may be tried twice', () => {
  const overrides = readOverrides(
    'test_overrides: [{rule_id: 942100, stage_ids: [2], retry_once: true, output: {response_contains: x}}]',
  );
  assert(!('problem' in overrides));
  assert.equal(stageAsOverridden(overrides, one, 0, stage), stage);
  const { retriesOnce, responseContains } = stageAsOverridden(overrides, one, 1, stage).expected;
  assert.deepEqual([retriesOnce, responseContains], [true, 'x']);
});

test('a file of something else is refused, and says where', () => {
  const problemOf = (text: string) => {
    const read = readOverrides(text);
    return 'problem' in read ? read.problem : '';
  };
  assert.match(problemOf('a: b'), /no list test_overrides/);
  assert.match(problemOf('"'), /quote/);
  assert.match(problemOf('test_overrides: [{rule_id: x}]'), /^test_overrides\.0\.rule_id: a number is expected/);
  assert.match(
    problemOf('test_overrides: [{rule_id: 1, output: {statsu: 1}}]'),
    /^test_overrides\.0\.output: .*statsu/,
  );
});

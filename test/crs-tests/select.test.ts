// Which tests run, and overrides that replace what they expect.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Case } from '../../crs-tests/case.ts';
import { isSelected, overridden, overrideOf, readOverrides } from '../../crs-tests/select.ts';

const one: Case = { id: '942100-3', ruleId: 942100, testId: 3, file: '', description: '', tags: ['fast'], stages: [] };
const all = { include: undefined, exclude: undefined, includeTags: undefined };

test('by include, exclude and tags', () => {
  assert(isSelected(all, one));
  assert(isSelected({ ...all, include: /^942/ }, one) && !isSelected({ ...all, include: /^941/ }, one));
  assert(!isSelected({ ...all, exclude: /-3$/ }, one));
  assert(isSelected({ ...all, includeTags: /fast/ }, one) && !isSelected({ ...all, includeTags: /slow/ }, one));
});

test('an override replaces all that was expected; without output nothing is expected', () => {
  const overrides = readOverrides(
    'version: v0.0.0\ntest_overrides:\n  - rule_id: 942100\n    test_ids: [3]\n    reason: r\n    output:\n      status: 400\n      log: {no_expect_ids: [942100]}\n  - rule_id: 1\n    reason: wip\n',
  );
  assert(Array.isArray(overrides));
  const found = overrideOf(overrides, one);
  assert.deepEqual(
    [overridden(found!).status, overridden(found!).absentIds, overridden(found!).ids],
    [400, [942100], []],
  );
  assert.equal(overrideOf(overrides, { ...one, testId: 4 }), undefined);
  assert.equal(overridden(overrideOf(overrides, { ...one, ruleId: 1 })!).status, undefined);
});

test('a file of something else is refused', () => {
  assert('problem' in readOverrides('a: b'));
  assert('problem' in readOverrides('"'));
});

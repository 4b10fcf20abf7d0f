// Each check can fail, and passes when it should.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Expected } from '../../crs-tests/case.ts';
import { judge, loggedIds, type Outcome } from '../../crs-tests/judge.ts';

const nothing: Expected = {
  status: undefined,
  expectsError: undefined,
  retriesOnce: false,
  responseContains: undefined,
  ids: [],
  absentIds: [],
  isIsolated: false,
  matches: undefined,
  matchesNot: undefined,
};
const outcome: Outcome = {
  status: 200,
  responseHead: 'HTTP/1.1 200\r\nX-A: b\r\n\r\n',
  log: ['... [id "100"] [msg "a"]', '... [id "200"]'],
};
const problems = (expected: Partial<Expected>, changed: Partial<Outcome> = {}) =>
  judge({ ...nothing, ...expected }, { ...outcome, ...changed }).length;

test('what holds passes, what does not is told, all of it', () => {
  assert.equal(
    problems({
      status: 200,
      ids: [100, 200],
      absentIds: [300],
      matches: 'msg "a"',
      matchesNot: 'msg "b"',
      responseContains: 'X-A',
    }),
    0,
  );
  assert.equal(
    problems({
      status: 403,
      ids: [300],
      absentIds: [100],
      matches: 'msg "b"',
      matchesNot: 'msg "a"',
      responseContains: 'X-B',
    }),
    6,
  );
});

test('isolated: one rule alone', () => {
  assert.equal(problems({ isIsolated: true }), 1);
  assert.equal(problems({ isIsolated: true }, { log: ['[id "1"]', '[id "1"]'] }), 0);
});

test('an error is expected or not', () => {
  assert.equal(problems({ expectsError: false, ids: [300] }), 1, 'the rest still counts');
  assert.equal(problems({ expectsError: false }, { status: undefined }), 1);
  assert.equal(problems({ expectsError: true }), 1);
  assert.equal(problems({ expectsError: true, ids: [300] }, { status: undefined }), 0);
});

test('ids are found in all forms that go-ftw knows', () => {
  assert.deepEqual(
    [...loggedIds(['[id "1"]', '[\\"id\\":\\"2\\"]', '{"ruleId":"3"}', '{"a":1,"id": 4}', 'id 5'])],
    [1, 2, 3, 4],
  );
});

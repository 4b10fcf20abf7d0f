// What comes back from the control socket is narrowed; what the stack really says passes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineShape, outcomeShape, statusShape } from '../../../stack/api/shapes.ts';
import { childOf, statusOf } from '../standing.ts';

test('a status of ours passes, one of something else does not', () => {
  const lastExit = { code: null, signal: 'SIGKILL', killed: false, notStarted: undefined, at: 1, problem: 'x' };
  const ours = {
    version: '1',
    ...statusOf([childOf({ lastExit })]),
    rates: { workers: {}, agents: {}, upstreams: [] },
  };
  assert(statusShape.safeParse(JSON.parse(JSON.stringify(ours))).success);
  assert(!statusShape.safeParse({ version: '1' }).success);
});

test('a code that this version does not know is still a complaint', () => {
  const read = outcomeShape.parse({ ok: false, error: { code: 'from-tomorrow', what: 'x' } });
  assert.equal(read.ok ? '' : read.error.code, 'control-no-answer');
});

test('a line, or the number of those that are missing', () => {
  assert.deepEqual(lineShape.parse({ dropped: 3 }), { dropped: 3 });
  assert(!lineShape.safeParse({ at: 1, name: 'x' }).success);
});

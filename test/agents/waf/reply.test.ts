// Verdicts as answers: what the proxy is told, and that it takes whatever rules say.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow } from '#agent';
import { replyProblem } from '../../../agents/host-check.ts';
import type { Verdict } from '../../../agents/waf/engine.ts';
import { replyTo } from '../../../agents/waf/reply.ts';

const verdict = (changes: Partial<Verdict>): Verdict => ({
  kind: 'pass',
  status: undefined,
  location: undefined,
  ruleId: undefined,
  reason: undefined,
  ruleIds: [],
  tags: [],
  isUnfinished: false,
  score: undefined,
  ...changes,
});

test('nothing found: the answer that costs nothing', () => assert.equal(replyTo(verdict({})), allow()));

test('found and let pass: rules and score for the logs, no tags', () => {
  const { decision, audit } = replyTo(verdict({ ruleIds: [920350], tags: ['attack-protocol'], score: 3 }));
  assert.equal(decision.type, 'allow');
  assert.deepEqual([audit.ruleIds, audit.tags, audit.custom], [['920350'], [], { score: 3 }]);
});

test('a work budget that was spent is said, let pass or refused', () => {
  for (const kind of ['pass', 'deny'] as const) {
    const { audit } = replyTo(verdict({ kind, isUnfinished: true }));
    assert.deepEqual([audit.reasonCodes, audit.custom], [['work-budget'], { score: 0 }]);
  }
});

test('refused: a status, and nothing for the client that it could learn from', () => {
  const { decision } = replyTo(
    verdict({ kind: 'deny', status: 403, ruleId: 949110, reason: 'score', ruleIds: [942100], score: 5 }),
  );
  assert(decision.type === 'block');
  assert.deepEqual(
    [decision.status, decision.body, decision.ruleId, decision.reason],
    [403, undefined, '949110', 'score'],
  );
  assert.partialDeepStrictEqual(replyTo(verdict({ kind: 'drop' })).decision, { type: 'block', status: 403 });
});

test('redirected, with a status that redirects', () => {
  assert.deepEqual(replyTo(verdict({ kind: 'redirect', status: 301, location: '/sorry' })).decision, {
    type: 'redirect',
    url: '/sorry',
    status: 301,
  });
  assert.partialDeepStrictEqual(replyTo(verdict({ kind: 'redirect', status: 403, location: '/x' })).decision, {
    status: 302,
  });
});

test('whatever rules say, the proxy takes the answer', () => {
  const many = {
    kind: 'deny',
    status: 403,
    ruleIds: Array.from({ length: 500 }, (_, id) => id),
    tags: Array.from({ length: 500 }, () => '\0'.repeat(9000)),
    reason: 'x\0'.repeat(9000),
  } as const;
  assert.equal(replyProblem(replyTo(verdict(many))), undefined);
});

// Each action, and that the rule that denied is in the logs with every one of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerTo } from '../../../agents/denylist/answer.ts';
import type { Action } from '../../../agents/denylist/model.ts';

const denial = { ruleId: 'denylist-path', reason: 'because' };
const act: Action = { action: 'block', status: 451, body: 'no', redirectUrl: '/sorry', challengeType: 'proof-of-work' };

test('a block, a redirect, a challenge', () => {
  const blocked = answerTo(denial, act).decision;
  assert(blocked.type === 'block');
  assert.deepEqual([blocked.status, blocked.body, blocked.reason], [451, 'no', 'because']);
  const redirected = answerTo(denial, { ...act, action: 'redirect' });
  assert.deepEqual(redirected.decision, { type: 'redirect', url: '/sorry', status: 302 });
  const challenged = answerTo(denial, { ...act, action: 'challenge' });
  assert.deepEqual(challenged.decision, { type: 'challenge', challengeType: 'proof-of-work', params: {} });
  for (const reply of [redirected, challenged]) assert.deepEqual(reply.audit.reasonCodes, ['because']);
  for (const action of ['block', 'redirect', 'challenge'] as const)
    assert.deepEqual(answerTo(denial, { ...act, action }).audit.ruleIds, ['denylist-path']);
});

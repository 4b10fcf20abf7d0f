// Whom a verdict is owed to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { culpritsOf } from '../../../../agents/waf/desk/culprits.ts';
import { evaluate } from '../../../../agents/waf/desk/evaluate.ts';
import { ruleSetOf } from '../agent-support.ts';
import { form, scoringSet, storedOf } from '../store/support.ts';

const found = (request: ReturnType<typeof storedOf>, set = scoringSet()) =>
  culpritsOf(evaluate(set, request, true).transaction, request);

test('rules that added to the score, with what they looked at; not those that judge it', () => {
  const request = storedOf(scoringSet(), { target: '/?x=a%20<script>b&y=or%201=1' });
  assert.partialDeepStrictEqual(found(request), [
    { ruleId: 100, target: 'ARGS:x', message: 'Script', points: 5, matched: 'a <script>b', tags: ['attack-xss'] },
    { ruleId: 101, target: 'ARGS:y', message: 'SQL', points: 5 },
  ]);
});

test('a rule that refuses by itself; of a chain, what its first rule matched', () => {
  const set = ruleSetOf(
    `SecRule ARGS "@contains evil" "id:100,phase:2,deny,chain"\nSecRule REQUEST_METHOD "@streq GET" "t:none"`,
  );
  assert.partialDeepStrictEqual(found(storedOf(set, { target: '/?x=evil' }), set), [
    { ruleId: 100, target: 'ARGS:x', message: 'rule 100' },
  ]);
});

test('what was found in a secret is told from then, without the value', () => {
  const request = storedOf(scoringSet(), { method: 'POST', headers: form, body: 'password=<script' });
  assert.partialDeepStrictEqual(found(request), [
    { ruleId: 100, target: 'ARGS:password', message: 'Script', matched: undefined },
  ]);
});

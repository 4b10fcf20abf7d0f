// The narrowest exclusion, tried on the engine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../../../agents/waf/desk/evaluate.ts';
import { narrowest } from '../../../../agents/waf/desk/narrow.ts';
import { ruleSetOf } from '../agent-support.ts';
import { scoring, scoringSet, storedOf } from '../store/support.ts';

async function narrow(target: string, { rules = scoring, prefix }: { rules?: string; prefix?: string } = {}) {
  const set = ruleSetOf(rules);
  const request = storedOf(set, { target });
  const loadWith = (text: string) => Promise.resolve(ruleSetOf(`${text}\n${rules}`));
  return narrowest(request, evaluate(set, request, true), { id: 9_980_001, prefix }, loadWith);
}

test('each rule and each target that was found, on that path', async () => {
  const found = await narrow('/a/../b?x=<script&y=or%201=1&z=<script');
  assert.partialDeepStrictEqual(found, {
    path: '/b',
    passes: true,
    hidden: [],
    rules: [
      { ruleId: 100, targets: ['ARGS:x', 'ARGS:z'] },
      { ruleId: 101, targets: ['ARGS:y'] },
    ],
  });
});

test('what alone would not have stopped it stays as it is', async () => {
  const rules = scoring.replace('pl1=+5"\nSecRule &ARGS', 'pl1=+3"\nSecRule &ARGS');
  assert.notEqual(rules, scoring);
  assert.partialDeepStrictEqual(await narrow('/b?y=or%201=1&x=<script', { rules }), {
    passes: true,
    rules: [{ ruleId: 100, targets: ['ARGS:x'] }],
  });
});

test('a count cannot be left out, so the rule goes, on that path', async () => {
  const many = Array.from({ length: 9 }, (_, index) => `a${index}=1`).join('&');
  assert.partialDeepStrictEqual(await narrow(`/b?${many}`), { passes: true, rules: [{ ruleId: 102, targets: [] }] });
});

test('what one rule hid comes to light behind it', async () => {
  const rules = `SecRule ARGS "@contains evil" "id:1,phase:1,deny"\nSecRule ARGS:x "@contains bad" "id:2,phase:2,deny"`;
  assert.partialDeepStrictEqual(await narrow('/?x=evil%20bad', { rules }), {
    passes: true,
    rules: [{ ruleId: 1 }, { ruleId: 2 }],
  });
});

test('for all paths that begin so, if asked', async () => {
  const found = await narrow('/posts/17/edit?x=<script', { prefix: '/posts/' });
  assert.match(found?.text ?? '', /"@beginsWith \/posts\/"/);
});

test('nothing was found: nothing is proposed', async () => {
  const request = storedOf(scoringSet(), { target: '/?x=<script' });
  const fine = { ...request, target: '/?x=1', findings: [] };
  const loadWith = () => Promise.reject(new Error('nobody loads anything'));
  assert.equal(
    await narrowest(fine, evaluate(scoringSet(), fine, true), { id: 1, prefix: undefined }, loadWith),
    undefined,
  );
});

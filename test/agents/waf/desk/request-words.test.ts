// Everything about one refused request.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainRequest } from '../../../../agents/waf/desk/request-words.ts';
import { ruleSetOf } from '../agent-support.ts';
import { scoring, scoringSet, storedOf } from '../store/support.ts';

const set = scoringSet();
const loadWith = (text: string) => Promise.resolve(ruleSetOf(`${text}\n${scoring}`));
const requests = ['/a?x=<script', '/a?x=<script%20', '/b?x=<script'].map((target) => storedOf(set, { target }));
const sources = { ruleSet: set, loadWith, recorded: () => requests };
const asked = { id: 9_980_001, prefix: undefined };

test('why, the narrowest exclusion, and what else it would let pass', async () => {
  const [request = assert.fail()] = requests;
  assert.partialDeepStrictEqual(await explainRequest(request, sources, asked), {
    request: { verdict: 'blocked', route: 'r' },
    now: 'blocked',
    threshold: 5,
    culprits: [{ ruleId: 100, target: 'ARGS:x' }],
    isReply: false,
    exclusion: { passes: true, proof: { requests: 3, nowPass: 2, nowRefused: 0 } },
  });
});

test('a refused reply has no exclusion here', async () => {
  const [request = assert.fail()] = requests;
  const reply = { ...request, phase: 4 };
  assert.partialDeepStrictEqual(await explainRequest(reply, sources, asked), { isReply: true, exclusion: undefined });
});

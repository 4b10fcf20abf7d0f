// Which verdicts differ between two sets of rules, on the same recordings.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from '../../../../agents/waf/desk/compare.ts';
import { ruleSetOf } from '../agent-support.ts';
import { scoring, scoringSet, storedOf } from '../store/support.ts';

const set = scoringSet();
const requests = ['/a?x=<script', '/a?x=<script&y=1', '/b?x=or%201=1', '/c?x=fine'].map((target, index) =>
  storedOf(set, { target, id: `r${index}` }),
);

test('of two sets: what passes now, what is refused now, where', () => {
  const other = ruleSetOf(scoring.replace('@contains <script', '@contains fine'));
  assert.partialDeepStrictEqual(compare(requests, set, other), {
    requests: 4,
    refused: 3,
    nowPass: 2,
    nowRefused: 1,
    unlikeThen: 0,
    places: [
      { place: 'GET /a', requests: 2 },
      { place: 'GET /c', requests: 1 },
    ],
  });
});

test('of what was recorded and a set: how often the recording is not borne out is said', () => {
  const forgotten = { ...requests[0], target: '/a?x=xxx' } as (typeof requests)[0];
  assert.partialDeepStrictEqual(compare([forgotten], undefined, set), { nowPass: 1, unlikeThen: 0 });
  assert.partialDeepStrictEqual(compare([forgotten], set, set), { nowPass: 0, unlikeThen: 1 });
});

// Refusals looked at together.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupsOf, topRules } from '../../../../agents/waf/desk/groups.ts';
import { scoringSet, storedOf } from '../store/support.ts';

const set = scoringSet();
const requests = [
  storedOf(set, { target: '/a?x=<script&y=or%201=1', client: '192.0.2.9' }),
  storedOf(set, { target: '/a?x=<script&y=or%201=1', client: '192.0.2.9' }),
  storedOf(set, { target: '/b?x=<script', client: '192.0.2.1' }),
  storedOf(set, { target: '/b?x=<script', client: '192.0.2.2' }),
];

test('rules by how often they found something, each request once', () => {
  assert.deepEqual(
    topRules(requests).map(({ ruleId, requests: count, clients, where }) => [ruleId, count, clients, where[0]?.target]),
    [
      [100, 4, 3, 'ARGS:x'],
      [101, 2, 1, 'ARGS:y'],
    ],
  );
});

test('groups by path, rules and targets; those that most clients met come first', () => {
  assert.deepEqual(
    groupsOf(requests).map(({ place, requests: count, clients }) => [place, count, clients]),
    [
      ['GET /b', 2, 2],
      ['GET /a', 2, 1],
    ],
  );
});

test('what passed, and what a reply was refused for, is in no group', () => {
  const [one = assert.fail()] = requests;
  assert.deepEqual(
    groupsOf([
      { ...one, verdict: 'passed' },
      { ...one, phase: 4 },
    ]),
    [],
  );
});

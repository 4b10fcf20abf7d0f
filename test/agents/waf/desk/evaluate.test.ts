// A recording, evaluated again: the same verdict by the same rules, route and body included.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate, standingOf } from '../../../../agents/waf/desk/evaluate.ts';
import { ruleSetOf, toldBy } from '../agent-support.ts';
import { form, scoring, scoringSet, storedOf } from '../store/support.ts';

test('blocked stays blocked, and what the mode says is heard', () => {
  const request = storedOf(scoringSet(), { method: 'POST', headers: form, body: 'x=<script' });
  assert.equal(standingOf(evaluate(scoringSet(), request)), 'blocked');
  const looking = ruleSetOf(scoring, toldBy('waf { mode "detection" }'));
  assert.equal(standingOf(evaluate(looking, request)), 'detected');
  assert.equal(standingOf(evaluate(scoringSet(), { ...request, body: 'x=fine' })), 'passed');
});

test('the words of its route hold', () => {
  const request = storedOf(scoringSet(), { target: '/?x=<script' });
  const set = ruleSetOf(scoring, toldBy('waf { }', 'waf { mode "detection" }'));
  assert.equal(standingOf(evaluate(set, request)), 'detected');
  assert.equal(standingOf(evaluate(set, { ...request, route: 'other' })), 'blocked');
});

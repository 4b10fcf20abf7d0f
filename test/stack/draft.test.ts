// The words in which the policy changes a state: each change with its action, and ids that are never used twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Draft, isUp } from '../../stack/draft.ts';
import { initialState } from '../../stack/state.ts';
import { agent, planOf, worker } from './playbook.ts';

function draft() {
  return new Draft(initialState(planOf([agent('waf'), worker(1)], 9000), 0), 10);
}

test('a change is seen in what comes out, not in what went in', () => {
  const before = initialState(planOf([agent('waf')]), 0);
  const changed = new Draft(before, 10);
  changed.become('waf', 'ready', { score: 3 });
  assert.equal(before.children.get('waf')?.phase, 'waiting');
  assert.partialDeepStrictEqual(changed.decision().state.children.get('waf'), { phase: 'ready', since: 10, score: 3 });
});

test('whoever comes has an id of its own, and the name stays that of the one who is', () => {
  const one = draft();
  const coming = [one.add(agent('waf'), 'coming'), one.add(agent('waf'), 'coming')].map(({ id }) => id);
  assert.deepEqual(coming, ['waf+1', 'waf+2']);
  assert.equal(one.current('waf')?.id, 'waf');
  assert.equal(one.coming('waf')?.id, 'waf+1');
  assert.equal(one.add(agent('other'), 'current').id, 'other');
  one.remove('waf+1');
  assert.equal(one.has('waf+1'), false);
});

test('a start gives a process and its time, unless the time runs already', () => {
  const one = draft();
  one.start(one.child('waf'));
  one.start(one.child('proxy/1'), true);
  assert.deepEqual(
    one.decision().actions.map(({ type }) => type),
    ['spawn', 'schedule', 'spawn'],
  );
});

test('who is held back has no deadline until it is let go, and counts as up', () => {
  const one = draft();
  one.load(one.child('proxy/1'));
  assert(isUp(one.child('proxy/1')));
  one.letGo(one.child('proxy/1'));
  assert.deepEqual(
    one.decision().actions.map(({ type }) => type),
    ['load', 'let-go', 'schedule'],
  );
  assert.equal(one.child('proxy/1').phase, 'starting');
});

test('deadlines of a drain: workers the time of the stack and a margin, agents less, nobody in a hurry', () => {
  const one = draft();
  assert.deepEqual([one.drainMs('worker'), one.drainMs('agent')], [10_000, 5000]);
  one.hurry();
  assert.deepEqual([one.drainMs('worker'), one.drainMs('agent')], [0, 0]);
});

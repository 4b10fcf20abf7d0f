// The state as operators see it: order, roles, and times of the day.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusOf } from '../../stack/status.ts';
import { agent, begin, exited, planOf, playbook, ready, worker } from './playbook.ts';

const clock = { now: 1000, today: 1_700_000_000_000 };
const known = {
  config: { file: undefined, sha256: 'ab', loadedAt: 1 },
  reloads: { unchanged: 0, applied: 0, refused: 0, 'rolled-back': 0 },
  startedAt: 2,
};
const unseen = { pid: undefined, memoryBytes: undefined, cpuSeconds: undefined, cpuShare: undefined };

test('agents, then workers, those that leave behind the ones that follow', () => {
  const story = playbook([agent('waf'), worker(1)])
    .tell(begin, ready('waf'), ready('proxy/1'))
    .tell({ type: 'reload', plan: planOf([agent('waf'), worker(1, { config: '{"a":1}' })]) }, ready('proxy/1+1'));
  const { children, phase, changing } = statusOf(story.state, () => unseen, clock, known);
  assert.deepEqual(
    children.map(({ name, role, state }) => [name, role, state]),
    [
      ['waf', 'current', 'ready'],
      ['proxy/1', 'current', 'ready'],
      ['proxy/1', 'leaving', 'stopping'],
    ],
  );
  assert.deepEqual([phase, changing], ['running', undefined]);
});

test('an exit, the next try and what is observed', () => {
  const story = playbook([agent('waf'), worker(1)]).tell(begin, ready('waf'), ready('proxy/1'), exited('waf', 7));
  const observed = { ...unseen, pid: 42, memoryBytes: 5 };
  const [waf] = statusOf(story.state, () => observed, clock, known).children;
  assert.partialDeepStrictEqual(waf, {
    name: 'waf',
    state: 'backoff',
    pid: 42,
    memoryBytes: 5,
    failureMode: 'closed',
    readyMs: 0,
    lastExit: { code: 7, signal: null, at: clock.today },
    nextTryAt: clock.today + 200,
    since: clock.today,
  });
});

test('it is plain data', () => {
  const story = playbook([agent('waf'), worker(1)]).tell(begin);
  const status = statusOf(story.state, () => unseen, clock, known);
  assert.deepEqual(JSON.parse(JSON.stringify(status)).children[0].name, 'waf');
});

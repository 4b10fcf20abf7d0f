// The state before the first event.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialState } from '../../stack/state.ts';
import { agent, planOf, worker } from './playbook.ts';

test('every child of the plan waits, by its name, in order', () => {
  const state = initialState(planOf([agent('waf'), worker(1)]), 5);
  assert.deepEqual([...state.children.keys()], ['waf', 'proxy/1']);
  for (const [name, child] of state.children)
    assert.partialDeepStrictEqual(child, { id: name, role: 'current', phase: 'waiting', since: 5, restarts: 0 });
  assert.partialDeepStrictEqual(state, { phase: 'new', change: undefined, killed: [] });
});

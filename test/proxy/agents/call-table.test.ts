// The table of calls against a plain map, over any order of coming and going: no id is there twice, all are found.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AgentCall } from '../../../proxy/agents/call.ts';
import { CallTable } from '../../../proxy/agents/call-table.ts';
import { callTo } from './support.ts';

function begin(table: CallTable): AgentCall {
  const call = callTo('/');
  call.id = table.freeId();
  table.add(call);
  return call;
}

test('whatever comes and goes, those that are here are found by their ids and no others', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 200 }), { maxLength: 300 }), (steps) => {
      const table = new CallTable();
      const here: AgentCall[] = [];
      const gone: AgentCall[] = [];
      for (const step of steps) {
        const leaving = step % 3 === 0 ? here.splice(step % Math.max(here.length, 1), 1) : [];
        for (const call of leaving) assert(table.remove(call));
        gone.push(...leaving);
        if (leaving.length === 0) here.push(begin(table));
      }
      assert.equal(table.size, here.length);
      for (const call of here) assert.equal(table.get(call.id), call);
      for (const call of gone) assert.deepEqual([table.get(call.id), table.remove(call)], [undefined, false]);
      assert.deepEqual(new Set(table.takeAll()), new Set(here));
      assert.equal(table.size, 0);
    }),
  );
});

test('one call that stays costs no id to the thousands that pass by', () => {
  const table = new CallTable();
  const stays = begin(table);
  const ids = new Set<number>([stays.id]);
  for (let index = 0; index < 10_000; index += 1) {
    const call = begin(table);
    ids.add(call.id);
    assert(table.remove(call));
  }
  assert.equal(ids.size, 10_001);
  assert.equal(table.get(stays.id), stays);
});

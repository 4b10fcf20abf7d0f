// Which rules are meant: ids, ranges, lists; expressions on tags and messages.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectBy } from '../../../../agents/waf/compile/select-rules.ts';

function selected(by: 'id' | 'tag' | 'msg', text: string): number[] {
  const selects = selectBy(by, text);
  assert(typeof selects === 'function', text);
  const rules = [
    { id: 1, tags: ['attack-sqli', 'paranoia-level/1'], message: 'SQL Injection' },
    { id: 20, tags: ['attack-xss'], message: undefined },
    { id: 300, tags: [], message: 'XSS' },
  ];
  return rules.filter(selects).map(({ id }) => id);
}

test('by id', () => {
  assert.deepEqual(selected('id', '20'), [20]);
  assert.deepEqual(selected('id', '1-20,300'), [1, 20, 300]);
  assert.deepEqual(selected('id', ' 2-19 300 '), [300]);
  for (const bad of ['', 'a', '2-1', '1-', '1-2-3', '99999999999']) assert('fault' in selectBy('id', bad), bad);
});

test('by expressions that match anywhere', () => {
  assert.deepEqual(selected('tag', 'sqli'), [1]);
  assert.deepEqual(selected('tag', '^attack-'), [1, 20]);
  assert.deepEqual(selected('msg', 'S'), [1, 300]);
  assert('fault' in selectBy('tag', '(') && 'fault' in selectBy('msg', ''));
});

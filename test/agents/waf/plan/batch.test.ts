// The values of a transaction, each for the rules that look at it: by variable, key and path.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce } from '../../../../agents/waf/compile/slices.ts';
import { Batch } from '../../../../agents/waf/plan/batch.ts';
import { judgedRules } from '../../../../agents/waf/plan/judged.ts';
import { newBudget } from '../../../../agents/waf/plan/known-values.ts';
import { Marks } from '../../../../agents/waf/plan/marks.ts';
import { begin, ruleSetOf } from '../support.ts';
import { scannerOf } from './support.ts';

const ruleSet = ruleSetOf(`
SecRule ARGS|!ARGS:skip "@rx bad" "id:1,phase:1,pass"
SecRule REQUEST_HEADERS:X-One "@rx bad" "id:2,phase:1,pass"
SecRule REQUEST_HEADERS "@rx bad" "id:3,phase:1,pass"
SecRule TX:a "@rx bad" "id:4,phase:1,pass"`);

function marked(target: string, headers: readonly (readonly [string, string])[]): readonly number[] {
  const judged = atOnce(judgedRules(ruleSet));
  const batch = new Batch(judged.phases[1] ?? [], 4, scannerOf(judged), newBudget());
  const transaction = begin(ruleSet);
  transaction.requestHead({ method: 'GET', target, protocol: 'HTTP/1.1', headers }, 0);
  const marks = new Marks(4);
  batch.judge(transaction.state, marks);
  assert.deepEqual([...batch.covered], [1, 1, 1, 0]);
  return [0, 1, 2, 3].filter((step) => marks.has(step));
}

test('by variable and key', () => {
  assert.deepEqual(marked('/?a=bad', []), [0]);
  assert.deepEqual(marked('/?SKIP=bad', []), []);
  assert.deepEqual(marked('/', [['x-one', 'bad']]), [1, 2]);
  assert.deepEqual(marked('/?a=good', [['X-Two', 'bad']]), [2]);
});

// The values of a transaction, each for the links that look at it: by variable, key and path, when they are there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newBudget } from '../../../../agents/waf/plan/known-values.ts';
import { Marks } from '../../../../agents/waf/plan/marks.ts';
import { Classes, placesOf } from '../../../../agents/waf/plan/places.ts';
import { begin, ruleSetOf } from '../support.ts';
import { judgedOf } from './support.ts';

const ruleSet = ruleSetOf(`
SecRule ARGS|!ARGS:skip "@rx bad" "id:1,phase:1,pass"
SecRule REQUEST_HEADERS:X-One "@rx bad" "id:2,phase:1,pass"
SecRule REQUEST_HEADERS "@rx bad" "id:3,phase:1,pass"
SecRule REQUEST_HEADERS_NAMES|ARGS_NAMES:bad "@rx bad" "id:4,phase:2,pass"
SecRule REQUEST_URI "@rx bad" "id:5,phase:2,pass"
SecRule ARGS_POST "@rx bad" "id:6,phase:2,pass"`);
const judged = judgedOf(ruleSet);
const places = placesOf(judged.links, new Classes(judged.scanner, newBudget()));

function marked(target: string, headers: readonly (readonly [string, string])[], body?: string) {
  const transaction = begin(ruleSet);
  transaction.requestHead({ method: 'POST', target, protocol: 'HTTP/1.1', headers }, 0);
  if (body !== undefined) transaction.state.body = { ...transaction.state.body, args: [['p', body]] };
  const marks = new Marks();
  const byArrival = [1, 2].map((arrival) => {
    for (const place of places) if (place.arrival === arrival) place.judge(transaction.state, marks);
    return [...marks.units].map((unit) => judged.links[unit]?.rule.id).sort();
  });
  return { byArrival, values: [...marks.units].map((unit) => marks.valuesOf(unit)) };
}

test('by variable and key', () => {
  assert.deepEqual(marked('/?a=bad', []).byArrival[0], [1, 5]);
  assert.deepEqual(marked('/?SKIP=ba', []).byArrival[0], []);
  assert.deepEqual(marked('/', [['x-one', 'bad']]).byArrival[0], [2, 3]);
  assert.deepEqual(marked('/?a=good', [['X-Two', 'bad']]).byArrival[0], [3]);
});

test('names that come again, and values of theirs that do not', () => {
  for (const value of ['1', '2', '2'])
    assert.deepEqual(marked('/', [['x-bad', value]]), { byArrival: [[4], [4]], values: [['x-bad']] });
  assert.deepEqual(marked('/?bad=1', []).byArrival[0], [4, 5]);
});

test('what the body brings comes later, and only for the phase that sees it', () => {
  assert.deepEqual(marked('/', [], 'bad').byArrival, [[], [6]]);
});

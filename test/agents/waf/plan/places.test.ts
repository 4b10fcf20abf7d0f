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

// How much is done is counted, not timed: a table whose rows were found by a few letters once had names that differ in a
// digit push each other out, and a body of JSON cost three times as much with every answer still right.
for (const names of [60, 500]) {
  test(`${names} names of JSON that are alike, and what is under them, are not read again`, (t) => {
    const set = ruleSetOf('SecRule ARGS|ARGS_NAMES "@rx bad" "id:1,phase:2,pass"');
    const { links, scanner } = judgedOf(set);
    const own = placesOf(links, new Classes(scanner, newBudget())).filter(({ arrival }) => arrival === 2);
    const { state } = begin(set);
    const args = Array.from({ length: names }, (_, at) => [`json.items.${at}.name`, `value of ${at}`] as const);
    state.body = { ...state.body, args };
    const scans = t.mock.method(scanner, 'scan').mock;
    const scansOfARound = () => {
      const before = scans.callCount();
      for (const place of own) place.judge(state, new Marks());
      return scans.callCount() - before;
    };
    assert.equal(scansOfARound(), 2 * names);
    for (let round = 0; round < 100; round += 1) scansOfARound(); // where nothing was known, it is not looked for a while
    assert.equal(scansOfARound(), 0);
  });
}

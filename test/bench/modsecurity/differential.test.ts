// A difference is taken by the first reason that holds, one without a reason stays, and sums follow the rules they add.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differencesOf, explain, keyOf, reasons, tableOf } from './differential.ts';

const request = (name: string) => ({ name, method: 'GET', target: '/', protocol: 'HTTP/1.1', headers: [] });

test('taken by a reason, left without one, and following from another', () => {
  const differences = [
    ...differencesOf(request('a'), new Set([980170, 1]), new Set([1])),
    ...differencesOf(request('b'), new Set([1]), new Set([942131, 949110])),
    ...differencesOf(request('c'), new Set(), new Set([949110])),
  ];
  const comparison = explain(4, differences, []);
  assert.equal(comparison.equal, 1);
  assert.deepEqual(comparison.unexplained.map(keyOf), ['b 1 ours', 'c 949110 theirs']);
  assert.match(tableOf(comparison), /\| 942131 \| 1 \| 1 \|/);
});

test('what is said to go away with rewritten rules must have gone', () => {
  const reason = reasons.find(({ rewrite }) => rewrite !== undefined && rewrite('"@rx a"') !== '"@rx a"');
  assert(reason !== undefined);
  const differences = ['a', 'b'].flatMap((name) => differencesOf(request(name), new Set(), new Set([7])));
  const left = new Set(['b 7 theirs']);
  const { unexplained, explained } = explain(2, differences, [{ reason, left }]);
  assert.deepEqual(unexplained.map(keyOf), ['b 7 theirs']);
  assert(
    explained.some(({ title, differences: count, isProven }) => title === reason.title && count === 1 && isProven),
  );
});

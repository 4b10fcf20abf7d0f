// Clauses: put together they hold what each holds, and the share of one that holds more is never less.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Clause, hasMark, noClause, rarest, startMark, together } from '../../../../agents/waf/plan/clause.ts';

const text = fc.oneof(fc.constantFrom('or', 'select', 'is', '..', startMark, `${startMark}cat`), fc.string());
const byte = fc.integer({ min: 0, max: 255 });
const clause = fc.tuple(fc.uniqueArray(text), fc.uniqueArray(byte)).map(([texts, bytes]) => new Clause(texts, bytes));

test('clauses together hold all of their texts and bytes, each once', () => {
  const one = new Clause(['a1'], [1]);
  const both = together([one, noClause, new Clause(['b2', 'a1'])]);
  assert.deepEqual([both.texts, both.bytes], [['a1', 'b2'], [1]]);
  assert.equal(together([noClause, one]), one);
  assert.equal(together([]), noClause);
});

test('a share is one, and what holds more has no smaller one', () => {
  fc.assert(
    fc.property(clause, clause, (one, other) => {
      assert(one.share >= 0 && one.share <= 1);
      assert(together([one, other]).share >= one.share - 1e-9);
    }),
  );
  assert.equal(noClause.share, 0);
  assert.equal(new Clause([startMark]).share, 1, 'every value has a beginning');
});

test('rarer is less', () => {
  const [word, common] = [new Clause(['select']), new Clause(['or'])];
  assert(word.share < common.share && common.share < new Clause(['or', 'in']).share);
  assert.equal(rarest([common, word]), word);
  assert.equal(rarest([]), undefined);
});

test('a mark is seen at the beginning of a text', () => {
  assert(hasMark(['cat', `${startMark}ls`]));
  assert(!hasMark(['cat']));
});

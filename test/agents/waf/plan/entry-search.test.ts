// A search through the variables of TX finds what a search without a memory finds, and asks about an entry once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EntrySearch } from '../../../../agents/waf/plan/entry-search.ts';
import { Bag, type Entry } from '../../../../agents/waf/run/item.ts';
import { spend } from '../../../../agents/waf/run/work.ts';

const slots = new Map([
  ['a', 0],
  ['b', 1],
]);
const isSought = ({ value }: Entry): boolean => value === 'sought';

test('as without a memory', () => {
  const search = new EntrySearch();
  const change = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('x', 'y', 'sought', undefined));
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 6 }), (turns) => {
      const bag = new Bag(slots);
      for (const changes of turns) {
        for (const [name, value] of changes) value === undefined ? bag.delete(name) : bag.set(name, value);
        assert.equal(
          search.some(bag, isSought),
          bag.items('TX').some(({ value }) => value === 'sought'),
        );
      }
    }),
  );
});

test('an entry is asked about once, until all is forgotten, or where it cost work', () => {
  const bag = new Bag(slots);
  for (const name of ['a', 'c', 'long']) bag.set(name, name === 'long' ? 'x'.repeat(2000) : name);
  const asked: string[] = [];
  const search = new EntrySearch();
  const ask = (is = ({ key }: Entry): boolean => asked.push(key) === 0): string => {
    asked.length = 0;
    assert(!search.some(bag, is));
    return asked.join();
  };
  assert.equal(ask(), 'a,c,long');
  assert.equal(ask(), 'long');
  search.forget();
  const costly = ({ key }: Entry): boolean => {
    spend(1);
    return asked.push(key) === 0;
  };
  assert.equal(ask(costly), 'a,c,long');
  assert.equal(ask(), 'a,c,long');
});

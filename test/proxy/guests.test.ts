// A list that is left in any order holds those who are there, and nobody twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Guest, Guests } from '../../proxy/guests.ts';

const guest = (): Guest => ({ place: -1, drain: () => undefined, cut: () => undefined });

test('whoever comes and goes, in any order: the list is what a set would hold', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9)), { maxLength: 60 }), (steps) => {
      const all = Array.from({ length: 10 }, guest);
      const guests = new Guests();
      const expected = new Set<Guest>();
      for (const [comes, index] of steps) {
        const one = all[index] as Guest;
        if (comes && !expected.has(one)) guests.add(one);
        if (!comes) guests.delete(one);
        if (comes) expected.add(one);
        else expected.delete(one);
        assert.equal(guests.count, expected.size);
        assert.deepEqual(new Set(guests.list()), expected);
      }
    }),
  );
});

test('who leaves while the list is walked is walked past, and the others are met', () => {
  const guests = new Guests();
  const met: number[] = [];
  const all = [0, 1, 2].map((number) => ({
    ...guest(),
    drain() {
      met.push(number);
      for (const other of all) guests.delete(other);
    },
  }));
  for (const one of all) guests.add(one);
  for (const one of guests.list()) one.drain();
  assert.deepEqual(met, [0, 1, 2]);
  assert.equal(guests.count, 0);
});

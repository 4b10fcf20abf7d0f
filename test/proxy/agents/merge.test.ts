// Changes of several agents, folded: the same headers come out however the trunk applies them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HeaderMutation } from '#protocol/message';
import { HeaderChanges } from '../../../proxy/agents/merge.ts';

type Headers = readonly (readonly [string, string])[];

const set = (name: string, value: string): HeaderMutation => ({ op: 'set', name, value });
const add = (name: string, value: string): HeaderMutation => ({ op: 'add', name, value });
const remove = (name: string): HeaderMutation => ({ op: 'remove', name, value: '' });

function changesOf(...replies: HeaderMutation[][]): HeaderChanges {
  return replies.reduce((changes, reply) => changes.and(reply), HeaderChanges.none);
}

test('within one reply: remove, then set, then add, whatever the order in the list', () => {
  assert.deepEqual(changesOf([add('A', '2'), set('a', '1'), remove('A')]).list(), [set('a', '1'), add('A', '2')]);
});

test('a later agent undoes an earlier one', () => {
  assert.deepEqual(changesOf([set('A', '1'), add('A', '2')], [remove('a')]).list(), [remove('a')]);
  assert.deepEqual(changesOf([remove('A')], [add('A', '1')]).list(), [remove('A'), add('A', '1')]);
  assert.deepEqual(changesOf([add('A', '1')], [set('A', '2')]).list(), [set('A', '2')]);
});

test('applied to headers, others keep their place', () => {
  const headers: Headers = [
    ['Host', 'h'],
    ['X', '1'],
    ['Y', '2'],
    ['x', '3'],
  ];
  const changes = changesOf([set('X', 'new'), add('Y', 'more'), remove('Z')]);
  assert.deepEqual(changes.applyTo(headers), [
    ['Host', 'h'],
    ['Y', '2'],
    ['X', 'new'],
    ['Y', 'more'],
  ]);
  assert.equal(changesOf([]).applyTo(headers), headers);
});

const name = fc.constantFrom('a', 'A', 'b', 'c');
const value = fc.constantFrom('1', '2', '3');
const mutation = fc.oneof(
  name.map(remove),
  fc.tuple(name, value).map(([n, v]) => set(n, v)),
  fc.tuple(name, value).map(([n, v]) => add(n, v)),
);
const replies = fc.array(fc.array(mutation, { maxLength: 4 }), { maxLength: 4 });
const headers = fc.array(fc.tuple(name, value), { maxLength: 5 });

/** The protocol's words, with nothing folded. */
function applyPlainly(given: Headers, mutations: readonly HeaderMutation[]): Headers {
  return mutations.reduce<Headers>((now, one) => {
    const others = now.filter(([other]) => other.toLowerCase() !== one.name.toLowerCase());
    if (one.op === 'remove') return others;
    return [...(one.op === 'set' ? others : now), [one.name, one.value]];
  }, given);
}

const grouped = (list: readonly HeaderMutation[]) =>
  (['remove', 'set', 'add'] as const).flatMap((op) => list.filter((one) => one.op === op));
const comparable = (given: Headers) =>
  Object.groupBy(
    given.map(([n, v]) => [n.toLowerCase(), v] as const),
    ([n]) => n,
  );

test('folded one after the other, folded and grouped, and applyTo all give what the protocol says', () => {
  fc.assert(
    fc.property(replies, headers, (given, before) => {
      const expected = comparable(given.reduce<Headers>((now, reply) => applyPlainly(now, grouped(reply)), before));
      const changes = changesOf(...given);
      assert.deepEqual(comparable(applyPlainly(before, changes.list())), expected);
      assert.deepEqual(comparable(applyPlainly(before, grouped(changes.list()))), expected);
      assert.deepEqual(comparable(changes.applyTo(before)), expected);
    }),
  );
});

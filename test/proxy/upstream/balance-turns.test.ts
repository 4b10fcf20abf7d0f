// By turns and by load: what tells the three apart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeastConnections, RoundRobin, WeightedLeastConnections } from '../../../proxy/upstream/balance-turns.ts';
import { askerOf, targetsOf } from './candidates.ts';

test('round robin: in their order, by weight, one who is out does not disturb it', () => {
  const list = targetsOf(1, 1, 1);
  const balancer = new RoundRobin(list);
  const next = (count: number) => Array.from({ length: count }, () => list.indexOf(balancer.pick(askerOf())!)).join('');
  assert.equal(next(6), '012012');
  list[1]!.isAvailable = false;
  assert.equal(next(4), '0202');
});

test('requests that take long: least connections shares them out, by weight', () => {
  const list = targetsOf(3, 1);
  const balancer = new LeastConnections(list);
  for (let count = 0; count < 8; count += 1) balancer.pick(askerOf())!.active += 1;
  assert.deepEqual(
    list.map(({ active }) => active),
    [6, 2],
  );
  list[1]!.active = 0;
  assert.equal(balancer.pick(askerOf()), list[1]);
});

test('weighted least connections counts the request itself: the strong first', () => {
  const list = targetsOf(4, 1);
  const balancer = new WeightedLeastConnections(list);
  const order = Array.from({ length: 5 }, () => {
    const target = balancer.pick(askerOf())!;
    target.active += 1;
    return list.indexOf(target);
  });
  assert.deepEqual(order.slice(0, 3), [0, 0, 0]);
  assert.deepEqual(order.toSorted(), [0, 0, 0, 0, 1]);
});

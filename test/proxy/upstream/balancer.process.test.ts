// Each of the fifteen algorithms, by what holds for all of them: everybody gets a share, by weight; who is out, tried or
// without weight gets nothing; who comes back is picked again; and where there is nobody, there is nobody.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fieldOf } from '#config/field';
import { balancing } from '#config/schema-balance';
import { needsMeasures } from '../../../proxy/upstream/balancer.ts';
import {
  algorithmNames,
  askerOf,
  assertShares,
  balancerOf,
  clientOf,
  equalTargets,
  shares,
  targetsOf,
  upstreamConfig,
} from './candidates.ts';

const asking = (index: number) => askerOf({ ip: clientOf(index) });
const hashing = new Set(['ip-hash', 'consistent-hash', 'maglev']);

test('there are fifteen, and the language has the same', () => {
  assert.equal(algorithmNames.length, 15);
  assert.deepEqual(fieldOf(balancing.loadBalancing).choices, algorithmNames);
});

for (const name of algorithmNames) {
  suite(name, () => {
    test('equal targets get equal shares', () => {
      const list = equalTargets(5);
      assertShares(shares(list, balancerOf(name, list), 5000, asking), [1, 1, 1, 1, 1], hashing.has(name) ? 0.25 : 0.1);
    });

    test('weights count', () => {
      const list = targetsOf(1, 3);
      const isStrict = name === 'weighted-least-connections'; // on a quiet day the strong get all
      const found = shares(list, balancerOf(name, list), 4000, asking);
      if (isStrict) assert.deepEqual(found, [0, 4000]);
      else if (name === 'peak-ewma') assert(found[1]! > 2 * found[0]!, String(found));
      else assertShares(found, [1, 3], hashing.has(name) ? 0.25 : 0.12);
    });

    test('half a factor is half a share', () => {
      const list = targetsOf(2, 2);
      list[0]!.weightFactor = 0.5;
      const found = shares(list, balancerOf(name, list), 4000, asking);
      if (name === 'weighted-least-connections') assert.deepEqual(found, [0, 4000]);
      else assert(found[0]! > 0.15 * 4000 && found[0]! < 0.42 * 4000, String(found));
    });

    test('who is out gets nothing until it is back; the others have it all', () => {
      const list = equalTargets(4);
      const balancer = balancerOf(name, list);
      list[2]!.isAvailable = false;
      const without = shares(list, balancer, 600, asking);
      assert.equal(without[2], 0);
      assert(
        without.every((count, index) => index === 2 || count > 80),
        String(without),
      );
      list[2]!.isAvailable = true;
      assert(shares(list, balancer, 600, asking)[2]! > 0);
    });

    test('a weight of 0 gets nothing new', () => {
      const list = targetsOf(1, 0, 1);
      assert.equal(shares(list, balancerOf(name, list), 300, asking)[1], 0);
    });

    test('tried targets are left out, one after the other, until none is left', () => {
      const list = equalTargets(3);
      const balancer = balancerOf(name, list);
      for (let client = 0; client < 50; client += 1) {
        const tried: typeof list = [];
        for (let attempt = 0; attempt < 3; attempt += 1) {
          const next = balancer.pick(askerOf({ ip: clientOf(client), tried }));
          assert(next !== undefined && !tried.includes(next));
          tried.push(next);
        }
        assert.equal(balancer.pick(askerOf({ ip: clientOf(client), tried })), undefined);
      }
      for (const one of list) one.isAvailable = false;
      assert.equal(balancer.pick(askerOf()), undefined);
    });

    test('of a hundred with one left, that one is found', () => {
      const list = equalTargets(100);
      const balancer = balancerOf(name, list);
      for (const one of list) one.isAvailable = false;
      list[77]!.isAvailable = true;
      assert.equal(shares(list, balancer, 50, asking)[77], 50);
    });
  });
}

test('only what judges targets by measures asks for them, also behind a cookie', () => {
  const needs = (keys: string) => needsMeasures(upstreamConfig(keys));
  assert.equal(needs(''), false);
  assert.equal(needs('load-balancing "adaptive"'), true);
  assert.equal(needs('load-balancing "sticky"; sticky { secret-file "secret"; fallback "peak_ewma" }'), true);
  assert.equal(needs('load-balancing "sticky"; sticky { secret-file "secret" }'), false);
});

// Picking: shares by weight, smoothly; the least busy; chance; and never one that has been tried.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { TimerWheel } from '../../../proxy/timers.ts';
import { algorithms, Target, Upstream } from '../../../proxy/upstream/pick.ts';
import { Pool } from '../../../proxy/upstream/pool.ts';

const around = { timers: new TimerWheel(() => 0), usesFastSockets: true };
const targets = (...weights: number[]): Target[] =>
  weights.map(
    (weight, index) =>
      new Target(
        'abc'[index] ?? '',
        weight,
        new Pool({ kind: 'unix', path: '/none' }, { idleMax: 1, idleMs: 1 }, around),
      ),
  );
const names = (list: readonly Target[], name: keyof typeof algorithms, count: number, chance = () => 0): string =>
  Array.from({ length: count }, () => algorithms[name](list, chance)?.name).join('');

test('round robin is smooth: 5, 1, 1 is never five in a row', () => {
  assert.equal(names(targets(5, 1, 1), 'round-robin', 7), 'aabacaa');
  assert.equal(names(targets(1, 1, 1), 'round-robin', 6), 'abcabc');
});

test('least connections counts for the weight, and shares a quiet day', () => {
  const list = targets(2, 1);
  assert.equal(names(list, 'least-connections', 3), 'aba');
  const [first, second] = list;
  assert(first !== undefined && second !== undefined);
  first.active = 3;
  second.active = 1;
  assert.equal(names(list, 'least-connections', 2), 'bb');
  first.active = 1;
  assert.equal(names(list, 'least-connections', 2), 'aa');
});

test('random follows the weights', () => {
  const list = targets(3, 1);
  assert.equal([0, 0.5, 0.74, 0.75, 0.99].map((value) => algorithms.random(list, () => value)?.name).join(''), 'aaabb');
});

test('a tried target is left out; when all have been tried there is none', () => {
  const loaded = loadText(
    't.kdl',
    'schema-version "1"\nlisteners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "r" { upstream "u" } }\nupstreams { upstream "u" { target "127.0.0.1:1"; target "127.0.0.1:2" weight=100 } }',
  );
  assert(loaded.ok && loaded.config.upstreams[0] !== undefined);
  const upstream = new Upstream(loaded.config.upstreams[0], around);
  const [one, two] = upstream.targets;
  assert(one !== undefined && two !== undefined);
  assert.equal(upstream.pick([two]), one);
  assert.equal(upstream.pick([one, two]), undefined);
});

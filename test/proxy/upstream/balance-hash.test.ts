// By key: what is alike stays together, shares are as even as promised, and when one target leaves its keys move and the
// others stay: exactly, or within the stated bound.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Candidate } from '../../../proxy/upstream/balance.ts';
import type { AlgorithmName } from '../../../proxy/upstream/balancer.ts';
import {
  type Asking,
  askerOf,
  assertShares,
  balancerOf,
  clientOf,
  equalTargets,
  movedKeys,
  shares,
  type TestTarget,
  targetsOf,
} from './candidates.ts';

const keyCount = 10_000;
const clients = Array.from({ length: keyCount }, (_, index) => askerOf({ ip: clientOf(index) }));

const placesOf = (name: AlgorithmName, list: readonly TestTarget[]): Array<Candidate | undefined> => {
  const balancer = balancerOf(name, list);
  return clients.map((client) => balancer.pick(client));
};

const hashing: ReadonlyArray<{
  readonly name: AlgorithmName;
  readonly uneven: number; // how far a share of ten may be from a tenth
  readonly movedMost: number; // of the keys of targets that stayed, when one leaves the configuration
}> = [
  { name: 'ip-hash', uneven: 0.1, movedMost: 0 },
  { name: 'consistent-hash', uneven: 0.25, movedMost: 0 },
  { name: 'maglev', uneven: 0.1, movedMost: 0.03 },
];

for (const { name, uneven, movedMost } of hashing) {
  suite(name, () => {
    test('ten targets share the keys', () => {
      const list = equalTargets(10);
      assertShares(
        shares(list, balancerOf(name, list), keyCount, (index) => clients[index]!),
        list.map(() => 1),
        uneven,
      );
    });

    test('weights', () => {
      const list = targetsOf(1, 2, 5, 2);
      assertShares(
        shares(list, balancerOf(name, list), keyCount, (index) => clients[index]!),
        [1, 2, 5, 2],
        uneven,
      );
    });

    test('one target is out: its keys go to all others, no other key moves, and all come back', () => {
      const list = equalTargets(10);
      const balancer = balancerOf(name, list);
      const pickAll = () => clients.map((client) => balancer.pick(client));
      const before = pickAll();
      list[3]!.isAvailable = false;
      const during = pickAll();
      const { moved, ofGone } = movedKeys(before, during, list[3]!.name);
      assert.equal(moved, 0);
      const heirs = Map.groupBy(
        during.filter((_, index) => before[index] === list[3]),
        (one) => one,
      );
      assert.equal(heirs.size, 9);
      for (const [, keys] of heirs) assert(keys.length < ofGone / 3, 'one heir gets too much');
      list[3]!.isAvailable = true;
      assert.deepEqual(pickAll(), before);
    });

    test('one target leaves the configuration: how many keys move', () => {
      const list = equalTargets(10);
      const before = placesOf(name, list);
      const after = placesOf(
        name,
        list.filter((_, index) => index !== 3),
      );
      const { moved, ofGone } = movedKeys(before, after, list[3]!.name);
      assert(ofGone > 0.07 * keyCount && ofGone < 0.13 * keyCount);
      assert(moved <= movedMost * keyCount, `${moved} of ${keyCount} keys moved that had no reason to`);
    });

    test('the order in the file does not matter', () => {
      const list = equalTargets(10);
      const [one, other] = [placesOf(name, list), placesOf(name, list.toReversed())];
      const moved = one.filter((target, index) => target?.name !== other[index]?.name).length;
      assert(moved <= 0.02 * keyCount, String(moved));
    });

    test('a slow starter gets the same keys each time, and keeps them as it grows', () => {
      const list = equalTargets(4);
      const balancer = balancerOf(name, list);
      const keysAt = (factor: number) => {
        list[0]!.weightFactor = factor;
        return new Set(clients.flatMap((client, index) => (balancer.pick(client) === list[0] ? [index] : [])));
      };
      const [few, more, all] = [keysAt(0.2), keysAt(0.6), keysAt(1)];
      assert(few.isSubsetOf(more) && more.isSubsetOf(all));
      assert(Math.abs(few.size / all.size - 0.2) < 0.05 && Math.abs(more.size / all.size - 0.6) < 0.05);
    });
  });
}

test('what a request is known by', () => {
  const list = equalTargets(20);
  const places = (by: string, askings: readonly Asking[]) => {
    const balancer = balancerOf('maglev', list, { keys: `hash { by ${by} }` });
    return new Set(askings.map((one) => balancer.pick(askerOf(one)))).size;
  };
  const many = (make: (index: number) => Asking) => Array.from({ length: 30 }, (_, index) => make(index));
  const fromAll = (one: Asking) => many((index) => ({ ip: clientOf(index), ...one }));
  assert.equal(
    places(
      '"client"',
      many((index) => ({ path: `/${index}` })),
    ),
    1,
  );
  assert.equal(places('"path"', fromAll({ path: '/same' })), 1);
  assert(
    places(
      '"path"',
      many((index) => ({ path: `/${index}` })),
    ) > 10,
  );
  assert.equal(places('"header"; of "X-Tenant"', fromAll({ lines: ['x-tenant: acme'] })), 1);
  assert(places('"header"; of "X-Tenant"', fromAll({})) > 10, 'without it, by client');
  assert.equal(places('"cookie"; of "session"', fromAll({ lines: ['Cookie: a=b; session=7'] })), 1);
  assert(
    places(
      '"cookie"; of "session"',
      many((index) => ({ lines: [`Cookie: session=${index}`] })),
    ) > 10,
  );
});

test('a key that everybody asks for does not drown its target: nobody is over its bound', () => {
  const list = equalTargets(10);
  const balancer = balancerOf('consistent-hash', list, { keys: 'hash { by "path"; max-load-percent 150 }' });
  for (let count = 1; count <= 1000; count += 1) {
    balancer.pick(askerOf({ path: '/hot' }))!.active += 1;
    const most = Math.max(...list.map(({ active }) => active));
    assert(most <= Math.ceil(1.5 * (count / 10)), `${most} of ${count} at one target`);
  }
  assert(list.filter(({ active }) => active > 0).length >= 7);
});

// The addresses of a target: used in turn, one that cannot be reached rests, and changes are noticed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveLimits } from '#config/limits';
import { parseAddress } from '#config/value';
import { Addresses } from '../../../proxy/upstream/resolve-addresses.ts';

function addresses(written: string): Addresses {
  const address = parseAddress(written);
  assert(address !== undefined);
  return new Addresses(address);
}

const nextOf = (list: Addresses, nowMs = 0): string => {
  const address = list.next(nowMs);
  return address === undefined ? '-' : address.kind === 'tcp' ? `${address.host} ${address.port}` : address.path;
};

test('an address is itself, in either version and on a Unix socket; a name has none yet', () => {
  assert.equal(nextOf(addresses('127.0.0.1:80')), '127.0.0.1 80');
  assert.equal(nextOf(addresses('[::1]:80')), '::1 80');
  assert.equal(nextOf(addresses('unix:/a')), '/a');
  const named = addresses('Shop.Example:80');
  assert.deepEqual([named.name, named.count, nextOf(named)], ['shop.example', 0, '-']);
});

test('all are used in turn; one that could not be reached rests while there are others', () => {
  const list = addresses('shop.example:80');
  assert.equal(list.set(['10.0.0.1', '10.0.0.2', '::1']), true);
  assert.deepEqual(
    [nextOf(list), nextOf(list), nextOf(list), nextOf(list)],
    ['10.0.0.1 80', '10.0.0.2 80', '::1 80', '10.0.0.1 80'],
  );
  list.rest({ kind: 'tcp', host: '10.0.0.2', port: 80 }, 0);
  assert.deepEqual([nextOf(list), nextOf(list), nextOf(list)], ['::1 80', '10.0.0.1 80', '::1 80']);
  for (const host of ['10.0.0.1', '::1']) list.rest({ kind: 'tcp', host, port: 80 }, 0);
  assert.notEqual(nextOf(list), '-', 'when all rest, one is used all the same');
  const later = Array.from({ length: 3 }, () => nextOf(list, resolveLimits.unreachableRestMs));
  assert.equal(new Set(later).size, 3);
});

test('a change is one of the set, not of the order', () => {
  const list = addresses('shop.example:80');
  list.set(['10.0.0.1', '10.0.0.2']);
  assert.deepEqual([list.set(['10.0.0.2', '10.0.0.1']), list.generation], [false, 1]);
  assert.deepEqual([list.set(['10.0.0.2']), list.generation], [true, 2]);
  assert.equal(list.has({ kind: 'tcp', host: '10.0.0.1', port: 80 }), false);
  assert.equal(list.has({ kind: 'tcp', host: '10.0.0.2', port: 80 }), true);
});

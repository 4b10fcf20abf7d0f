// Which addresses count as one client.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkKey } from '../../../proxy/request/client-network.ts';

const same = (one: string, other: string, v4: number, v6: number) =>
  networkKey(one, { v4, v6 }) === networkKey(other, { v4, v6 });

test('addresses of one prefix are one client, those beside it are not', () => {
  assert(same('192.0.2.1', '192.0.2.254', 24, 64));
  assert(!same('192.0.2.1', '192.0.3.1', 24, 64));
  assert(!same('192.0.2.1', '192.0.2.2', 32, 64));
  assert(same('192.0.2.1', '192.0.2.2', 30, 64) && !same('192.0.2.1', '192.0.2.4', 30, 64));
  assert(same('2001:db8::1', '2001:db8::ffff:1', 32, 64));
  assert(!same('2001:db8:0:1::1', '2001:db8:0:2::1', 32, 64));
  assert(same('2001:db8:0:10::', '2001:db8:0:1f::', 32, 60) && !same('2001:db8:0:1f::', '2001:db8:0:20::', 32, 60));
  assert(!same('2001:db8::1', '2001:db8::2', 32, 128));
  assert(!same('0.0.0.0', '::', 8, 16));
});

test('what is no address is itself', () => assert.equal(networkKey('unix', { v4: 24, v6: 64 }), 'unix'));

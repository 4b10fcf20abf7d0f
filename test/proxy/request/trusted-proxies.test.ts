// Whom the operator has named: networks, single addresses, Unix sockets, and nobody else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrustedProxies } from '../../../proxy/request/trusted-proxies.ts';

test('only who is written down is trusted', () => {
  const trusted = new TrustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', '2001:db8:ffff::1'])
    assert(trusted.has(address), address);
  for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', 'unix', '', '10.1.2.3, 10.1.2.3'])
    assert(!trusted.has(address), address);
});

test('a Unix socket is trusted by its word alone', () => {
  assert.deepEqual(
    [new TrustedProxies(['unix']).has('unix'), new TrustedProxies(['0.0.0.0/0', '::/0']).has('unix')],
    [true, false],
  );
});

test('nobody is trusted when nobody is named', () => {
  const nobody = new TrustedProxies([]);
  assert.deepEqual([nobody.isEmpty, nobody.has('127.0.0.1'), nobody.has('unix')], [true, false, false]);
});

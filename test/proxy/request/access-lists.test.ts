// Allowed and denied networks: one rule, no order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccessLists } from '../../../proxy/request/access-lists.ts';

const admits = (allow: readonly string[], deny: readonly string[], ip: string) =>
  AccessLists.of({ allow, deny })?.admits(ip);

test('who is denied is refused, and beside those allowed everybody', () => {
  assert.equal(AccessLists.of({ allow: [], deny: [] }), undefined);
  assert.equal(admits([], ['192.0.2.0/24'], '192.0.2.1'), false);
  assert.equal(admits([], ['192.0.2.0/24'], '192.0.3.1'), true);
  assert.equal(admits(['192.0.2.0/24', '2001:db8::/32'], [], '2001:db8::1'), true);
  assert.equal(admits(['192.0.2.0/24'], [], '192.0.3.1'), false);
  assert.equal(admits(['192.0.2.0/24'], ['192.0.2.7'], '192.0.2.7'), false);
  assert.equal(admits(['192.0.2.0/24'], ['192.0.2.7'], '192.0.2.8'), true);
});

test('a peer on a Unix socket is in no network', () => {
  assert.equal(admits(['0.0.0.0/0', '::/0'], [], 'unix'), false);
  assert.equal(admits([], ['0.0.0.0/0', '::/0'], 'unix'), true);
});

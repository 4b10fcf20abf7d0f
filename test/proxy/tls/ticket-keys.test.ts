// The keys of session tickets: the same for whoever has the secret, in the same stretch of time and for the same realm.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { msToRotation, ticketKeyAt } from '../../../proxy/tls/ticket-keys.ts';

test('a key holds for a stretch of time, a secret and a realm', () => {
  const key = ticketKeyAt('secret', 'web', 1000, 5500);
  assert.equal(key.length, 48);
  assert.deepEqual(ticketKeyAt('secret', 'web', 1000, 5999), key);
  const others = [
    ticketKeyAt('secret', 'web', 1000, 6000),
    ticketKeyAt('another', 'web', 1000, 5500),
    ticketKeyAt('secret', 'api', 1000, 5500),
  ];
  for (const other of others) assert.notDeepEqual(other, key);
});

test('the next key is due at the end of the stretch', () => {
  assert.deepEqual([msToRotation(1000, 5500), msToRotation(1000, 6000)], [500, 1000]);
});

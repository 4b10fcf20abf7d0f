// Who the client is: its own address, IPv4 as IPv4, a name for those without.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientAddressOf } from '../../../proxy/request/client-address.ts';

test('addresses as they are logged and passed on', () => {
  assert.deepEqual(clientAddressOf({ remoteAddress: '192.0.2.1', remotePort: 5 }), { ip: '192.0.2.1', port: 5 });
  assert.deepEqual(clientAddressOf({ remoteAddress: '::ffff:192.0.2.1', remotePort: 5 }), { ip: '192.0.2.1', port: 5 });
  assert.deepEqual(clientAddressOf({ remoteAddress: '2001:db8::1', remotePort: 5 }), { ip: '2001:db8::1', port: 5 });
  assert.deepEqual(clientAddressOf({ remoteAddress: undefined, remotePort: undefined }), { ip: 'unix', port: 0 });
});

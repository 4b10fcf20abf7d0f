// The wire of a session on a Unix socket: which encoding is chosen, and whether calls have numbers in it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SocketHostWire } from '../../agents/host-wire.ts';
import { socketPair } from '../support/socket-pair.ts';

test('of the encodings that both know the first offered is chosen, and JSON if there is none', async () => {
  await using pair = await socketPair();
  const wire = new SocketHostWire(pair.near, () => undefined);
  const offer = { supportedVersions: [2], proxyId: '', proxyVersion: '', config: null };
  for (const [offered, chosen] of [
    [['cbor', 'msgpack', 'json'], 'msgpack'],
    [['json', 'sentinel-binary'], 'json'],
    [['sentinel-binary'], 'sentinel-binary'],
    [[], 'json'],
  ] as const) {
    assert.equal(wire.choose({ ...offer, supportedEncodings: offered }), chosen);
    wire.use(chosen);
    assert.equal(wire.hasCallIds, chosen === 'sentinel-binary');
  }
  wire.destroy();
  assert(wire.isClosed);
});

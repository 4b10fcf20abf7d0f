// What the handshake says is what there are handlers for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow } from '#agent';
import { capabilitiesOf } from '../../agents/host-capabilities.ts';

test('an agent without handlers supports nothing, one with them what they are for', () => {
  assert.deepEqual(capabilitiesOf({ name: 'a' }).supportedEvents, []);
  const able = capabilitiesOf({ name: 'a', version: '3', onConfigure: () => [], onWebsocketFrame: () => allow() });
  assert.deepEqual(able.supportedEvents, ['configure', 'websocket_frame']);
  assert.deepEqual(
    [able.name, able.version, able.features.websocket, able.features.streamingBody],
    ['a', '3', true, false],
  );
});

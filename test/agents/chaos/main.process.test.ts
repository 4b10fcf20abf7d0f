// The program as it runs: every kind of fault, seen from the proxy's side of version 2.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendCancel, sendEvent } from '#protocol/codec-v2';
import { requestHeaders } from '../../../agents/testing.ts';
import { dialV2, startAgent, temporaryFolder } from '../support.ts';

const config = {
  faults: [
    { kind: 'error', percent: 100, paths: '/error', status: 500 },
    { kind: 'fault', percent: 100, paths: '/fault' },
    { kind: 'hang', percent: 100, paths: '/hang' },
    { kind: 'latency', percent: 100, paths: '/slow', 'latency-ms': 5 },
    { kind: 'crash', percent: 100, paths: '/crash' },
  ],
};

test('errors, delays, calls without an answer, and a process that ends', async () => {
  await using folder = await temporaryFolder();
  await using agent = await startAgent('agents/chaos/main.ts', folder.file('s'));
  await using client = await dialV2(folder.file('s'));
  await client.call(1, { type: 'configure', agentId: 'chaos', config, configVersion: undefined });
  assert.equal((await client.call(2, requestHeaders({ uri: '/' }))).decision.type, 'allow');
  const { decision } = await client.call(3, requestHeaders({ uri: '/error' }));
  assert(decision.type === 'block' && decision.status === 500);
  sendEvent(client.batch, 'sentinel-binary', 4, requestHeaders({ uri: '/hang' }));
  sendEvent(client.batch, 'sentinel-binary', 5, requestHeaders({ uri: '/fault' }));
  assert.equal((await client.next('failed')).callId, 5);
  assert.equal((await client.call(6, requestHeaders({ uri: '/slow' }))).decision.type, 'allow');
  assert.equal(
    client.messages.some((message) => message.type === 'reply' && message.callId === 4),
    false,
  );
  sendCancel(client.batch, 'sentinel-binary', 4, '', 'timeout');
  sendEvent(client.batch, 'sentinel-binary', 7, requestHeaders({ uri: '/crash' }));
  await client.closed;
  assert.equal((await agent.exit).exitCode, 1);
});

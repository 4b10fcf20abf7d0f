// The server of an agent drains: it says so, ends its connections, and then the agent may close what it has.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '#config/log';
import { HostServer } from '../../agents/host-server.ts';
import { dialV2, temporaryFolder } from './support.ts';

test('draining is told, connections end, and the agent is stopped last', async () => {
  await using folder = await temporaryFolder();
  const log = createLogger('test', 'error', { write: () => undefined });
  const order: string[] = [];
  const host = new HostServer({ name: 'test', onStop: () => void order.push('stopped') }, log);
  await new Promise<void>((done) => host.server.listen(folder.file('s'), done));
  await using client = await dialV2(folder.file('s'));
  void client.closed.then(() => order.push('closed'));
  await host.drain();
  await client.closed;
  assert.deepEqual((await client.next('health', ({ health }) => health.state.status === 'draining')).health.state, {
    status: 'draining',
    etaMs: 10_000,
  });
  assert(order.includes('stopped') && order.includes('closed'));
});

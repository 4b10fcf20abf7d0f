// Version 1 on a connection: what a proxy that goes away means to a handler. The rest is in host-connection.test.ts.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { allow } from '#agent';
import { createLogger } from '#config/log';
import { Answerer } from '../../agents/host-answer.ts';
import { HostConnection } from '../../agents/host-connection.ts';
import { HostStatus } from '../../agents/host-status.ts';
import { dial, requestHeaders, temporaryFolder, until } from './support.ts';

test('a proxy that closes the connection aborts the call', async () => {
  await using folder = await temporaryFolder();
  const log = createLogger('test', 'error', { write: () => undefined });
  let signal: AbortSignal | undefined;
  const agent = {
    name: 'test',
    onRequestHeaders: async (_: unknown, call: { signal: AbortSignal }) => {
      signal = call.signal;
      await new Promise((done) => call.signal.addEventListener('abort', done));
      return allow();
    },
  };
  const answerer = new Answerer(agent, log, new HostStatus('test'));
  const server = createServer((socket) => void new HostConnection(socket, answerer, log));
  await new Promise<void>((done) => server.listen(folder.file('s'), done));
  await using client = await dial(folder.file('s'));
  client.send(requestHeaders());
  await until('the handler runs', () => signal !== undefined);
  client.socket.destroy();
  await until('the signal', () => signal?.aborted === true);
  assert.equal(signal?.reason, 'client_disconnect');
  await new Promise((done) => server.close(done));
});

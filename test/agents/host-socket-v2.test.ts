// Version 2 on a real socket, as far as it is about bytes: what is no frame ends the connection, and says why in the log.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createLogger } from '#config/log';
import { Answerer } from '../../agents/host-answer.ts';
import { SocketSessionV2 } from '../../agents/host-socket-v2.ts';
import { HostStatus } from '../../agents/host-status.ts';
import { socketPair } from '../support/socket-pair.ts';

test('what is no frame ends the connection, with the reason in the log', async () => {
  await using pair = await socketPair();
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const session = new SocketSessionV2(pair.near, new Answerer({ name: 'a' }, log, new HostStatus('a')), log);
  session.push(Buffer.from([0, 0, 0, 0]));
  session.push(Buffer.from([0, 0, 0, 1, 0x77]));
  if (!pair.near.closed) await once(pair.near, 'close');
  session.close();
  assert.deepEqual(
    lines.map(({ fault }) => fault),
    ['a frame of length 0'],
  );
});

// The commands' end of the control socket: what the world does is an answer.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { askStack, followStack } from '../../../stack/api/client.ts';
import { outcomeShape, statusShape } from '../../../stack/api/shapes.ts';
import { folderWith } from '../../support/terminal.ts';
import { Standing } from '../standing.ts';

const status = { method: 'GET', path: '/v1/status', shape: statusShape } as const;

test('an answer, narrowed', async () => {
  await using stack = await Standing.open();
  const told = await askStack(stack.socketPath, status);
  assert(told.ok);
  assert.deepEqual([told.value.version, told.value.children[0]?.name], ['0.1.0', 'proxy/1']);
});

test('a refusal is the complaint that the stack made', async () => {
  await using stack = await Standing.open();
  const told = await askStack(stack.socketPath, { method: 'GET', path: '/v1/nothing', shape: statusShape });
  assert.equal(told.ok ? '' : told.complaint.code, 'control-not-found');
});

test('nobody there', async () => {
  const told = await askStack('/nonexistent/control.sock', status);
  assert.equal(told.ok ? '' : told.complaint.code, 'stack-not-running');
  const followed = await followStack(
    '/nonexistent/control.sock',
    '/v1/logs',
    () => undefined,
    new AbortController().signal,
  );
  assert.equal(followed.ok ? '' : followed.complaint.code, 'stack-not-running');
});

test('one that says nothing, and one that says something else', async () => {
  await using folder = await folderWith({});
  const socketPath = join(folder.path, 's');
  await using server = createServer((request, response) => {
    if (request.url === '/v1/reload') response.end('{"ok":"perhaps"}');
  }).listen(socketPath);
  await once(server, 'listening');
  const silent = await askStack(socketPath, { ...status, withinMs: 50 });
  assert.match(silent.ok ? '' : silent.complaint.what, /did not answer within/);
  const odd = await askStack(socketPath, { method: 'POST', path: '/v1/reload', shape: outcomeShape });
  assert.match(odd.ok ? '' : odd.complaint.what, /not understood/);
  server.closeAllConnections();
});

// The control socket on a real Unix socket: rights, bodies, bounds, the end.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { controlLimits } from '#config/limits';
import { openControlSocket } from '../../../stack/api/server.ts';
import { effect } from '../../support/effect.ts';
import { folderWith } from '../../support/terminal.ts';
import { Standing } from '../standing.ts';

async function ask(socketPath: string, method: string, path: string, body?: string) {
  const asking = request({ socketPath, method, path });
  asking.end(body);
  const [response] = await once(asking, 'response');
  let text = '';
  for await (const piece of response) text += piece;
  return { status: response.statusCode, data: JSON.parse(text), headers: response.headers };
}

test('only its user may use it; before there is a stack it says so', async () => {
  await using folder = await folderWith({});
  const path = join(folder.path, 'control.sock');
  const opened = await openControlSocket(path);
  assert(opened.ok);
  await using _door = opened.socket;
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.partialDeepStrictEqual(await ask(path, 'GET', '/v1/status'), {
    status: 409,
    data: { error: { code: 'stack-busy' } },
  });
});

effect('system.control-group', async () => {
  const group = (await readFile('/etc/group', 'utf8'))
    .split('\n')
    .find((line) => line.split(':')[2] === String(process.getgid?.()));
  await using folder = await folderWith({});
  const path = join(folder.path, 'control.sock');
  const opened = await openControlSocket(path, process.getgid?.());
  assert(opened.ok && group !== undefined);
  await using _door = opened.socket;
  const { mode, gid } = await stat(path);
  assert.deepEqual([mode & 0o777, gid], [0o660, process.getgid?.()]);
});

test('a path that cannot be one is a complaint', async () => {
  await using folder = await folderWith({});
  const long = join(folder.path, 'x'.repeat(120));
  await mkdir(long);
  const opened = await openControlSocket(join(long, 'control.sock'));
  assert(!opened.ok);
  assert.equal(opened.complaint.code, 'control-unusable');
});

test('a body is refused, and the connection ends with it', async () => {
  await using stack = await Standing.open();
  const answer = await ask(stack.socketPath, 'POST', '/v1/reload', 'now');
  assert.deepEqual([answer.status, answer.headers.connection], [400, 'close']);
  assert.deepEqual(stack.asked, []);
});

test('lines: wrong method, wrong query, too many who follow', async () => {
  await using stack = await Standing.open();
  assert.equal((await ask(stack.socketPath, 'POST', '/v1/logs')).status, 405);
  assert.equal((await ask(stack.socketPath, 'GET', '/v1/logs?lines=x')).status, 400);
  const over = new AbortController();
  for (let count = 0; count < controlLimits.followersMax; count += 1) {
    const asking = request({ socketPath: stack.socketPath, path: '/v1/logs?follow=1', signal: over.signal });
    asking.on('error', () => undefined).end();
    const [response] = await once(asking, 'response');
    response.on('error', () => undefined);
  }
  const refused = await ask(stack.socketPath, 'GET', '/v1/logs?follow=1');
  assert.deepEqual([refused.status, refused.data.error.code], [503, 'control-busy']);
  over.abort();
});

test('a mistake of ours is an answer with its code', async () => {
  await using stack = await Standing.open({ metrics: () => Promise.reject(new Error('oh')) });
  const { status, data } = await ask(stack.socketPath, 'GET', '/metrics');
  assert.deepEqual([status, data.error.code], [500, 'internal']);
});

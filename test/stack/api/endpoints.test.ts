// Every path of the control socket, and what is answered to what is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, endpoints } from '../../../stack/api/endpoints.ts';
import { report, Standing } from '../standing.ts';

test('status: everything as data, with rates', async () => {
  await using stack = await Standing.open({ reports: [report(1), report(2)] });
  const { status, body } = await answer(stack.served(), 'GET', '/v1/status');
  assert.equal(status, 200);
  assert.partialDeepStrictEqual(JSON.parse(body), { version: '0.1.0', phase: 'running', rates: { workers: {} } });
});

test('what acts reaches the child that is named, with or without an escaped slash', async () => {
  await using stack = await Standing.open();
  for (const path of [
    '/v1/reload',
    '/v1/restart',
    '/v1/children/proxy/1/restart',
    '/v1/children/proxy%2F2/stop',
    '/v1/children/waf/start',
  ]) {
    assert.equal((await answer(stack.served(), 'POST', path)).status, 200, path);
  }
  assert.deepEqual(stack.asked, ['reload', 'restart all', 'restart proxy/1', 'stop proxy/2', 'start waf']);
});

test('the configuration is shown with its hash', async () => {
  await using stack = await Standing.open();
  const { body } = await answer(stack.served(), 'GET', '/v1/config');
  assert.partialDeepStrictEqual(JSON.parse(body), { sha256: 'a91f0000', configuration: { listeners: {} } });
});

test('stopping tells what it cost', async () => {
  const stopped = { type: 'stack-stopped', ms: 9, killed: ['proxy/2'], connections: 4, cut: 1 } as const;
  await using stack = await Standing.open({ stopped });
  const { body } = await answer(stack.served(), 'POST', '/v1/stop');
  assert.deepEqual(JSON.parse(body), { ok: false, code: 5, ms: 9, killed: ['proxy/2'], connections: 4, cut: 1 });
});

test('metrics, where somebody gathers them', async () => {
  await using without = await Standing.open();
  assert.equal((await answer(without.served(), 'GET', '/metrics')).status, 404);
  await using stack = await Standing.open({ metrics: async () => 'up 1\n' });
  assert.partialDeepStrictEqual(await answer(stack.served(), 'GET', '/metrics'), { status: 200, body: 'up 1\n' });
});

test('refused: another path, method, parameter', async () => {
  await using stack = await Standing.open();
  const served = stack.served();
  const told = async (method: string, target: string) => {
    const { status, body, allow } = await answer(served, method, target);
    return [status, JSON.parse(body).error.code, allow];
  };
  assert.deepEqual(await told('GET', '/v2/status'), [404, 'control-not-found', undefined]);
  assert.deepEqual(await told('POST', '/v1/children//stop'), [404, 'control-not-found', undefined]);
  assert.deepEqual(await told('POST', '/v1/children/%ZZ/stop'), [404, 'control-not-found', undefined]);
  assert.deepEqual(await told('POST', '/v1/status'), [405, 'control-bad-request', 'GET']);
  assert.deepEqual(await told('GET', '/v1/reload'), [405, 'control-bad-request', 'POST']);
  assert.deepEqual(await told('POST', '/v1/reload?now=1'), [400, 'control-bad-request', undefined]);
  assert.deepEqual(stack.asked, []);
});

test('no two endpoints are the same', () => {
  const keys = endpoints.map(({ method, path }) => `${method} ${path}`);
  assert.equal(new Set(keys).size, keys.length);
});

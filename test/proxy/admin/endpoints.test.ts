// The admin side beside a worker: what it answers, to whom, with which headers, and that it says so while draining.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdminServer } from '../../../proxy/admin/endpoints.ts';
import { OwnSource, type Source } from '../../../proxy/admin/source.ts';
import { TestWorker } from '../../support/worker.ts';

const kdl =
  'listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }; admin { address "127.0.0.1:0" }';

async function start(sourceFor: (started: TestWorker) => Source = ({ worker }) => new OwnSource(worker)) {
  const started = await TestWorker.start(kdl);
  const admin = new AdminServer(started.worker, sourceFor(started));
  const base = `http://${await admin.open('127.0.0.1:0', undefined)}`;
  return {
    worker: started.worker,
    base,
    status: async (path: string, method = 'GET') => (await fetch(base + path, { method })).status,
    async [Symbol.asyncDispose]() {
      await admin.close();
      await started[Symbol.asyncDispose]();
    },
  };
}

test('alive and serving, then alive and draining; only GET', async () => {
  await using served = await start();
  const { status, worker } = served;
  assert.deepEqual([await status('/healthz'), await status('/readyz?x')], [200, 200]);
  assert.deepEqual(
    [await status('/readyz', 'HEAD'), await status('/readyz', 'POST'), await status('//x')],
    [200, 405, 404],
  );
  assert.deepEqual([await status('/v1/events', 'POST'), await status('/v1/config', 'DELETE')], [405, 405]);
  worker.isDraining = true;
  assert.deepEqual([await status('/healthz'), await status('/readyz')], [200, 503]);
});

test('every answer keeps other sites out, the page may run its own script', async () => {
  await using served = await start();
  for (const path of ['/', '/metrics', '/v1/status', '/nothing', '/healthz']) {
    const { headers } = await fetch(served.base + path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('x-frame-options'), 'DENY', path);
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path);
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', path);
    assert.equal(headers.get('cache-control'), 'no-store', path);
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'; .*frame-ancestors 'none'/, path);
  }
  assert.match((await fetch(`${served.base}/`)).headers.get('content-security-policy') ?? '', /script-src 'self'/);
});

test('data as JSON, metrics in the format that is asked for', async () => {
  await using served = await start();
  const data = async (path: string) => (await fetch(served.base + path)).json();
  assert.partialDeepStrictEqual(await data('/v1/status'), { ready: true, phase: 'running' });
  assert.partialDeepStrictEqual(await data('/v1/routes'), { routes: [{ name: 'r' }] });
  assert.partialDeepStrictEqual(await data('/v1/upstreams'), { targets: [] });
  assert.partialDeepStrictEqual(await data('/v1/agents'), { agents: [] });
  assert.partialDeepStrictEqual(await data('/v1/config'), { admin: { address: '127.0.0.1:0' } });
  const plain = await fetch(`${served.base}/metrics`);
  assert.match(plain.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const open = await fetch(`${served.base}/metrics`, {
    headers: { Accept: 'application/openmetrics-text;version=1.0.0' },
  });
  assert.match(open.headers.get('content-type') ?? '', /^application\/openmetrics-text/);
  assert((await open.text()).endsWith('# EOF\n'));
});

test('events go on until the server ends', async () => {
  await using served = await start();
  const response = await fetch(`${served.base}/v1/events`);
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  assert.match(new TextDecoder().decode(value), /^event: whole\ndata: \{"at":/);
  await reader?.cancel();
});

test('a supervisor that does not answer: figures are not to be had, this worker still speaks for itself', async () => {
  await using served = await start(() => ({ ask: async () => undefined }));
  const { status, worker } = served;
  assert.deepEqual(
    [await status('/metrics'), await status('/v1/status'), await status('/healthz'), await status('/readyz')],
    [503, 503, 200, 200],
  );
  worker.isDraining = true;
  assert.equal(await status('/readyz'), 503);
});

test('why it is not ready is said', async () => {
  await using served = await start(() => ({
    ask: async () => JSON.stringify({ ready: false, obstacles: ['one', 'two'] }),
  }));
  const response = await fetch(`${served.base}/readyz`);
  assert.deepEqual([response.status, await response.text()], [503, 'one\ntwo\n']);
});

test('a source that breaks is a mistake of ours, told as one', async () => {
  await using served = await start(() => ({ ask: () => Promise.reject(new Error('broken')) }));
  assert.equal(await served.status('/metrics'), 500);
});

// The admin side beside a worker: what it answers, to whom, and that it says so while draining.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdminServer } from '../../../proxy/admin/endpoints.ts';
import { Upstream } from '../../fixtures/upstream.ts';
import { TestWorker } from '../../support/worker.ts';

test('alive and serving, then alive and draining; only GET', async () => {
  await using upstream = await Upstream.start();
  await using started = await TestWorker.forwarding(upstream);
  const admin = new AdminServer(started.worker);
  const base = `http://${await admin.open('127.0.0.1:0', undefined)}`;
  try {
    const status = async (path: string, method = 'GET') => (await fetch(base + path, { method })).status;
    assert.deepEqual([await status('/healthz'), await status('/readyz?x')], [200, 200]);
    assert.deepEqual(
      [await status('/readyz', 'HEAD'), await status('/readyz', 'POST'), await status('/')],
      [200, 405, 404],
    );
    started.worker.isDraining = true;
    assert.deepEqual([await status('/healthz'), await status('/readyz')], [200, 503]);
  } finally {
    admin.close();
  }
});

// Connections that rest: the latest first, no more than allowed, no longer than allowed, and gone when they say a word.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '#config/value';
import { Departures } from '../../../proxy/http1/departures.ts';
import { TimerWheel } from '../../../proxy/timers.ts';
import type { UpstreamConnection, UpstreamOwner } from '../../../proxy/upstream/connection.ts';
import { Pool } from '../../../proxy/upstream/pool.ts';
import { ReadBuffer } from '../../../proxy/upstream/read-buffer.ts';
import { Upstream } from '../../fixtures/upstream.ts';
import { until } from '../../support/proxy.ts';

const nobody: UpstreamOwner = {
  onUpstreamConnected: () => undefined,
  onUpstreamHead: () => undefined,
  onUpstreamBytes: () => undefined,
  onUpstreamDrained: () => undefined,
  onUpstreamTimeout: () => undefined,
  onUpstreamClosed: () => undefined,
  onMistake: (error) => {
    throw error;
  },
};

async function connected(pool: Pool): Promise<UpstreamConnection> {
  const connection = pool.open(nobody);
  assert(connection !== undefined);
  await until(
    () => connection.isConnected,
    () => 'no connection',
  );
  return connection;
}

test('taken latest first, bounded in number and age', async () => {
  await using upstream = await Upstream.start();
  const clock = { ms: 0 };
  const timers = new TimerWheel(() => clock.ms);
  const address = parseAddress(upstream.address);
  assert(address !== undefined);
  const pool = new Pool(
    address,
    { idleMax: 2, idleMs: 1000 },
    { timers, readBuffer: new ReadBuffer(), departures: new Departures() },
  );
  const [one, two, three] = [await connected(pool), await connected(pool), await connected(pool)];
  pool.put(one);
  pool.put(two);
  pool.put(three);
  assert.equal(pool.restingCount, 2);
  await until(
    () => upstream.openCount === 2,
    () => 'one too many is kept open',
  );
  assert.equal(one.isGone, true, 'in a full pool the one that has rested longest makes room');
  clock.ms = 600;
  timers.refresh();
  assert.equal(pool.take(nobody, 500), undefined, 'it has rested too long for this');
  assert.equal(pool.take(nobody, Infinity), three);
  assert.equal(three.isReused, true);
  pool.put(three);
  clock.ms = 1300;
  timers.refresh();
  timers.turn();
  assert.equal(pool.restingCount, 1, 'the one that rested all the time is gone');
  pool.close();
  assert.equal(pool.restingCount, 0);
  await until(
    () => upstream.openCount === 0,
    () => 'closing leaves one open',
  );
});

test('one that ends or says something while it rests is discarded', async () => {
  await using upstream = await Upstream.start();
  const address = parseAddress(upstream.address);
  assert(address !== undefined);
  const pool = new Pool(
    address,
    { idleMax: 9, idleMs: 10_000 },
    { timers: new TimerWheel(), readBuffer: new ReadBuffer(), departures: new Departures() },
  );
  for (const what of ['end', 'word'] as const) {
    pool.put(await connected(pool));
    await until(
      () => upstream.openCount === 1,
      () => 'not accepted',
    );
    const socket = upstream.connections.at(-1)?.socket;
    if (what === 'end') socket?.end();
    else socket?.write('x');
    await until(
      () => pool.restingCount === 0 && upstream.openCount === 0,
      () => what,
    );
  }
});

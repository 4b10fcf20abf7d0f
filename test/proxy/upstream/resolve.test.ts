// Names: the hosts file before name servers, all addresses of both versions, their time to live; and failures that keep
// what was known. The name server is a real one of the test's own.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from '#config/log';
import { TimerWheel } from '../../../proxy/timers.ts';
import { type Answer, hostsOf, NameWatch, systemLookup } from '../../../proxy/upstream/resolve.ts';
import { temporaryFolder } from '../../agents/support.ts';
import { NameServer } from '../../fixtures/name-server.ts';

test('the hosts file by name, in any case, without comments; localhost even if nobody wrote it', () => {
  const text = '# 10.0.0.9 shop\n10.0.0.1\tShop  store # old: 10.0.0.2 shop\n\n::1 shop\nnonsense shop\n';
  assert.deepEqual(hostsOf(text, 'shop'), ['10.0.0.1', '::1']);
  assert.deepEqual(hostsOf(text, 'store'), ['10.0.0.1']);
  assert.deepEqual(hostsOf(text, 'old:'), []);
  assert.deepEqual(hostsOf('', 'localhost'), ['127.0.0.1', '::1']);
  assert.deepEqual(hostsOf('127.0.0.5 localhost', 'localhost'), ['127.0.0.5']);
});

test('the hosts file comes first; servers are asked for both versions, and the shortest time to live counts', async () => {
  await using server = await NameServer.start();
  await using folder = await temporaryFolder();
  const hosts = join(folder.path, 'hosts');
  await writeFile(hosts, '127.0.0.7 written.test\n');
  server.zones.set('shop.test', { addresses: ['127.0.0.1', '127.0.0.2', '::1'], ttlSecs: 30 });
  server.zones.set('written.test', { addresses: ['127.0.0.9'], ttlSecs: 30 });
  const lookup = systemLookup([server.address], hosts);
  assert.deepEqual(await lookup.ask('shop.test'), { hosts: ['127.0.0.1', '127.0.0.2', '::1'], ttlMs: 30_000 });
  assert.deepEqual(((await lookup.ask('written.test')) as Answer).hosts, ['127.0.0.7']);
  const missing = await lookup.ask('missing.test');
  assert(missing instanceof Error);
  assert.match(missing.message, /ENOTFOUND/);
  server.mode = 'fails';
  assert((await lookup.ask('shop.test')) instanceof Error);
  lookup.cancel();
});

test('asked again when the time to live is over; after a failure soon, and what was known stays', async () => {
  const clock = { ms: 0 };
  const timers = new TimerWheel(() => clock.ms);
  const logged: string[] = [];
  const log = createLogger('test', 'info', { write: (line) => void logged.push(line) });
  const answers: Array<Answer | Error> = [
    { hosts: ['10.0.0.1'], ttlMs: 60_000 },
    new Error('no server answers'),
    new Error('no server answers'),
    { hosts: ['10.0.0.2'], ttlMs: 0 },
  ];
  const told: string[] = [];
  const lookup = { ask: async () => answers.shift() ?? new Error('asked too often'), cancel: () => undefined };
  const names = new NameWatch(lookup, timers, log);
  names.follow('shop.test', (hosts) => void told.push(`one ${hosts}`));
  names.follow('shop.test', (hosts) => void told.push(`two ${hosts}`));
  await names.ready();
  assert.deepEqual(told, ['one 10.0.0.1', 'two 10.0.0.1']);
  for (const [ms, left] of [
    [59_000, 3],
    [60_100, 2],
    [65_300, 1],
    [70_500, 0],
  ] as const) {
    clock.ms = ms;
    timers.turn();
    await new Promise(setImmediate);
    assert.equal(answers.length, left, `at ${ms}`);
  }
  assert.deepEqual(told.slice(2), ['one 10.0.0.2', 'two 10.0.0.2']);
  assert.deepEqual(
    logged.map((line) => JSON.parse(line).event),
    ['name-failed', 'name-resolved'],
  );
  names.close();
});

test('a silent name server does not keep a worker from starting', async () => {
  const lookup = { ask: () => new Promise<Answer>(() => undefined), cancel: () => undefined };
  const names = new NameWatch(lookup, new TimerWheel(() => 0), createLogger('test', 'error'));
  names.follow('shop.test', () => undefined);
  await names.ready(10);
  names.close();
});

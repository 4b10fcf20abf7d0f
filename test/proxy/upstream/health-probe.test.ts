// One probe against servers that behave and misbehave: what it says is wrong, once, and that nothing is left open.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import RE2 from 're2';
import { parseAddress } from '#config/value';
import { Departures } from '../../../proxy/http1/departures.ts';
import { TimerWheel } from '../../../proxy/timers.ts';
import { Probe, type ProbeRules } from '../../../proxy/upstream/health-probe.ts';
import { ReadBuffer } from '../../../proxy/upstream/read-buffer.ts';
import { Addresses } from '../../../proxy/upstream/resolve-addresses.ts';
import { type Behaviour, Upstream } from '../../fixtures/upstream.ts';
import { until } from '../../support/proxy.ts';
import { refusing } from './support.ts';

const request = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
const usual: ProbeRules = { timeoutMs: 2000, request, isExpected: (status) => status === 200, bodyMatch: undefined };

/** What the probe found wrong, or `well`. */
async function probe(address: string, rules: Partial<ProbeRules> = {}): Promise<string> {
  const parsed = parseAddress(address);
  assert(parsed !== undefined);
  const timers = new TimerWheel();
  timers.start();
  const said: string[] = [];
  const around = { timers, readBuffer: new ReadBuffer(), departures: new Departures() };
  new Probe(new Addresses(parsed), { ...usual, ...rules }, around, (fault) => void said.push(fault ?? 'well')).start();
  await until(
    () => said.length > 0,
    () => 'it says nothing',
  );
  timers.stop();
  assert.equal(said.length, 1);
  return said[0] ?? '';
}

const says =
  (text: string): Behaviour =>
  ({ socket }) => {
    socket.end(Buffer.from(text, 'latin1'));
    return undefined;
  };

const body = new RE2('fine', 'u');

for (const [what, reply, rules, wanted] of [
  ['as expected', 'HTTP/1.1 200 OK\r\n\r\n', {}, /^well$/],
  ['after an interim reply', 'HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', {}, /^well$/],
  ['another status', 'HTTP/1.1 500 X\r\n\r\n', {}, /^it answered 500$/],
  ['nonsense', 'SSH-2.0-x\r\n\r\n', {}, /malformed/],
  ['nothing', '', {}, /closed/],
  ['a body that matches', 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nI: fine', { bodyMatch: body }, /^well$/],
  [
    'in chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfi\r\n2\r\nne\r\n0\r\n\r\n',
    { bodyMatch: body },
    /^well$/,
  ],
  ['to the end of the connection', 'HTTP/1.1 200 OK\r\n\r\nall is fine', { bodyMatch: body }, /^well$/],
  ['a body that does not', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nill', { bodyMatch: body }, /does not match/],
  ['no body', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', { bodyMatch: body }, /does not match/],
] as const) {
  test(`a reply ${what}`, async () => {
    await using upstream = await Upstream.start(says(reply));
    assert.match(await probe(upstream.address, rules), wanted);
    await until(
      () => upstream.openCount === 0,
      () => 'its connection is left open',
    );
  });
}

test('connections: accepted, refused, to nobody in time, to a name without address', async () => {
  await using upstream = await Upstream.start(() => undefined);
  assert.equal(await probe(upstream.address, { request: undefined }), 'well');
  assert.match(await probe(await refusing(), { request: undefined }), /ECONNREFUSED/);
  assert.match(await probe(upstream.address, { timeoutMs: 40 }), /in time/);
  assert.match(await probe('shop.test:80'), /no address/);
});

test('a body without end is read only so far', async () => {
  await using upstream = await Upstream.start(({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(200_000)}fine`);
    return undefined;
  });
  assert.match(await probe(upstream.address, { bodyMatch: body }), /does not match/);
});

// `Via`: the way a request came is kept, and one that goes round in a circle is ended.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwardingLimits } from '#config/limits';
import { requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { statusOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const get = (lines: string, minor = 1): string => `GET / HTTP/1.${minor}\r\nHost: a\r\n${lines}\r\n`;

test('ours is written behind what came', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  await worker.request(get('Via: 1.0 fred\r\nvia: 1.1 p.example (a, b)\r\n'));
  await worker.request(get('', 0));
  const vias = requestsIn(upstream.bytes).map(({ head }) => head.match(/^via: .*$/gim)?.map((line) => line.trim()));
  assert.deepEqual(vias, [
    ['Via: 1.0 fred', 'via: 1.1 p.example (a, b)', 'Via: 1.1 sentinel-stack'],
    ['Via: 1.0 sentinel-stack'],
  ]);
});

test('a request that came by too often is refused, and the connection goes on', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  const passages = (count: number) => Array.from({ length: count }, () => '1.1 sentinel-stack').join(', ');
  const { ownViaMax } = forwardingLimits;
  await using client = await worker.open();
  client.send(get(`Via: ${passages(ownViaMax + 1)}\r\n`) + get(`Via: ${passages(ownViaMax)}\r\n`));
  await client.sees(/508 [\s\S]*HTTP\/1\.1 200/);
  assert.equal(requestsIn(upstream.bytes).length, 1);
  const [line] = await worker.lines(2);
  assert.deepEqual(
    [line?.status, line?.refusal, line?.error],
    [508, 'loop-detected', 'the request came through 9 proxies of this kind'],
  );
  assert.equal(statusOf(await worker.request(get(`Via: ${passages(5)}\r\nVia: x y\r\nVIA: ${passages(4)}\r\n`))), 508);
  assert.equal(statusOf(await worker.request(get(`Via: ${'1.1 sentinel-stacks,'.repeat(20)}sentinel-stack\r\n`))), 200);
});

test('two proxies that forward to each other stop by themselves', async () => {
  const first: { worker: TestWorker | undefined } = { worker: undefined };
  await using back = await Upstream.start(({ bytes }) => first.worker?.request(bytes));
  await using worker = await TestWorker.forwarding(back);
  first.worker = worker;
  const answer = await worker.request(get(''));
  assert.equal(statusOf(answer), 508);
  assert.equal((await worker.lines(forwardingLimits.ownViaMax + 2)).length, forwardingLimits.ownViaMax + 2);
});

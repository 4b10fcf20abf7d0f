// Accepted sockets read into the worker's one buffer, and nothing else changes: pauses, ends and errors are as ever.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { formatFamilies } from '#config/figures/text';
import { figuresOf } from '../../../proxy/admin/figures.ts';
import { FastReads } from '../../../proxy/http1/fast-reads.ts';
import { Upstream } from '../../fixtures/upstream.ts';
import { effect } from '../../support/effect.ts';
import { statusOf, until } from '../../support/proxy.ts';
import { socketPair } from '../../support/socket-pair.ts';
import { TestWorker } from '../../support/worker.ts';

effect('system.fast-sockets', async () => {
  await using upstream = await Upstream.start();
  for (const [written, gauge] of [
    ['', 1],
    ['system { fast-sockets true }', 1],
    ['system { fast-sockets false }', 0],
  ] as const) {
    await using worker = await TestWorker.forwarding(upstream, { more: written });
    const body = 'b'.repeat(100_000);
    assert.equal(
      statusOf(await worker.request(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`)),
      200,
    );
    assert(upstream.bytes.endsWith(body), 'the same bytes arrive either way');
    assert.match(formatFamilies(figuresOf(worker.worker)), new RegExp(`^sentinel_fast_sockets ${gauge}$`, 'm'));
  }
});

test('this Node has what it needs: every read is lent, in order, and the end is told', async () => {
  await using pair = await socketPair({ nearAccepts: true });
  const reads = new FastReads(true);
  let received = '';
  const isAttached = reads.attach(pair.near, (length) => {
    received += reads.bytes.toString('latin1', 0, length);
  });
  assert.equal(isAttached, true);
  const ended = once(pair.near, 'end');
  const text = Array.from({ length: 30_000 }, (_, index) => `${index},`).join('');
  pair.far.end(text);
  await ended;
  assert.equal(received === text, true);
  pair.near.end();
  await once(pair.near, 'close');
});

test('a paused socket is not read, and goes on where it stopped', async () => {
  await using pair = await socketPair({ nearAccepts: true });
  const reads = new FastReads(true);
  let received = 0;
  reads.attach(pair.near, (length) => {
    received += length;
    if (received === length) pair.near.pause();
  });
  pair.far.write(Buffer.alloc(50));
  await until(
    () => received === 50,
    () => 'nothing arrives',
  );
  pair.far.write(Buffer.alloc(30_000_000));
  await until(
    () => pair.far.writableLength > 0 && pair.far.bytesWritten > 0,
    () => 'nothing is sent',
  );
  assert.equal(received, 50);
  pair.near.resume();
  await until(
    () => received === 30_000_050,
    () => `${received} bytes have come`,
  );
});

test('switched off, or without the fields, it says so, and the socket is as it was', async () => {
  await using pair = await socketPair({ nearAccepts: true });
  assert.equal(
    new FastReads(false).attach(pair.near, () => assert.fail('read')),
    false,
  );
  const strange = Object.create(pair.near);
  assert.equal(
    new FastReads(true).attach(strange, () => assert.fail('read')),
    false,
  );
  pair.far.write('plain');
  const [data] = await once(pair.near, 'data');
  assert.equal(String(data), 'plain');
});

// Clients that are slow on purpose, a thousand at a time: in their heads, in their bodies, in reading. Each is ended by
// its deadline, while a good client is answered every time, in bounded memory, and nothing is left behind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerHeads, Upstream } from '../fixtures/upstream.ts';
import { until } from '../support/proxy.ts';
import {
  Crowd,
  descriptorsOf,
  expectBooks,
  expectDescriptors,
  GoodClient,
  metric,
  outcomes,
  residentMiB,
  startAttacked,
  startGood,
} from './support.ts';

const clientsCount = 1000;
const dripMs = 40;
const pooledMax = 64 + 4; // connections that rest after the attack
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
// Time enough to say the first bytes on a busy machine: a connection that never says any is no exchange.
const deadlines = 'timeouts { header-ms 1500; body-idle-ms 400; write-idle-ms 400; keepalive-ms 400 }';

/** [what drips, what is sent first, what drips after it, the refusal] */
const drips = [
  ['heads', 'GET / HTTP/1.1\r\nHost: a\r\nX: ', 'x', 'header-timeout'],
  ['bodies of a declared length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n', 'x', 'body-timeout'],
  ['chunked bodies', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n', 'body-timeout'],
  ['chunk extensions', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;', 'x', 'body-timeout'],
] as const;

for (const [what, first, drip, refusal] of drips) {
  test(`${clientsCount} clients that drip ${what} are ended by the deadline`, async () => {
    await using good = await startGood();
    await using proxy = await startAttacked(good, { listener: deadlines });
    await using client = new GoodClient(proxy);
    const [descriptors, resident] = [await descriptorsOf(proxy), await residentMiB(proxy)];
    await using crowd = await Crowd.open(proxy.port(), clientsCount, { first });
    await crowd.drip(drip, dripMs);
    assert((await residentMiB(proxy)) - resident < 100, 'more than 100 KB per client');
    await expectDescriptors(proxy, descriptors);
    const lines = await expectBooks(proxy, clientsCount + (await client.stop()));
    assert.deepEqual(outcomes(lines), { [`408 ${refusal}`]: clientsCount });
    for (const { received } of crowd.clients) assert.match(received, /^HTTP\/1\.1 408 /);
  });
}

/** [clients, bytes of the reply, outcomes that may be]: up to some 4 MB per connection the system takes for the client. */
const unread = [
  [clientsCount, 1_000_000, /^200( write-timeout)?$/],
  [100, 16_000_000, /^200 write-timeout$/],
] as const;

for (const [count, bytes, allowed] of unread) {
  test(`${count} clients that never read their reply of ${bytes / 1e6} MB are ended by the deadline`, async () => {
    await using good = await startGood();
    await using upstream = await Upstream.start(
      answerHeads(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}`),
    );
    await using proxy = await startAttacked(good, { listener: deadlines, targets: [upstream.address] });
    await using client = new GoodClient(proxy);
    const [descriptors, resident] = [await descriptorsOf(proxy), await residentMiB(proxy)];
    await using crowd = await Crowd.open(proxy.port(), count, { first: get, reads: false });
    let residentMost = 0;
    await until(
      async () => {
        residentMost = Math.max(residentMost, await residentMiB(proxy));
        return (await metric(proxy, 'sentinel_open_connections', 'listener="http"')) === 0;
      },
      () => 'connections of clients that do not read are left',
    );
    const heldMiB = Math.round(residentMost - resident);
    assert(heldMiB < 150, `${heldMiB} MiB for ${crowd.clients.length} clients`);
    await expectDescriptors(proxy, descriptors, pooledMax);
    const lines = await expectBooks(proxy, count + (await client.stop()));
    for (const outcome of Object.keys(outcomes(lines))) assert.match(outcome, allowed);
  });
}

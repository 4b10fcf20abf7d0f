// Bytes leave whole and in order by either way, whatever the system takes at once; a failed write ends the socket.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Departures } from '../../../proxy/http1/departures.ts';
import { Outlet } from '../../../proxy/http1/outlet.ts';
import { until } from '../../support/proxy.ts';
import { socketPair } from '../../support/socket-pair.ts';

for (const isFast of [true, false]) {
  const way = isFast ? 'handle' : 'stream';

  test(`small and large pieces, waited for or not, arrive in order (${way})`, async () => {
    await using pair = await socketPair();
    const outlet = new Outlet(pair.near, isFast ? new Departures() : undefined, () => undefined);
    const sizes = [1, 100, 20_000_000, 5, 200_000, 7, 2_000_000, 1];
    const pieces = sizes.map((size, index) => Buffer.alloc(size, 0x61 + index));
    const taken = pieces.map((piece) => outlet.send(piece));
    assert.deepEqual(taken.slice(0, 4), [true, true, false, false]);
    assert.equal(outlet.isWaiting, true);
    pair.near.end();
    const received = await pair.readAll();
    assert.equal(received === pieces.map((piece) => piece.toString()).join(''), true);
  });

  test(`lent bytes may be written over at once, whatever the system took of them (${way})`, async () => {
    await using pair = await socketPair();
    const outlet = new Outlet(pair.near, isFast ? new Departures() : undefined, () => undefined);
    const sizes = [100, 16_384, 16_385, 3_000_000, 5, 6_000_000, 70_000, 1];
    const sent = sizes.map((size, index) => `${index}`.repeat(size)).join('');
    const lent = Buffer.alloc(6_000_100);
    for (const [index, size] of sizes.entries()) {
      lent.fill(`${index}`, 100, 100 + size);
      outlet.sendLent(lent, 100, 100 + size);
      lent.fill('X');
    }
    assert.equal(outlet.isWaiting, true);
    pair.near.end();
    assert.equal((await pair.readAll()) === sent, true);
  });

  test(`backed up until the other side reads, and told once it has (${way})`, async () => {
    await using pair = await socketPair();
    let drained = 0;
    const outlet = new Outlet(pair.near, isFast ? new Departures() : undefined, () => (drained += 1));
    while (!outlet.isBackedUp) outlet.send(Buffer.alloc(500_000));
    assert.equal(drained, 0);
    pair.far.resume();
    await until(
      () => drained > 0,
      () => 'nobody says that it may go on',
    );
    assert.equal(outlet.isBackedUp, false);
  });

  test(`a small piece behind one that waits does not keep the sender waiting for ever (${way})`, async () => {
    await using pair = await socketPair();
    let drained = 0;
    const outlet = new Outlet(pair.near, isFast ? new Departures() : undefined, () => (drained += 1));
    outlet.send(Buffer.alloc(20_000_000));
    outlet.send(Buffer.from('small'));
    pair.far.resume();
    await until(
      () => drained > 0 && !outlet.isWaiting,
      () => 'it waits',
    );
  });

  test(`writing to a connection that was cut ends the socket, with an error (${way})`, async () => {
    await using pair = await socketPair();
    const outlet = new Outlet(pair.near, isFast ? new Departures() : undefined, () => undefined);
    const failed = once(pair.near, 'error');
    outlet.send(Buffer.alloc(20_000_000));
    pair.far.resetAndDestroy();
    assert.match(String(await failed), /ECONNRESET|EPIPE/);
    assert.equal(pair.near.destroyed, true);
    assert.doesNotThrow(() => outlet.send(Buffer.from('more')), 'what is sent afterwards goes nowhere');
    assert.doesNotThrow(() => outlet.sendLent(Buffer.alloc(100_000), 0, 100_000));
  });

  test(`so does a large lent piece, unless somebody else sees to that (${way})`, async () => {
    for (const isSeenTo of [false, true]) {
      await using pair = await socketPair();
      const broken: Error[] = [];
      const onBroken = isSeenTo ? (error: Error) => void broken.push(error) : undefined;
      const outlet = new Outlet(pair.near, isFast ? new Departures() : undefined, () => undefined, onBroken);
      pair.near.on('error', () => undefined);
      pair.far.resetAndDestroy();
      await until(
        () => {
          outlet.sendLent(Buffer.alloc(100_000), 0, 100_000);
          return pair.near.destroyed || broken.length > 0;
        },
        () => 'nothing was said',
      );
      if (isFast) assert.deepEqual([outlet.isBroken, pair.near.destroyed], [isSeenTo, !isSeenTo]);
      if (isFast && isSeenTo) assert.match(String(broken[0]), /the write failed: (?:ECONNRESET|EPIPE)/);
    }
  });
}

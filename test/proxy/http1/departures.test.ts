// What leaves at the end of a turn: whole, in order, whoever sends how much when, and not later than it should.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bufferLimits } from '#config/limits';
import { type Departing, Departures } from '../../../proxy/http1/departures.ts';
import { Outlet } from '../../../proxy/http1/outlet.ts';
import { until } from '../../support/proxy.ts';
import { socketPair } from '../../support/socket-pair.ts';

/** Writes down what it was given; the system takes what `takes` says. */
function recorder(log: string[], name: string, takes = true): Departing & { seen: Buffer[] } {
  const seen: Buffer[] = [];
  return {
    seen,
    depart(bytes) {
      const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      log.push(`${name}:${piece.toString()}`);
      seen.push(piece);
      return takes;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('pieces of one sender in a row leave together, at the end of the turn', async () => {
  const log: string[] = [];
  const departures = new Departures();
  const [one, other] = [recorder(log, 'one'), recorder(log, 'other')];
  departures.add(one, Buffer.from('a'));
  assert.equal(departures.isLast(one), true);
  departures.add(one, Buffer.from('b'));
  departures.add(other, Buffer.from('c'));
  assert.equal(departures.isLast(one), false);
  assert.deepEqual(log, []);
  await turn();
  assert.deepEqual(log, ['one:ab', 'other:c']);
  assert.equal(departures.isLast(other), false);
});

test('asked to, they leave at once, and only once', async () => {
  const log: string[] = [];
  const departures = new Departures();
  departures.add(recorder(log, 'one'), Buffer.from('a'));
  departures.leave();
  assert.deepEqual(log, ['one:a']);
  await turn();
  assert.deepEqual(log, ['one:a']);
});

test('where there is no room, what is there leaves first', () => {
  const log: string[] = [];
  const departures = new Departures();
  const one = recorder(log, 'one');
  const piece = Buffer.alloc(bufferLimits.departingPieceBytesMax, 'x');
  const fitting = Math.floor(bufferLimits.departingBytes / piece.length);
  for (let index = 0; index < fitting; index += 1) {
    departures.makeRoom(piece.length, index > 0, one);
    departures.add(one, piece);
  }
  assert.equal(log.length, 0);
  departures.makeRoom(piece.length, true, one);
  departures.add(one, piece);
  assert.equal(log[0]?.length, 'one:'.length + fitting * piece.length);
  departures.leave();
  assert.equal(log[1]?.length, 'one:'.length + piece.length);
});

test('who has a piece in the middle lets all leave before the next one', () => {
  const log: string[] = [];
  const departures = new Departures();
  const [one, other] = [recorder(log, 'one'), recorder(log, 'other')];
  departures.add(one, Buffer.from('a'));
  departures.add(other, Buffer.from('b'));
  departures.makeRoom(1, false, recorder(log, 'third'));
  assert.deepEqual(log, []);
  departures.makeRoom(1, true, one);
  assert.deepEqual(log, ['one:a', 'other:b']);
});

test('small pieces without end, to somebody who reads slowly, arrive whole', async () => {
  const departures = new Departures();
  await using pair = await socketPair();
  const outlet = new Outlet(pair.near, departures, () => undefined);
  const pieces = Array.from({ length: 900 }, (_, index) => Buffer.alloc(9_000 + index, 0x61 + (index % 26)));
  for (const [index, piece] of pieces.entries()) {
    outlet.send(piece);
    if (index % 11 === 0) await turn();
  }
  outlet.end();
  assert.equal((await pair.readAll()) === pieces.join(''), true);
});

test('bytes that the system is still reading are not written over', () => {
  const departures = new Departures();
  const slow = recorder([], 'slow', false);
  departures.add(slow, Buffer.from('first'));
  departures.leave();
  departures.add(recorder([], 'next'), Buffer.from('XXXXX'));
  assert.equal(slow.seen[0]?.toString(), 'first');
});

test('small and large pieces of many sockets arrive whole and in order', async () => {
  const departures = new Departures();
  await using first = await socketPair();
  await using second = await socketPair();
  const pairs = [first, second];
  const outlets = pairs.map(({ near }) => new Outlet(near, departures, () => undefined));
  const expected = ['', ''];
  for (let index = 0; index < 400; index += 1) {
    const which = index % 3 === 0 ? 0 : 1;
    const size = index % 7 === 0 ? 40_000 : index % 50 === 0 ? 300_000 : 1 + (index % 900);
    const text = String.fromCharCode(0x61 + (index % 26)).repeat(size);
    outlets[which]?.send(Buffer.from(text));
    expected[which] += text;
  }
  for (const outlet of outlets) outlet.end();
  const received = await Promise.all(pairs.map((pair) => pair.readAll()));
  assert.deepEqual(
    received.map((text, index) => text === expected[index]),
    [true, true],
  );
});

test('a socket that was behind once keeps its own bytes waiting, and no longer those of all', async () => {
  const departures = new Departures();
  await using pair = await socketPair();
  const outlet = new Outlet(pair.near, departures, () => undefined);
  let sent = 0;
  while (!outlet.isWaiting) {
    outlet.send(Buffer.alloc(bufferLimits.departingPieceBytesMax, 'y'));
    departures.leave();
    sent += bufferLimits.departingPieceBytesMax;
  }
  pair.far.on('data', (chunk: Buffer) => {
    sent -= chunk.length;
  });
  pair.far.resume();
  await until(
    () => sent === 0 && !outlet.isWaiting,
    () => `${sent} bytes have not come`,
  );
  outlet.send(Buffer.from('now'));
  assert.equal(departures.isLast(outlet), false);
});

test('what was to leave is dropped where the socket is gone', async () => {
  const departures = new Departures();
  await using pair = await socketPair();
  const outlet = new Outlet(pair.near, departures, () => undefined);
  outlet.send(Buffer.from('late'));
  pair.near.destroy();
  await turn();
  assert.equal(await pair.readAll(), '');
});

// Heads as bytes: headers that pass are equal to what was understood, and a buffer that a socket still sends from is
// never written again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bufferLimits } from '#config/limits';
import { type Departing, Departures } from '../../../proxy/http1/departures.ts';
import { HeaderEdit } from '../../../proxy/http1/header-edit.ts';
import { HeaderLines } from '../../../proxy/http1/header-lines.ts';
import { isHopByHop } from '../../../proxy/http1/header-names.ts';
import { Outlet } from '../../../proxy/http1/outlet.ts';
import { HeadWriter, writeHeaders } from '../../../proxy/http1/write-head.ts';
import { socketPair } from '../../support/socket-pair.ts';

const { departingPieceBytesMax } = bufferLimits;
const bounds = { lineBytesMax: 1000, bytesMax: 100_000, countMax: 100 };

test('any headers are written as they were understood, without those that are left out', () => {
  const header = fc.tuple(
    fc.constantFrom('A', 'Keep-Alive', 'X-Named', 'X-Edited', 'Long-Name', 'TE'),
    fc.constantFrom('', ' ', '  ', '\t'),
    fc.constantFrom('', 'v', 'a b', '\xe9'),
    fc.constantFrom('', ' ', '\t '),
  );
  fc.assert(
    fc.property(fc.array(header, { maxLength: 12 }), fc.boolean(), (headers, isPlain) => {
      const bytes = Buffer.from(
        `junk${headers.map(([name, before, value, after]) => `${name}:${before}${value}${after}\r\n`).join('')}\r\n`,
        'latin1',
      );
      const lines = new HeaderLines();
      lines.begin(bytes, 4);
      assert.equal(lines.scan(bytes, bytes.length, bounds), bytes.length);
      const writer = new HeadWriter();
      const [names, edit] = isPlain ? [[], undefined] : [['x-named'], new HeaderEdit(['X-Edited'], [])];
      writeHeaders(writer, lines, { ids: isHopByHop, names, edit });
      const omitted = isPlain ? ['Keep-Alive', 'TE'] : ['Keep-Alive', 'TE', 'X-Named', 'X-Edited'];
      const wanted = headers
        .filter(([name]) => !omitted.includes(name))
        .map(([name, , value]) => `${name}: ${value}\r\n`);
      assert.equal(writer.bytes.toString('latin1', 0, writer.length), wanted.join(''));
    }),
  );
});

test('it grows, frames chunks, and starts again', () => {
  const writer = new HeadWriter();
  const big = Buffer.alloc(200_000, 'x');
  writer.latin1('a');
  writer.chunk(big, 0, big.length);
  writer.lastChunk('T: 1\r\n');
  assert.equal(writer.bytes.toString('latin1', 0, writer.length), `a30d40\r\n${big}\r\n0\r\nT: 1\r\n\r\n`);
  writer.reset();
  writer.contentLength(5);
  assert.equal(writer.bytes.toString('latin1', 0, writer.length), 'Content-Length: 5\r\n');
});

for (const isFast of [true, false]) {
  test(`what a slow socket still holds is not overwritten (${isFast ? 'handle' : 'stream'})`, async () => {
    await using pair = await socketPair();
    const departures = isFast ? new Departures() : undefined;
    const writer = new HeadWriter(departures);
    const outlet = new Outlet(pair.near, departures, () => undefined);
    const sent: string[] = [];
    const send = (text: string) => {
      writer.reset();
      writer.latin1(text);
      writer.send(outlet);
      sent.push(text);
    };
    for (let round = 0; !outlet.isBackedUp || sent.length < 5; round += 1) send(`${round}:${'y'.repeat(60_000)}`);
    for (let round = 0; round < 5; round += 1) send(`late${round}`);
    pair.near.end();
    assert.equal((await pair.readAll()) === sent.join(''), true, 'what arrives is what was written');
  });
}

/** Takes pieces as a socket's outlet does that is never behind, and keeps what left. */
class Taker implements Departing {
  readonly #departures: Departures;
  #isDeparting = false;
  readonly places: number[] = []; // where in their buffer the pieces stood
  left = '';

  constructor(departures: Departures) {
    this.#departures = departures;
  }

  sendLent(bytes: Buffer, start: number, end: number): void {
    this.#departures.makeRoom(end - start, this.#isDeparting, this);
    this.#isDeparting = true;
    this.#departures.add(this, bytes, start, end);
  }

  depart(bytes: Uint8Array): boolean {
    this.#isDeparting = false;
    this.places.push(bytes.byteOffset);
    this.left += Buffer.from(bytes).toString('latin1');
    return true;
  }
}

test('a message is put together where it leaves from', () => {
  const departures = new Departures();
  const writer = new HeadWriter(departures);
  const [one, other] = [new Taker(departures), new Taker(departures)];
  for (const [taker, text] of [[one, 'first'] as const, [other, 'second'] as const]) {
    writer.reset();
    assert.equal(writer.start, departures.length);
    writer.ascii(text);
    const { bytes } = writer;
    writer.send(taker);
    assert.equal(bytes.toString('latin1', departures.length - text.length, departures.length), text);
  }
  departures.leave();
  assert.deepEqual([one.left, other.left, one.places, other.places], ['first', 'second', [0], [5]]);
});

test('whatever else leaves in between, and however long it gets, a message is whole', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('write'), size: fc.integer({ min: 0, max: 9_000 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('write'), size: fc.integer({ min: 0, max: 200_000 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('send', 'begin'), size: fc.constant(0) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('other'), size: fc.integer({ min: 1, max: 16_000 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave'), size: fc.constant(0) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const departures = new Departures();
      const writer = new HeadWriter(departures);
      const [own, foreign] = [new Taker(departures), new Taker(departures)];
      const wanted = { own: '', foreign: '' };
      let message = '';
      const send = () => {
        assert.equal(writer.written.toString('latin1'), message);
        writer.send(message.length <= departingPieceBytesMax ? own : atOnce);
        wanted.own += message;
        message = '';
      };
      const atOnce = {
        sendLent(bytes: Buffer, start: number, end: number) {
          departures.leave(); // as an outlet does before what is too large to wait
          own.left += bytes.toString('latin1', start, end);
        },
      };
      for (const [index, { kind, size }] of steps.entries()) {
        const text = String.fromCharCode(0x61 + (index % 26)).repeat(size);
        if (kind === 'write') writer.copy(Buffer.from(text), 0, size);
        if (kind === 'write') message += text;
        if (kind === 'send') send();
        if (kind === 'begin') writer.reset();
        if (kind === 'begin') message = '';
        if (kind === 'leave') departures.leave();
        if (kind !== 'other') continue;
        foreign.sendLent(Buffer.from(text), 0, size);
        wanted.foreign += text;
      }
      send();
      departures.leave();
      assert.equal(own.left === wanted.own, true);
      assert.equal(foreign.left === wanted.foreign, true);
    }),
    { numRuns: 150 },
  );
});

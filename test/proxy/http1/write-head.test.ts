// Heads as bytes: headers that pass are equal to what was understood, and a buffer that a socket still sends from is
// never written again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Departures } from '../../../proxy/http1/departures.ts';
import { HeaderEdit } from '../../../proxy/http1/header-edit.ts';
import { HeaderLines } from '../../../proxy/http1/header-lines.ts';
import { isHopByHop } from '../../../proxy/http1/header-names.ts';
import { Outlet } from '../../../proxy/http1/outlet.ts';
import { HeadWriter, writeHeaders } from '../../../proxy/http1/write-head.ts';
import { socketPair } from '../../support/socket-pair.ts';

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
    const writer = new HeadWriter();
    const outlet = new Outlet(pair.near, isFast ? new Departures() : undefined, () => undefined);
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

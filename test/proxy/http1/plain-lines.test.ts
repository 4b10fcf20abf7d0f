// Lines are found the same, and refused for the same, whether they are looked at sixteen bytes at a time or one by one:
// whatever they hold, wherever in memory they stand, and whatever was left behind them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeaderLines, type LineBounds } from '../../../proxy/http1/header-lines.ts';
import { lineBytes, PlainLines } from '../../../proxy/http1/plain-lines.ts';

const roomBytes = 4096;
const usual: LineBounds = { lineBytesMax: 16_384, bytesMax: 65_536, countMax: 100 };

const plain = PlainLines.make(2 * roomBytes);
assert(plain !== undefined, 'this Node has WebAssembly with its instructions for sixteen bytes');
const room = plain.take(roomBytes);
const last = plain.take(roomBytes); // the end of the memory is behind it

const name = fc.stringMatching(/^[A-Za-z0-9-]{1,40}$/);
const value = fc.stringMatching(/^[ -~\xa0-\xff]{0,60}$/);
const plainLine = fc
  .tuple(name, fc.stringMatching(/^ {0,20}$/), value)
  .map(([one, blanks, other]) => `${one}:${blanks}${other}\r\n`);
const oddByte = fc.oneof(
  fc.nat(255).map((code) => String.fromCharCode(code)),
  fc.constantFrom(' ', '_', '{', '[', '@', '/', '\t', '\r\n', '\r\n\r\n', ' \r\n'),
);
const oddLine = fc.tuple(plainLine, oddByte, fc.nat(100)).map(([line, odd, at]) => {
  const place = at % (line.length + 1);
  return line.slice(0, place) + odd + line.slice(place);
});
const head = fc
  .tuple(
    fc.array(fc.oneof({ weight: 9, arbitrary: plainLine }, oddLine), { maxLength: 12 }),
    fc.constantFrom('\r\n', '', '\r', 'a', 'a:', 'a:  '),
  )
  .map(([lines, end]) => lines.join('') + end);
const left = fc.constantFrom('', ' ', 'x: y\r\n', '\r\n', '                                        ');

test('whatever stands there, wherever, and whatever was left behind it', () => {
  fc.assert(
    fc.property(head, left, fc.nat(40), fc.boolean(), (text, rest, start, isLast) => {
      const memory = isLast ? last : room;
      memory.fill(rest === '' ? 0 : Buffer.from(rest, 'latin1'));
      const at = isLast ? memory.length - text.length : start;
      memory.write(text, at, 'latin1');
      assert.deepEqual(read(memory, at, at + text.length, usual), slow(memory, at, at + text.length, usual));
    }),
    { numRuns: 1000 },
  );
});

test('the lines of a browser are found, and nothing of them is left to others', () => {
  const lines = [
    'Host: a.example',
    'Accept:   text/html;q=0.9, */*  ',
    'X-Long-Name-With-1-Digit-And-More: é',
    'Empty:',
    'Blank:  ',
  ];
  room.fill('x');
  room.write(`${lines.join('\r\n')}\r\n\r\n`, 7, 'latin1');
  const stop = room.byteOffset + 7 + lines.join('\r\n').length + 4;
  assert.equal(plain.scan(room.byteOffset + 7, stop, 1000, 100 * lineBytes), lines.length * lineBytes);
  assert.equal(plain.found[4 * lines.length], stop - 2);
  assert.equal(plain.scan(room.byteOffset + 7, stop, 1000, 2 * lineBytes), 2 * lineBytes);
});

test('bounds hold to the byte', () => {
  const bounds = fc.record({
    lineBytesMax: fc.integer({ min: 1, max: 90 }),
    bytesMax: fc.integer({ min: 1, max: 400 }),
    countMax: fc.nat(8),
  });
  fc.assert(
    fc.property(head, bounds, (text, limits) => {
      room.fill('z');
      room.write(text, 0, 'latin1');
      assert.deepEqual(read(room, 0, text.length, limits), slow(room, 0, text.length, limits));
    }),
    { numRuns: 1000 },
  );
});

test('a head that comes in pieces is read on', () => {
  fc.assert(
    fc.property(head, fc.array(fc.nat(200), { maxLength: 4 }), (text, cuts) => {
      room.fill(' ');
      room.write(text, 0, 'latin1');
      const ends = [
        ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((one, other) => one - other),
        text.length,
      ];
      const lines = new HeaderLines();
      lines.begin(room, 0);
      let stopped = 0;
      for (const end of ends) if (stopped === 0) stopped = lines.scan(room, end, usual);
      assert.deepEqual(told(lines, stopped), slow(room, 0, text.length, usual));
    }),
  );
});

test('more lines than are found at once, and room for them', () => {
  const text = `${'name: value\r\n'.repeat(300)}\r\n`;
  const many = { ...usual, countMax: 1000 };
  const large = PlainLines.make(text.length)?.take(text.length);
  assert(large !== undefined);
  large.write(text);
  const found = read(large, 0, text.length, many);
  assert.equal(found.lines.length, 300);
  assert.deepEqual(found, slow(large, 0, text.length, many));
});

test('memory is given once, and not more than there is', () => {
  const small = PlainLines.make(100_000);
  const [one, other] = [small?.take(50_000), small?.take(50_000)];
  assert(one !== undefined && other !== undefined && one.byteOffset + one.length <= other.byteOffset);
  assert.throws(() => small?.take(100_000), /at once/);
});

test('where there is no WebAssembly there are no such lines', (context) => {
  const kept: unknown = Reflect.get(globalThis, 'WebAssembly');
  context.after(() => Reflect.set(globalThis, 'WebAssembly', kept));
  Reflect.set(globalThis, 'WebAssembly', undefined);
  assert.equal(PlainLines.make(100), undefined);
});

function slow(memory: Buffer, start: number, end: number, bounds: LineBounds) {
  const copy = Buffer.from(memory);
  assert.equal(PlainLines.of(copy), undefined);
  return read(copy, start, end, bounds);
}

function read(memory: Buffer, start: number, end: number, bounds: LineBounds) {
  const lines = new HeaderLines();
  lines.begin(memory, start);
  return told(lines, lines.scan(memory, end, bounds));
}

function told(lines: HeaderLines, stopped: number) {
  const places = [...lines.offsets.subarray(0, 4 * lines.count)];
  return { stopped, fault: lines.fault, lines: lines.list(), places, ids: [...lines.ids.subarray(0, lines.count)] };
}

// The classes of bytes, against the RFCs' own lists.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  equalsLower,
  hexValue,
  isHost,
  isMethod,
  isTarget,
  isToken,
  isValue,
  valueEndIn,
  viewOf,
} from '../../../proxy/http1/bytes.ts';

const members = (table: Uint8Array): string =>
  [...table.keys()]
    .filter((byte) => table[byte] === 1)
    .map((byte) => String.fromCharCode(byte))
    .join('');

test('each class has its members and no others', () => {
  const alphanumeric = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  assert.deepEqual([...members(isToken)].sort(), [...`!#$%&'*+-.^_\`|~${alphanumeric}`].sort(), 'RFC 9110 5.6.2');
  assert.equal(members(isMethod), '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_');
  assert.deepEqual([...members(isHost)].sort(), [...`-._~${alphanumeric}`].sort());
  assert.equal(members(isTarget).length, 0x7e - 0x21 + 1 - 1, 'visible ASCII without #');
  assert.equal(isTarget[0x23], 0);
  const controls = [...isValue.keys()].filter((byte) => isValue[byte] === 0);
  assert.deepEqual(
    controls,
    [...Array(9).keys(), ...Array.from({ length: 22 }, (_, index) => 10 + index), 0x7f],
    'all but tab',
  );
  assert.deepEqual(
    [...'09afAF'].map((digit) => hexValue[digit.charCodeAt(0)]),
    [0, 9, 10, 15, 10, 15],
  );
  assert.equal(hexValue.filter((value) => value !== 255).length, 22);
});

test('comparing ignores case and nothing else', () => {
  const bytes = Buffer.from('xHost@');
  assert.equal(equalsLower(bytes, 1, 5, Buffer.from('host')), true);
  assert.equal(equalsLower(bytes, 1, 6, Buffer.from('host')), false);
  assert.equal(equalsLower(bytes, 5, 6, Buffer.from('`')), false, '@ is not the capital of `');
});

test('the end of a value is the same four bytes at a time as byte by byte, for every byte at every place', () => {
  const memory = Buffer.alloc(32, 'v');
  for (let byte = 0; byte < 256; byte += 1) {
    for (let place = 0; place < 8; place += 1) {
      memory[4 + place] = byte;
      for (let start = 4; start < 8; start += 1) assert.equal(endFast(memory, start, 20), endSlow(memory, start, 20));
      memory[4 + place] = 0x76;
    }
  }
});

test('and for any bytes, wherever in their memory they begin and end', () => {
  const mostlyPlain = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0x20, max: 0xff }) },
    { weight: 1, arbitrary: fc.nat(255) },
  );
  fc.assert(
    fc.property(
      fc.array(mostlyPlain, { maxLength: 60 }),
      fc.nat(7),
      fc.nat(60),
      fc.nat(60),
      (values, offset, one, other) => {
        const memory = Buffer.alloc(offset + values.length);
        const bytes = memory.subarray(offset);
        bytes.set(values);
        const [start, stop] = [Math.min(one, other, bytes.length), Math.min(Math.max(one, other), bytes.length)];
        assert.equal(endFast(bytes, start, stop), endSlow(bytes, start, stop));
      },
    ),
  );
});

function endFast(bytes: Buffer, start: number, stop: number): number {
  return valueEndIn(viewOf(bytes), start, stop);
}

function endSlow(bytes: Buffer, start: number, stop: number): number {
  const end = bytes.subarray(start, stop).findIndex((byte) => isValue[byte] === 0);
  return end === -1 ? stop : start + end;
}

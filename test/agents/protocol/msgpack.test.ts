// JSON values there and back; bytes that are no value are none, never an exception, never memory that was only promised.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeMsgpack, encodeMsgpack } from '#protocol/msgpack';

function read(hex: string): unknown {
  const bytes = Buffer.from(hex, 'hex');
  return decodeMsgpack(bytes, 0, bytes.length);
}

test('every JSON value comes back', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      const bytes = encodeMsgpack(plain);
      assert.deepEqual(decodeMsgpack(bytes, 0, bytes.length), plain);
    }),
  );
});

test('numbers of every size, and long texts, lists and tables', () => {
  const numbers = [0, 127, 128, 255, 65_536, 2 ** 32, 2 ** 53 - 1, -1, -33, -(2 ** 31), -(2 ** 40), 1.5, -0.1];
  const table = Object.fromEntries(
    numbers
      .map((one, index) => [`k${index}`, one])
      .concat([
        ['x', 1],
        ['y', 2],
        ['z', 3],
      ]),
  );
  for (const value of [numbers, table, 'x'.repeat(40), 'é'.repeat(200), 'x'.repeat(70_000), Array(20).fill(null)]) {
    const bytes = encodeMsgpack(value);
    assert.deepEqual(decodeMsgpack(bytes, 0, bytes.length), value);
  }
});

test('the forms of other writers are read', () => {
  for (const [hex, value] of [
    ['cc80', 128],
    ['cd0100', 256],
    ['d080', -128],
    ['d18000', -32_768],
    ['ca3fc00000', 1.5],
    ['d903616263', 'abc'],
    ['dc0001c3', [true]],
    ['de0001a161c2', { a: false }],
    ['e0', -32],
  ] as const)
    assert.deepEqual(read(hex), value);
  assert.deepEqual(read('c40201ff'), Buffer.from([1, 255]));
});

for (const [name, hex] of [
  ['nothing', ''],
  ['a text that ends early', 'a361'],
  ['a text that is not UTF-8', 'a1ff'],
  ['a list of four billion', 'ddffffffff'],
  ['a table of four billion', 'dfffffffff'],
  ['bytes of four billion', 'c6ffffffff'],
  ['an extension', 'd40100'],
  ['a key that is no text', '8101a161'],
  ['two values', 'c0c0'],
  ['nesting without end', `${'91'.repeat(40)}c0`],
] as const) {
  test(`what is no value is none: ${name}`, () => assert.equal(read(hex), undefined));
}

test('arbitrary bytes throw nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      decodeMsgpack(Buffer.from(bytes), 0, bytes.length);
    }),
    { numRuns: 3000 },
  );
});

test('`__proto__` is a key like any other', () => {
  const table = read(`81a9${Buffer.from('__proto__').toString('hex')}8101${''}`);
  assert.equal(table, undefined); // its value has a key that is no text
  const good = read(`81a9${Buffer.from('__proto__').toString('hex')}01`) as object;
  assert.deepEqual(Object.entries(good), [['__proto__', 1]]);
  assert.equal(Object.getPrototypeOf(good), Object.prototype);
});

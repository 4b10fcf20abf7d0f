// What is put together here is a module, and says what its calls say.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  add,
  byteAt,
  type Code,
  eightAt,
  eightOr,
  either,
  get,
  giveBack,
  isAtLeast,
  isLess,
  isMore,
  isMoreSigned,
  lowestBit,
  type Memory,
  moduleOf,
  number,
  numberAt,
  pairAt,
  shiftLeft,
  shiftRight,
  started,
  store,
  storeByte,
  storeEight,
  storePair,
  subtract,
} from '../../config/wasm-code.ts';

test('any number is the number it was', () => {
  fc.assert(fc.property(fc.integer(), (value) => assert.equal(run(giveBack(number(value)), 0), value)));
});

test('what is worked out is worked out', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (one, other) => {
      assert.equal(run(giveBack(add(get(0), number(other))), one), (one + other) | 0);
      assert.equal(run(giveBack(subtract(get(0), number(other))), one), (one - other) | 0);
      assert.equal(run(giveBack(lowestBit(get(0))), one), one === 0 ? 32 : 31 - Math.clz32(one & -one));
    }),
  );
});

test('what is compared, moved and chosen', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (one, other) => {
      const [first, second] = [one >>> 0, other >>> 0];
      assert.equal(run(giveBack(isLess(get(0), number(other))), one), Number(first < second));
      assert.equal(run(giveBack(isAtLeast(get(0), number(other))), one), Number(first >= second));
      assert.equal(run(giveBack(isMore(get(0), number(other))), one), Number(first > second));
      assert.equal(run(giveBack(isMoreSigned(get(0), number(other))), one), Number(one > other));
      assert.equal(run(giveBack(shiftLeft(get(0), 7)), one), one << 7);
      assert.equal(run(giveBack(shiftRight(get(0), 1)), one), (one >>> 1) | 0);
      assert.equal(run(giveBack(either(get(0), number(5), number(6))), one), one === 0 ? 6 : 5);
    }),
  );
});

test('what is stored is there, in one, two, four and eight bytes, wherever it lies', () => {
  const far = 0x4321;
  const body = [
    store(number(0), 4, get(0)),
    storeByte(number(far), get(0)),
    storePair(number(far + 1), get(0)),
    storeEight(number(8), eightOr(eightAt(number(0)), eightAt(number(0)))),
    giveBack(add(add(byteAt(number(1), far - 1), pairAt(number(1), far)), numberAt(number(4), 8))),
  ].flat();
  fc.assert(
    fc.property(fc.integer(), (value) => {
      assert.equal(run(body, value), ((value & 0xff) + (value & 0xffff) + value) | 0);
    }),
  );
});

test('a module of many pages has them', () => {
  const { memory } = made(giveBack(number(0)), 300);
  assert.equal(memory.buffer.byteLength, 300 * 64 * 1024);
  memory.grow(1);
  assert.equal(memory.buffer.byteLength, 301 * 64 * 1024);
  assert.throws(() => memory.grow(1));
});

interface Exports {
  readonly run: (value: number) => number;
  readonly memory: Memory;
}

function run(body: Code, value: number): number {
  return made(body, 1).run(value);
}

function made(body: Code, pages: number): Exports {
  return started(
    moduleOf({ name: 'run', parameters: 1, numbers: 1, eights: 1, sixteens: 1, pages, pagesMax: pages + 1 }, body),
  );
}

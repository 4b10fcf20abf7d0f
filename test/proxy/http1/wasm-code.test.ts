// What is put together here is a module, and says what its calls say.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  add,
  type Code,
  get,
  giveBack,
  lowestBit,
  moduleOf,
  number,
  subtract,
} from '../../../proxy/http1/wasm-code.ts';

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

test('a module of many pages has them', () => {
  const { memory } = made(giveBack(number(0)), 300);
  assert.equal(memory.buffer.byteLength, 300 * 64 * 1024);
});

interface Exports {
  readonly run: (value: number) => number;
  readonly memory: { readonly buffer: ArrayBuffer };
}

function run(body: Code, value: number): number {
  return made(body, 1).run(value);
}

function made(body: Code, pages: number): Exports {
  const code = moduleOf({ name: 'run', parameters: 1, numbers: 1, sixteens: 1, pages }, body);
  const { Module, Instance } = Reflect.get(globalThis, 'WebAssembly') as {
    readonly Module: new (code: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: Exports };
  };
  return new Instance(new Module(code)).exports;
}

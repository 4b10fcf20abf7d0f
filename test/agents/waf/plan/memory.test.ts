// Texts that come again: found again however alike they are, and not driven out by texts that never come again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { copyOf, Memory, type Remembered } from '../../../../agents/waf/plan/memory.ts';

const bytes = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  maxLength: 40,
});

test('what is found is what was kept of this text for this owner', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes, fc.integer({ min: 0, max: 2 }))), (texts) => {
      const memory = new Memory<Remembered>(4);
      for (const [text, owner] of texts) {
        const known = memory.get(text, owner);
        assert(known === undefined || (known.text === text && known.owner === owner));
        const one = known ?? memory.keep({ text: copyOf(text), owner });
        assert.equal(memory.get(text, owner), one);
      }
    }),
  );
});

test('texts that come with every request stay', () => {
  const memory = new Memory<Remembered>(64);
  const every = ['host', 'sec-fetch-mode', 'sec-fetch-site', 'sec-fetch-dest', 'cookie', 'a', ''];
  let missed = 0;
  for (let request = 0; request < 3000; request += 1) {
    for (const text of every) {
      if (memory.get(text, 0) !== undefined) continue;
      missed += 1;
      memory.keep({ text, owner: 0 });
    }
    for (let at = 0; at < 5; at += 1) memory.keep({ text: `n${request}x${at}`, owner: 0 });
  }
  assert(missed < 100, String(missed));
});

test('rows are evenly used by texts that differ in little', () => {
  for (const textOf of [
    (at: number) => `item-${at}`,
    (at: number) => `data[${at}][name]`,
    (at: number) => `${at}abcdefgh`,
  ]) {
    const memory = new Memory<Remembered>(4096);
    for (let at = 0; at < 1000; at += 1) {
      memory.keep({ text: textOf(at), owner: 1 });
      memory.get(textOf(at), 1);
    }
    let found = 0;
    for (let at = 0; at < 1000; at += 1) if (memory.get(textOf(at), 1) !== undefined) found += 1;
    assert(found > 700, `${found} of ${textOf(1)}`);
  }
});

test('owners are told apart', () => {
  const memory = new Memory<Remembered>(16);
  assert.deepEqual([memory.newOwner(), memory.newOwner()], [1, 2]);
});

// A transformation changes nothing in a value without the bytes that are listed for it, whatever else is in the value.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, everyByte, maskOf } from '../../../../agents/waf/plan/byte-classes.ts';
import { changedBy } from '../../../../agents/waf/plan/identity.ts';
import { transformationByName, transformationNames } from '../../../../agents/waf/transform/table.ts';
import { byteStrings, madeOf } from '../reference.ts';

const values = fc.oneof(
  byteStrings,
  madeOf('%41', '+', '&lt;', '\\x41', '/*', '*/', '../', '//', '  ', '"', 'A', 'a b', '--', '#', '\0', 'u0041'),
);

test('identity where it is said', () => {
  let same = 0;
  fc.assert(
    fc.property(values, fc.constantFrom(...transformationNames), (value, name) => {
      const transformation = transformationByName(name);
      assert(transformation !== undefined);
      const [changes, held] = [changedBy(transformation), maskOf(bytesOf(value))];
      if (changes.low === everyByte.low || (changes.low & held.low) !== 0 || (changes.high & held.high) !== 0) return;
      same += 1;
      assert.equal(transformation.apply(value), value, name);
    }),
    { numRuns: 3000 },
  );
  assert(same > 200, String(same));
});

test('each transformation on each single byte', () => {
  for (const name of transformationNames) {
    const transformation = transformationByName(name);
    assert(transformation !== undefined);
    const changes = changedBy(transformation);
    for (let byte = 0; byte < 256; byte += 1) {
      const held = maskOf([byte]);
      const value = String.fromCharCode(byte);
      const mayChange =
        changes.low === everyByte.low || (changes.low & held.low) !== 0 || (changes.high & held.high) !== 0;
      if (!mayChange)
        for (const text of [value, value + value, `a${value}`]) assert.equal(transformation.apply(text), text, name);
    }
  }
});

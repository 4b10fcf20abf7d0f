// A transformation changes nothing in a value without the bytes that are listed for it, and brings no byte in but those
// that are listed, whatever else is in the value.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, everyByte, maskOf } from '../../../../agents/waf/plan/byte-classes.ts';
import { canChange, effectOf, outcomeOf } from '../../../../agents/waf/plan/effect.ts';
import { transformationByName, transformationNames } from '../../../../agents/waf/transform/table.ts';
import { byteStrings, madeOf } from '../reference.ts';

const values = fc.oneof(
  byteStrings,
  madeOf('%41', '+', '&lt;', '\\x41', '/*', '*/', '../', '//', '  ', '"', 'A', 'a b', '--', '#', '\0', 'u0041', '<!--'),
  madeOf('c3', '\xc3\xa9', 'C^M"D', '\t', '\xa0', '..\\', '%u0131', ';,', '-->', 'Zm9v'),
);

test('as it is said', () => {
  const seen = { same: 0, closed: 0 };
  fc.assert(
    fc.property(values, fc.constantFrom(...transformationNames), (value, name) => check(name, value, seen)),
    { numRuns: 6000 },
  );
  assert(seen.same > 400, String(seen.same));
  assert(seen.closed > 100, String(seen.closed));
});

test('each transformation on each single byte', () => {
  for (const name of transformationNames) {
    for (let byte = 0; byte < 256; byte += 1) {
      const value = String.fromCharCode(byte);
      for (const text of [value, value + value, `a${value}`, `/*${value}`]) check(name, text);
    }
  }
});

function check(name: string, value: string, seen = { same: 0, closed: 0 }): void {
  const transformation = transformationByName(name);
  assert(transformation !== undefined);
  const [effect, held] = [effectOf(transformation), maskOf(bytesOf(value))];
  const result = transformation.apply(value);
  const isSame = !canChange(effect, held);
  if (isSame) assert.equal(result, value, name);
  const [may, does] = [outcomeOf(effect, held), maskOf(bytesOf(result))];
  if (isSame) seen.same += 1;
  else if (may.low !== everyByte.low) seen.closed += 1;
  assert.equal(does.low & ~may.low, 0, `${name} of ${JSON.stringify(value)}`);
  assert.equal(does.high & ~may.high, 0, `${name} of ${JSON.stringify(value)}`);
}

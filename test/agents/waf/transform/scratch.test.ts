// Buffers that all share: what one value leaves behind is never seen by the next.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, editOf, Output, textOf, wordsOf } from '../../../../agents/waf/transform/scratch.ts';
import { transformationByName, transformationNames } from '../../../../agents/waf/transform/table.ts';

test('behind a value are zero bytes, whatever was there before', () => {
  for (const length of [0, 3, 65_536, 65_537]) {
    bytesOf('\xff'.repeat(length + 100));
    const bytes = bytesOf('\xfe'.repeat(length));
    assert.equal(textOf(bytes, length), '\xfe'.repeat(length));
    assert.deepEqual([...bytes.subarray(length, length + 8)], [0, 0, 0, 0, 0, 0, 0, 0]);
    assert.equal(wordsOf(bytes).buffer, bytes.buffer);
    assert.ok(4 * wordsOf(bytes).length >= length);
  }
});

test('an edit is what was put behind what stays', () => {
  const edit = editOf('abcd', 2);
  edit.put(0x41);
  assert.equal(edit.end, 4);
  assert.equal(edit.text(), 'abA');
});

test('an output is what was put into it', () => {
  for (const bytesMax of [3, 100_000]) {
    const output = new Output(bytesMax);
    output.put(0x41);
    output.put(0xff);
    assert.equal(output.text(), 'A\xff');
  }
});

// Each is cut off in the middle of something, which must not go on with what another value left there.
const pieces = [
  '%4',
  '%u004',
  '&#6',
  '&am',
  '\\x4',
  '\\u004',
  '\\4',
  '\\',
  '0x4',
  '/*',
  '--',
  '<!-',
  '/.',
  '\xc3',
  'QU',
  'Ab',
];

for (const name of transformationNames) {
  test(`${name}: a value ends where it ends`, () => {
    const apply = transformationByName(name)?.apply ?? assert.fail();
    for (const piece of pieces) {
      const alone = [piece, piece.repeat(20)].map((value) => [bytesOf(''), apply(value)][1]);
      const after = [piece, piece.repeat(20)].map((value) => [bytesOf('41;>/->'.repeat(100)), apply(value)][1]);
      assert.deepEqual(after, alone, piece);
    }
  });
}

test('a value longer than the buffers is changed as a short one', () => {
  const apply = (name: string, value: string): string => transformationByName(name)?.apply(value) ?? assert.fail();
  const times = 30_000;
  for (const [name, piece, became] of [
    ['urlDecodeUni', '%41+', 'A '],
    ['cmdLine', '"A"', 'a'],
    ['lowercase', 'ABC', 'abc'],
    ['htmlEntityDecode', '&lt;', '<'],
    ['jsDecode', '\\x41', 'A'],
    ['utf8toUnicode', '\xc3\xa9a', '%u00e9a'],
    ['urlEncode', '/a', '%2fa'],
  ] as const) {
    assert.equal(apply(name, piece.repeat(times)), became.repeat(times), name);
  }
});

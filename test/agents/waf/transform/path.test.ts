// Paths with references to themselves, back, above the start, and names that only look like one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normalizePath, normalizePathWin } from '../../../../agents/waf/transform/path.ts';

const cases: readonly [string, string][] = [
  ['/a/./b//c/../d', '/a/b/d'],
  ['/../../etc/passwd', '/etc/passwd'],
  ['../../etc', '../../etc'],
  ['a/../../b', '../b'],
  ['/foo../bar', '/bar'], // the reference's reading
  ['a/..', ''],
  ['/a/b/', '/a/b/'],
  ['.hidden', '.hidden'],
  ['', ''],
];

for (const [input, output] of cases) {
  test(`'${input}'`, () => assert.equal(normalizePath.apply(input), output));
}

test('for Windows both slashes are one', () => {
  assert.equal(normalizePathWin.apply('c:\\a\\..\\b/c'), 'c:/b/c');
  assert.equal(normalizePath.apply('a\\..\\b'), 'a\\..\\b');
});

test('a path of plain names stays, and none grows', () => {
  const segment = fc.constantFrom('a', 'bc', '.', '..', '', 'd.e', '...');
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 12 }), (segments) => {
      const path = segments.join('/');
      assert(normalizePath.apply(path).length <= path.length);
      const plain = segments.map((one) => one.replaceAll('.', '') || 'x').join('/');
      assert.equal(normalizePath.apply(plain), plain);
    }),
  );
});

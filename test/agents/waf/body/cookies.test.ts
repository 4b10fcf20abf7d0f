// Cookies as browsers send them, and as RFC 2109 had them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCookies } from '../../../../agents/waf/body/cookies.ts';
import { byteStrings } from '../reference.ts';

const pairsOf = (header: string, version: 0 | 1) =>
  readCookies(header, version).map(({ name, value }) => [name, value]);

test('version 0: between semicolons, nothing decoded, nothing without a name', () => {
  assert.deepEqual(pairsOf('a=b%41; c; =d;\t e=f=g ;; $Version=1', 0), [
    ['a', 'b%41'],
    ['c', ''],
    ['e', 'f=g '],
    ['$Version', '1'],
  ]);
});

test('version 1: quotes, commas, and attributes named after their cookie', () => {
  assert.deepEqual(pairsOf('$Version="1"; a="b;c"; $Path=/x , d = e ;f', 1), [
    ['$Version', '1'],
    ['a', 'b;c'],
    ['$a_Path', '/x'],
    ['d', 'e'],
    ['f', ''],
  ]);
  assert.deepEqual(pairsOf('a="open', 1), [['a', 'open']]);
});

test('any bytes are read', () => {
  fc.assert(
    fc.property(byteStrings, fc.constantFrom<0 | 1>(0, 1), (header, version) => {
      for (const { name } of readCookies(header, version)) assert.notEqual(name, '');
    }),
  );
});

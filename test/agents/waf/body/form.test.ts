// Forms and query strings: empty names, missing values, broken escapes, too many.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readForm } from '../../../../agents/waf/body/form.ts';
import { urlEncode } from '../../../../agents/waf/transform/url.ts';
import { byteStrings } from '../reference.ts';

const limits = { separator: '&', argumentsMax: 1000 };
const pairsOf = (text: string): [string, string][] =>
  readForm(text, limits).arguments.map(({ name, value }) => [name, value]);

test('the value starts behind the first `=`; names may be empty', () => {
  assert.deepEqual(pairsOf('a=1=2&b&&=c&d='), [
    ['a', '1=2'],
    ['b', ''],
    ['', ''],
    ['', 'c'],
    ['d', ''],
  ]);
  assert.deepEqual(pairsOf(''), []);
  assert.deepEqual(pairsOf('a=1&'), [['a', '1']]);
});

test('a broken escape stays, and is told', () => {
  const { arguments: found, hasBrokenEscape } = readForm('a=%zz%41+', limits);
  assert.deepEqual(found, [{ name: 'a', value: '%zzA ' }]);
  assert.equal(hasBrokenEscape, true);
  assert.equal(readForm('a=%41%', limits).hasBrokenEscape, true);
  assert.equal(readForm('a=%41', limits).hasBrokenEscape, false);
});

test('more arguments than allowed: those before are kept, and it is told', () => {
  const { arguments: found, error } = readForm('a&b&c', { separator: '&', argumentsMax: 2 });
  assert.equal(found.length, 2);
  assert.match(error ?? '', /More than 2 arguments/);
  assert.equal(readForm('a&b', { separator: '&', argumentsMax: 2 }).error, undefined);
});

test('another separator', () => {
  assert.equal(readForm('a=1&x;b=2', { separator: ';', argumentsMax: 9 }).arguments[0]?.value, '1&x');
});

test('what is encoded is read back', () => {
  const pairs = fc.array(fc.tuple(byteStrings, byteStrings), { maxLength: 8 });
  fc.assert(
    fc.property(pairs, (written) => {
      const text = written.map((pair) => pair.map(urlEncode.apply).join('=')).join('&');
      assert.deepEqual(pairsOf(text), written);
    }),
  );
});

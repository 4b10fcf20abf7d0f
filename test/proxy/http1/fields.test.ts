// Values that frame: numbers and connection options.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionOptions, decimalOf, wordsOf } from '../../../proxy/http1/fields.ts';

test('decimal numbers below 2^53, and nothing else', () => {
  const decimal = (text: string) => decimalOf(Buffer.from(text), 0, text.length);
  assert.deepEqual(['0', '007', '9007199254740991'].map(decimal), [0, 7, Number.MAX_SAFE_INTEGER]);
  for (const bad of ['', '-1', '+1', '1 ', '1.0', '0x1', '9007199254740992', '99999999999999999'])
    assert.equal(decimal(bad), -1, bad);
});

test('connection options in lower case, without those that everybody knows', () => {
  assert.deepEqual(connectionOptions('close'), { closes: true, keeps: false, names: [] });
  assert.deepEqual(connectionOptions('Keep-Alive'), { closes: false, keeps: true, names: [] });
  assert.deepEqual(connectionOptions(' X-A\t,, CLOSE ,keep-alive'), { closes: true, keeps: true, names: ['x-a'] });
  assert.deepEqual(connectionOptions(''), { closes: false, keeps: false, names: [] });
  assert.deepEqual(connectionOptions('x-keep-alive'), { closes: false, keeps: false, names: ['x-keep-alive'] });
  for (const bad of ['a b', 'a;b', 'Host', 'transfer_encoding', 'x, Content-Length', '"x"'])
    assert.equal(connectionOptions(bad), undefined, bad);
});

test('the members of a list, without the blanks around them, be those millions', () => {
  assert.deepEqual(wordsOf(' A,\t b\t,, ,c d'), ['a', 'b', 'c d']);
  const wide = `a${' '.repeat(4_000_000)}b`; // looked at from every blank on, this takes hours
  assert.deepEqual(wordsOf(`${wide}, ${wide}`), [wide, wide]);
});

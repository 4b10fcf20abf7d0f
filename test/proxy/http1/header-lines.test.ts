// Lines as offsets: what is found where, without the blanks around values, and how many lines there may be.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderLines, isFaulty, needsMore } from '../../../proxy/http1/header-lines.ts';
import { headerIds } from '../../../proxy/http1/header-names.ts';

const bounds = { lineBytesMax: 100, bytesMax: 10_000, countMax: 60 };

function scan(text: string, limits = bounds): [result: number, lines: HeaderLines] {
  const lines = new HeaderLines();
  const bytes = Buffer.from(text, 'latin1');
  lines.begin(bytes, 0);
  return [lines.scan(bytes, bytes.length, limits), lines];
}

test('names, values and ids', () => {
  const text = 'Host: a\r\nX:  b c \t\r\nY:\r\n\r\nrest';
  const [end, lines] = scan(text);
  assert.equal(text.slice(end), 'rest');
  assert.deepEqual(lines.list(), [
    ['Host', 'a'],
    ['X', 'b c'],
    ['Y', ''],
  ]);
  assert.deepEqual([lines.valueOf(headerIds.host), lines.valueOf(headerIds.te)], ['a', undefined]);
});

test('it grows beyond its first room and stops at its bounds', () => {
  const [end, lines] = scan(`${'A: 1\r\n'.repeat(60)}\r\n`);
  assert.deepEqual([end, lines.count], [362, 60]);
  assert.equal(lines.value(59), '1');
  const faultOf = (text: string) => {
    const [result, faulty] = scan(text);
    return result === isFaulty ? faulty.fault : result;
  };
  assert.equal(faultOf('A: 1\r\n'.repeat(61)), 'many-headers');
  assert.equal(faultOf(`A: ${'1'.repeat(95)}\r\n\r\n`), 102, 'a line of 100 bytes fits');
  assert.equal(faultOf(`A: ${'1'.repeat(96)}\r\n\r\n`), 'long-header');
  assert.equal(scan('A: 1\r\nB: 2\r\n\r\n', { ...bounds, bytesMax: 12 })[0], 14, 'the empty line counts for nothing');
  assert.equal(scan('A: 1\r\nB: 2\r\n\r\n', { ...bounds, bytesMax: 11 })[1].fault, 'many-header-bytes');
  assert.equal(faultOf('A: 1\r\nB'), needsMore);
});

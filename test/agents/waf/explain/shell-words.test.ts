// Words as a shell parts them: compared with a shell in what both understand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shellWords } from '../../../../agents/waf/explain/shell-words.ts';

const words = (line: string) => {
  const parted = shellWords(line);
  return 'words' in parted ? parted.words : parted.problem;
};

test('quotes, escapes, and lines that go on', () => {
  assert.deepEqual(words(`a 'b c' "d \\"e\\" \\x" f\\ g ''  h'i'"j"`), ['a', 'b c', 'd "e" \\x', 'f g', '', 'hij']);
  assert.deepEqual(words('a \\\n  b\tc\r\n'), ['a', 'b', 'c']);
  assert.deepEqual(words(`'$x' $x "$x"`), ['$x', '$x', '$x']);
  assert.deepEqual(words(''), []);
});

test('as browsers write what has quotes or control characters in it', () => {
  assert.deepEqual(words(String.raw`$'it\'s\n\u0021\x41\\'`), ["it's\n!A\\"]);
  assert.deepEqual(words(String.raw`$'\u00e9'`), ['\xc3\xa9']);
});

test('beyond ASCII it is UTF-8, byte by byte', () => {
  assert.deepEqual(words('é'), ['\xc3\xa9']);
});

test('a quote that is not closed is said', () => {
  for (const line of ["a 'b", 'a "b', "a $'b", 'a "b\\"']) assert.match(String(words(line)), /a quote is not closed/);
});

// Escapes of three languages at their edges: full width, overlong numbers, the end of the text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cssDecode, escapeSeqDecode, jsDecode } from '../../../../agents/waf/transform/escapes.ts';

test('JavaScript: four and two digits, octal up to 255, letters, anything else as it is', () => {
  assert.equal(jsDecode.apply('\\u003c\\uff1c\\x3e\\101\\777\\n\\q\\u00\\x4'), '<<>A?7\nqu00x4');
  assert.equal(jsDecode.apply('a\\'), 'a\\');
});

test('CSS: up to six digits, one space behind them, a new line goes', () => {
  assert.equal(cssDecode.apply('\\74 e\\000073t\\\nx\\yz\\'), 'testxyz');
  assert.equal(cssDecode.apply('\\ff1c \\00ff1cx\\10ff1c'), '<<x\x1c');
});

test('C: letters, two hexadecimal digits, octal; other backslashes go', () => {
  assert.equal(escapeSeqDecode.apply('\\a\\x41\\X42\\101\\?\\q\\xz\\'), '\x07AB' + 'A?qxz\\');
  assert.equal(escapeSeqDecode.apply('\\777'), '\xff');
});

// Expressions on byte strings, as ModSecurity 2.9 runs them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileExpression } from '../../../../agents/waf/compile/regex.ts';

function expression(source: string, foldsCase = false) {
  const made = compileExpression(source, { foldsCase });
  assert('test' in made, source);
  return made;
}

test('a dot is any byte, $ the very end', () => {
  assert(expression('^a.b$').test('a\nb'));
  assert(!expression('^a$').test('a\n'));
  assert(!expression('^b').test('a\nb'));
});

test('bytes are bytes, whatever they would be as UTF-8', () => {
  assert(expression('\\xac\\xed\\x00\\x05').test('\xac\xed\0\x05'));
  assert(expression('a[^b]c').test('a\xffc'));
  assert(expression('\\x{e2}\\x80[\\x98\\x99]').test(Buffer.from('‘', 'utf8').toString('latin1')));
});

test('groups, and which took no part', () => {
  assert.deepEqual(expression('(a)|(\\xe9)').exec('x\xe9'), ['\xe9', undefined, '\xe9']);
  assert.equal(expression('a').exec('b'), undefined);
});

test('folding from the start', () => {
  assert(expression('^_ga$', true).test('_GA'));
  assert(!expression('\\xe9', true).test('\xc9'));
});

test('a literal byte is found in any bytes that hold it, and only there', () => {
  const byteString = fc.array(fc.nat(255), { maxLength: 20 }).map((codes) => String.fromCharCode(...codes));
  fc.assert(
    fc.property(byteString, fc.nat(255), (value, code) => {
      const byte = String.fromCharCode(code);
      assert.equal(expression(`\\x${code.toString(16).padStart(2, '0')}`).test(value), value.includes(byte));
    }),
  );
});

test('what looks around runs too; what nobody knows is refused', () => {
  assert(expression('<\\?(?!xml)').test('<?php'));
  assert(!expression('<\\?(?!XML)', true).test('<?xml'));
  for (const source of ['(?R)', '\\K', '(', 'a**', 'a{1001}', `${'a'.repeat(300_000)}`])
    assert('fault' in compileExpression(source), source.slice(0, 10));
});

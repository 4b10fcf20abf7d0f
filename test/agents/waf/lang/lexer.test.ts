// Lines and words as Apache reads them (server/util.c), and what is refused that Apache would pass over.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lex } from '../../../../agents/waf/lang/lexer.ts';
import { offsetAt } from '../../../../agents/waf/lang/mapped-text.ts';
import { makeRuleSource } from '../../../../agents/waf/lang/rule-file.ts';
import { anyBytes } from './support.ts';

const read = (text: string) => lex(makeRuleSource({ file: 'a.conf', text }));
const words = (text: string) =>
  read(text).directives.map(({ name, words: rest }) => [name, ...rest].map((word) => word.text));
const complaints = (text: string) =>
  read(text).problems.map(({ what, hint, place }) => `${place?.line}:${place?.column} ${what}; ${hint}`);

test('words are parted by blanks, quotes hold them together', () => {
  assert.deepEqual(words('A b\tc "d e" \'f g\' ""'), [['A', 'b', 'c', 'd e', 'f g', '']]);
  assert.deepEqual(words('  A  \n\n\tB\r\n'), [['A'], ['B']]);
});

test('in quotes a backslash protects the quote and itself, and is a plain character before any other', () => {
  assert.deepEqual(words(String.raw`A "\"b\"" "\\x5c" "\d\s" '\'' "\'"`), [
    ['A', '"b"', '\\x5c', '\\d\\s', "'", "\\'"],
  ]);
  assert.deepEqual(words(String.raw`A b\\c b\"c`), [['A', 'b\\c', 'b\\"c']]);
});

test('a line that ends with a backslash goes on in the next', () => {
  assert.deepEqual(words('A "b,\\\n  c" \\\r\n d\nE'), [['A', 'b,  c', 'd'], ['E']]);
  assert.deepEqual(words('A b \\'), [['A', 'b', '\\']]);
});

test('comments, also within a directive; one that goes on in a directive is told of', () => {
  assert.deepEqual(words('# A b\n  # C\nD \\\n  # e \\\n  f\n'), [['D', 'f']]);
  assert.deepEqual(words('# A \\\nSecRule b\nC'), [['C']]);
  assert.deepEqual(complaints('# A \\\nSecRule b\nC'), [
    "2:1 'SecRule' is part of a comment; the comment above ends with a backslash and so goes on here; take the backslash away",
  ]);
});

test('a byte order mark is no text', () => {
  assert.deepEqual(words('\xef\xbb\xbfA b'), [['A', 'b']]);
});

test('quotes that are not closed or that something follows', () => {
  assert.deepEqual(complaints('A "b c\nD'), [
    '1:3 a quote is not closed; close it, and end each line but the last with a backslash',
  ]);
  assert.deepEqual(complaints('A "b \\ \nD'), [
    '1:3 a quote is not closed; a blank stands behind the backslash that ends a line',
  ]);
  assert.deepEqual(complaints('A "b"c"\nD'), [
    '1:6 a blank must follow a closing quote; a quote that is meant is written \\"',
  ]);
});

test('never throws, and each character of a word is the one at its place', () => {
  fc.assert(
    fc.property(anyBytes, (text) => {
      for (const { name, words: rest } of read(text).directives) {
        for (const word of [name, ...rest]) {
          assert(word.start >= 0 && word.start < word.stop && word.stop <= text.length);
          for (let at = 0; at < word.text.length; at += 1)
            assert.equal(text.charAt(offsetAt(word, at)), word.text.charAt(at));
        }
      }
    }),
  );
});

// Places in a file of bytes, and how a problem at one is shown to a person.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem } from '#config/report';
import { makeRuleSource, placeIn, problemAt, within } from '../../../../agents/waf/lang/rule-file.ts';

const source = (text: string) => makeRuleSource({ file: 'a.conf', text });

test('lines and columns count from 1; what reaches over several lines is marked on its first', () => {
  const file = source('one\r\ntwo three\nfour');
  assert.deepEqual(placeIn(file, 9, 14), { file: 'a.conf', line: 2, column: 5, length: 5 });
  assert.deepEqual(placeIn(file, 0, 12), { file: 'a.conf', line: 1, column: 1, length: 3 });
  assert.deepEqual(placeIn(file, 19, 19), { file: 'a.conf', line: 3, column: 5, length: 1 });
});

test('a part of a place, only where the place shows the text as it is', () => {
  const place = { file: 'a.conf', line: 1, column: 10, length: 5 };
  assert.deepEqual(within(place, 'abcde', 2, 2), { ...place, column: 12, length: 2 });
  assert.deepEqual(within(place, 'abcd', 2, 2), place);
});

test('a line is shown as the UTF-8 that it is, and the caret stands where a reader sees it', () => {
  const text = Buffer.from('SecRule "é" bad', 'utf8').toString('latin1');
  const at = text.indexOf('bad');
  const file = source(text);
  const printed = formatProblem(problemAt(file, placeIn(file, at, at + 3), 'rule-syntax', 'no'));
  assert.equal(printed, 'a.conf:1:13: error: no [rule-syntax]\n    1 | SecRule "é" bad\n      |             ^^^');
});

test('bytes that are no UTF-8 are shown as Latin-1', () => {
  const file = source('\xe9\xff bad');
  assert.equal(problemAt(file, placeIn(file, 3, 6), 'rule-syntax', 'no').place?.text, '\xe9\xff bad');
});

// Phrases from arguments and from files, and what cannot be a list of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from '../../../../agents/waf/operator/phrases.ts';
import { wafLimits } from '../../../../config/limits-waf.ts';
import { asked, capturesOf, contextOf, operatorOf, problemOf } from './support.ts';

test('pm: any phrase of several, without case, told as it stands in the list', () => {
  assert.deepEqual(capturesOf('pm', 'WebZIP WebCopier\tWebster', 'a wEbCoPiEr 1'), ['WebCopier']);
  assert.deepEqual(capturesOf('pm', '  a  b  ', 'xBx'), ['b']);
  assert.equal(capturesOf('pm', 'one two', 'three'), undefined);
  assert.deepEqual(capturesOf('pm', 'a|20|b c', 'b'), ['b']); // bytes first, then words
  assert.equal(asked('pm', 'abc')(''), false);
});

test('nothing is captured that nobody wants', () => {
  assert.deepEqual(operatorOf('pm', 'a').match('a', contextOf({}), false), { captures: [] });
});

for (const name of ['pmFromFile', 'pmf', 'PMFROMFILE']) {
  test(`@${name}: a phrase on each line of several files`, () => {
    const files = { 'a.data': '# comment\n\n  Union Select \r\n', 'b.data': '\t#no\nx|41 42|x' };
    const operator = operatorOf(name, ' a.data  b.data ', files);
    const captured = (value: string) => operator.match(value, contextOf({}), true)?.captures;
    assert.deepEqual(captured('1 UNION SELECT 2'), ['Union Select']);
    assert.deepEqual(captured('zxabxz'), ['xABx']);
    assert.equal(captured('union'), undefined);
    assert.equal(captured('#no'), undefined);
  });
}

test('the last byte of a letter beyond ASCII is no blank', () => {
  assert.deepEqual(linesOf('voil\xc3\xa0\n\xa0\n'), ['voil\xc3\xa0', '\xa0']);
  const operator = operatorOf('pmFromFile', 'w', { w: 'voil\xc3\xa0\n' });
  assert.equal(operator.match('voil\xc3\xa9', contextOf({}), true), undefined);
  assert.deepEqual(operator.match('voil\xc3\xa0', contextOf({}), true)?.captures, ['voil\xc3\xa0']);
  assert.deepEqual(capturesOf('pm', 'a\xa0b voil\xc3\xa0', 'voil\xc3\xa9'), undefined);
});

test('what is no list of phrases is refused', () => {
  assert.match(problemOf('pm', '  '), /no phrase to look for/);
  assert.match(problemOf('pm', 'a %{tx.b}'), /read once, on load/);
  assert.match(problemOf('pmFromFile', 'a b', { a: 'x' }), /'b' cannot be read/);
  assert.match(problemOf('pmFromFile', 'HTTPS://example.com/a'), /not read over the network/);
  assert.match(problemOf('pmFromFile', 'a', { a: '# nothing\n\n' }), /no phrase to look for/);
  assert.match(
    problemOf('pm', 'x'.repeat(wafLimits.phraseBytesMax + 1)),
    /2097153 bytes together, 2097152 are allowed/,
  );
});

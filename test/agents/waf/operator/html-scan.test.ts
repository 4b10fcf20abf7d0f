// HTML as browsers read it, by marks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type HtmlPlace, HtmlScanner } from '../../../../agents/waf/operator/html-scan.ts';
import { madeOf } from '../reference.ts';

function scan(text: string, place: HtmlPlace = 'content'): string {
  const scanner = new HtmlScanner(text, place);
  const marks: string[] = [];
  for (let token = scanner.next(); token !== undefined; token = scanner.next()) {
    marks.push(`${token.mark}:${text.slice(token.start, token.end)}`);
  }
  return marks.join(' ');
}

const cases: readonly [string, string][] = [
  [
    'a<b c=d e="f g" h>i</b>',
    'text:a tag:b attribute:c value:d attribute:e value:f g attribute:h tag-end:> text:i closing-tag:b',
  ],
  ['<a/b="c"/>', 'tag:a attribute:b value:c tag-end:>'],
  ['<!-- a --><!b>', 'comment: a  comment:b'],
  ['<!--a-!>b', 'comment:a text:b'],
  ['<!--a\0-\0-\0>b', 'comment:a\0 text:b'],
  ['<?x><%y%>', 'comment:x comment:y'],
  ['<!DOCTYPE html>', 'doctype:DOCTYPE html'],
  ['<![CDATA[a<b]]>c', 'text:a<b text:c'],
  ['1 < 2', 'text:1  text: 2'],
  ['<', ''],
  ['<a', 'tag:a'],
  ['<a b=`c`>', 'tag:a attribute:b value:c tag-end:>'],
  ['</ x>', 'comment: x'],
];

for (const [text, marks] of cases) test(JSON.stringify(text), () => assert.equal(scan(text), marks));

test('within a tag and within quotes', () => {
  assert.equal(scan('onclick=x', 'in-tag'), 'attribute:onclick value:x');
  assert.equal(scan("a' b", 'in-single-quotes'), 'value:a attribute:b');
  assert.equal(scan('a" b', 'in-double-quotes'), 'value:a attribute:b');
  assert.equal(scan('a` b', 'in-back-ticks'), 'value:a attribute:b');
});

test('any text ends, and marks never go back', () => {
  const pieces = ['<', '>', '/', '=', '"', "'", '`', '<!--', '-->', '<![CDATA[', ']]>', '<%', '%>', '\0', ' ', 'a'];
  const places = fc.constantFrom<HtmlPlace>(
    'content',
    'in-tag',
    'in-single-quotes',
    'in-double-quotes',
    'in-back-ticks',
  );
  fc.assert(
    fc.property(madeOf(...pieces), places, (text, place) => {
      const scanner = new HtmlScanner(text, place);
      let last = 0;
      for (let token = scanner.next(); token !== undefined; token = scanner.next()) {
        assert(token.start >= last - 1 && token.end >= token.start && token.end <= text.length);
        last = token.end;
      }
    }),
    { numRuns: 1000 },
  );
});

// XML: what is well-formed and what is not, and nothing from outside.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readXml } from '../../../../agents/waf/body/xml.ts';
import { byteStrings, madeOf } from '../reference.ts';

test('all text in order; elements point into it', () => {
  const { document } = readXml('<?xml version="1.0"?><!-- c --><a x="1">t<b>u<![CDATA[<c>]]></b><?p i?>&amp;v</a>\n');
  assert.equal(document?.text, 'tu<c>&v');
  assert.deepEqual(
    document?.elements.map(({ name, start, end, parent }) => [name, document.text.slice(start, end), parent?.name]),
    [
      ['a', 'tu<c>&v', undefined],
      ['b', 'u<c>', 'a'],
    ],
  );
});

const wrong: readonly [string, RegExp][] = [
  ['', /no element/],
  ['<a>', /<a> is not closed/],
  ['<a></b>', /<\/b> closes <a>/],
  ['<a/><b/>', /second root/],
  ['x<a/>', /outside of the root/],
  ['<a>&x;</a>', /entity 'x' is not declared/],
  ['<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', /entity 'x' is not declared/],
  ['<a>\xff</a>', /not UTF-8/],
  ['<a>\0</a>', /byte 0/],
];

for (const [text, why] of wrong) {
  test(`refused: ${JSON.stringify(text)}`, () => assert.match(readXml(text).error ?? '', why));
}

test('a document of one byte per character says so', () => {
  const { document, error } = readXml('<?xml version="1.0" encoding="ISO-8859-1"?><a>\xff</a>');
  assert.equal(error, undefined);
  assert.equal(document?.text, '\xff');
});

test('levels and marks are bounded', () => {
  assert.match(readXml('<a>'.repeat(10_001)).error ?? '', /10000 levels/);
  assert.equal(readXml('<a>'.repeat(10_000) + '</a>'.repeat(10_000)).error, undefined);
  assert.match(readXml(`<a>${'<b/>'.repeat(100_000)}</a>`).error ?? '', /100000 elements/);
});

test('what is written is read back', () => {
  const tree = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('text', '&lt;', '<e/>', '<![CDATA[x]]>', '<!--c-->'),
      fc.array(tie('node'), { maxLength: 3 }).map((inside) => `<n a='1'>${inside.join('')}</n>`),
    ),
  })).node;
  fc.assert(fc.property(tree, (inside) => assert.equal(readXml(`<r>${inside}</r>`).error, undefined)));
});

test('any bytes are read, or refused', () => {
  const pieces = [
    '<a>',
    '</a>',
    '<a',
    ' x="',
    '"',
    "'",
    '>',
    '/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<!DOCTYPE',
    '<!ENTITY x "',
    '&x;',
    '&#60;',
    '<?',
  ];
  fc.assert(
    fc.property(fc.oneof(byteStrings, madeOf(...pieces)), (text) => {
      const { document, error } = readXml(text);
      assert.equal(document === undefined, error !== undefined);
    }),
    { numRuns: 500 },
  );
});

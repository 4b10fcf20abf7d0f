// Marks one by one, and each thing that is not well-formed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XmlScanner, type XmlToken } from '../../../../agents/waf/body/xml-scan.ts';

function scan(text: string): (XmlToken | string)[] {
  const scanner = new XmlScanner(text);
  const tokens: (XmlToken | string)[] = [];
  for (let token = scanner.next(true); token !== undefined; token = scanner.next(true)) {
    tokens.push(token);
    if (typeof token === 'string') break;
  }
  return tokens;
}

test('tags, attributes with both quotes, references', () => {
  assert.deepEqual(scan('\xef\xbb\xbf<n:a x = "1&amp;2" y=\'"\'/>t&#x3c;&#233;</n:a >'), [
    {
      kind: 'open',
      name: 'n:a',
      attributes: [
        { name: 'x', value: '1&2' },
        { name: 'y', value: '"' },
      ],
      isEmpty: true,
    },
    { kind: 'text', text: 't<\xc3\xa9' },
    { kind: 'close', name: 'n:a' },
  ]);
});

const wrong: readonly [string, RegExp][] = [
  ['<a x=1>', /not quoted/],
  ['<a x="1>', /not closed/],
  ['<a x="1"y="2">', /<a> is not closed/],
  ['<a x="1" x="2">', /'x' stands twice/],
  ['<a x="<">', /`<` stands/],
  ['<a x>', /'=' is missing/],
  ['<1a>', /name is missing/],
  ['</a x>', /'>' is missing/],
  ['a & b', /`&` stands alone/],
  ['&#0;', /no character/],
  ['&#xd800;', /no character/],
  ['&#1114112;', /no character/],
  ['a]]>', /`\]\]>`/],
  ['<!-- a -- b -->', /comment/],
  ['<![CDATA[x', /'\]\]>' is missing/],
  ['<?x', /'\?>' is missing/],
  ['\x01', /byte 1/],
];

for (const [text, why] of wrong) {
  test(`refused: ${JSON.stringify(text)}`, () => assert.match(String(scan(text).at(-1)), why));
}

test('entities that grow are stopped', () => {
  const scanner = new XmlScanner(`<!DOCTYPE a [<!ENTITY x "${'x'.repeat(1000)}">]><a>${'&x;'.repeat(100)}</a>`);
  scanner.next(false);
  assert.match(String(scanner.next(true)), /entities grow/);
});

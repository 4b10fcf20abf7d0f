// Document types: their end, their entities, and a billion laughs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { behindDoctype, readEntities } from '../../../../agents/waf/body/xml-doctype.ts';

test('the end is behind the mark that closes it', () => {
  const inside = '<!DOCTYPE a [ <!-- > --> <!ENTITY x ">"> <?p > ?> <!ELEMENT a (b)> ]>';
  assert.equal(behindDoctype(`${inside}<a/>`, 0), inside.length);
  assert.equal(behindDoctype('<!DOCTYPE a [ <!ENTITY', 0), undefined);
  assert.equal(behindDoctype('<!DOCTYPE a "', 0), undefined);
});

test('texts are known, the first of a name counts, nothing from outside is', () => {
  const entities = readEntities(
    `<!DOCTYPE a [<!ENTITY x 'one'><!ENTITY x "two"><!ENTITY y "&x;&#x3c;&z;"><!ENTITY e SYSTEM "file:///x"><!ENTITY % p "q">]>`,
  );
  assert.deepEqual(
    [...entities],
    [
      ['x', 'one'],
      ['y', 'one<&z;'],
    ],
  );
});

test('entities within entities stop growing', () => {
  let doctype = '<!DOCTYPE a [<!ENTITY e0 "ha">';
  for (let level = 1; level < 50; level += 1) doctype += `<!ENTITY e${level} "${`&e${level - 1};`.repeat(10)}">`;
  for (const value of readEntities(`${doctype}]>`).values()) assert(value.length <= 64 * 1024 + 1);
});

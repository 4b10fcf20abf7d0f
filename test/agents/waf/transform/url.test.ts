// Escapes of URLs: valid ones, broken ones, wide ones, and the way back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { urlDecode, urlDecodeUni, urlDecodeUniBy, urlEncode } from '../../../../agents/waf/transform/url.ts';
import { byteStrings } from '../reference.ts';

test('what is no valid escape stays', () => {
  assert.equal(urlDecode.apply('a%41+%zz%4%'), 'aA %zz%4%');
  assert.equal(urlDecode.apply('%2541'), '%41'); // once
  assert.equal(urlDecode.apply('%u0041'), '%u0041');
});

test('wide escapes: the low byte, full width as ASCII', () => {
  assert.equal(urlDecodeUni.apply('%u0041%U0142%uff1c%uFF00%u004'), 'AB<\0%u004');
});

test('a map decides about wide escapes where it knows them', () => {
  const mapped = urlDecodeUniBy(new Map([[0x2039, 0x3c]]));
  assert.equal(mapped.apply('%u2039%u203a'), '<:');
});

test('what is encoded is decoded to itself', () => {
  fc.assert(fc.property(byteStrings, (text) => assert.equal(urlDecode.apply(urlEncode.apply(text)), text)));
  assert.equal(urlEncode.apply('a b*/\xff'), 'a+b*%2f%ff');
});

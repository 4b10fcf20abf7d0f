// Scripts in text: the verdicts of ModSecurity 2.9.7, and one example for each way in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isXss } from '../../../../agents/waf/operator/xss.ts';
import { byteStrings, reference } from '../reference.ts';
import { capturesOf } from './support.ts';

test('as ModSecurity 2.9.7 sees them', () => {
  for (const [text, isAttack] of reference.xss) assert.equal(isXss(text), isAttack, JSON.stringify(text));
  assert(reference.xss.length >= 200);
});

const attacks = [
  '<script>alert(1)</script>',
  '<scr\0ipt>',
  '<svg/onload=x>',
  '<img src=x onerror=y>',
  '" onmouseover="x',
  "' onfocus='x",
  '<a href="javascript:x">',
  '<a href="&#106;&#x61va\nscript:x">',
  '<a href=" \x01java\0script:x">',
  '<a href=data:text/html,x>',
  '<b style=x>',
  '<set attributename=onclick>',
  '<!--[if IE]>',
  '<!--`-->',
  '<?import x>',
  '<!DOCTYPE x>',
  '<x xmlns=y>',
];

for (const text of attacks)
  test(`found: ${JSON.stringify(text)}`, () => assert.deepEqual(capturesOf('detectXSS', '', text), [text]));

for (const text of [
  '',
  'hello',
  '1 < 2 and 3 > 2',
  '<b>bold</b>',
  '<a href="https://example">',
  '<!-- plain -->',
  'a="b"',
  '<p class=x>',
]) {
  test(`harmless: ${JSON.stringify(text)}`, () => assert.equal(isXss(text), false));
}

test('any bytes get a verdict', () => {
  fc.assert(fc.property(byteStrings, (text) => assert.equal(typeof isXss(text), 'boolean')));
});

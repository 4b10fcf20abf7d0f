// Types by content, at the edges of each rule.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentTypeOf } from '../../crs-tests/sniff.ts';

const cases: readonly [string, string][] = [
  ['plain', 'text/plain; charset=utf-8'],
  ['', 'text/plain; charset=utf-8'],
  ['  \n<h1>x', 'text/html; charset=utf-8'],
  ['<!--x', 'text/html; charset=utf-8'],
  ['<address>', 'text/plain; charset=utf-8'],
  ['<a href', 'text/html; charset=utf-8'],
  ['<?xml version', 'text/xml; charset=utf-8'],
  ['\x00\x01', 'application/octet-stream'],
  ['GIF89a...', 'image/gif'],
  ['%PDF-1.4', 'application/pdf'],
];

for (const [body, type] of cases) {
  test(`${JSON.stringify(body)} is ${type}`, () => assert.equal(contentTypeOf(body), type));
}

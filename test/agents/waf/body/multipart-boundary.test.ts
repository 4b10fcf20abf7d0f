// The boundary in every spelling that is right, odd, or read differently by others.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBoundary } from '../../../../agents/waf/body/multipart-boundary.ts';
import { noFlags } from '../../../../agents/waf/body/multipart-flags.ts';

const read = (contentType: string) => {
  const flags = noFlags();
  const found = readBoundary(contentType, flags);
  const set = Object.entries(flags).flatMap(([name, isSet]) => (isSet ? [name] : []));
  return 'error' in found ? found.error : [found.boundary, ...set].join(' ');
};

const cases: readonly [string, string][] = [
  ['multipart/form-data; boundary=a-b', 'a-b'],
  ['Multipart/Form-Data;boundary=x', 'x'],
  ['multipart/form-data; boundary="x y"', 'x y boundaryQuoted'],
  ['multipart/form-data; boundary =x', 'x boundaryWhitespace'],
  ['multipart/form-data boundary=x', 'x missingSemicolon'],
  ['multipart/form-data', 'Multipart: Boundary not found in C-T.'],
  ['text/plain', 'Multipart: Invalid MIME type.'],
  ['multipart/form-data; Boundary=x', 'Multipart: Invalid boundary in C-T (case sensitivity).'],
  ['multipart/form-data; boundary=', 'Multipart: Invalid boundary in C-T (empty).'],
  ['multipart/form-data; boundary="x', 'Multipart: Invalid boundary in C-T (quote).'],
  ['multipart/form-data; a=b; boundary=x', 'Multipart: Invalid boundary in C-T (malformed).'],
  ['multipart/form-data; boundary=x; boundary=y', 'Multipart: Multiple boundary parameters in C-T.'],
  ['multipart/form-data; boundary=x; charset=utf-8', 'Multipart: Invalid boundary in C-T (characters).'],
  ['multipart/form-data; boundaryx=x', 'Multipart: Invalid boundary in C-T (parameter name).'],
  ['multipart/form-data; boundary', 'Multipart: Invalid boundary in C-T (malformed).'],
  [`multipart/form-data; boundary=${'x'.repeat(300)}`, 'Multipart: Invalid boundary in C-T (length).'],
  [`multipart/form-data; boundary=${'x'.repeat(2000)}`, 'Multipart: Invalid boundary in C-T (length).'],
];

for (const [contentType, found] of cases) {
  test(contentType.slice(0, 60), () => assert.equal(read(contentType), found));
}

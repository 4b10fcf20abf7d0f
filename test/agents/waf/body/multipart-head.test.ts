// The headers of one part: folding, what names the part, and each mistake by its number.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noFlags } from '../../../../agents/waf/body/multipart-flags.ts';
import { PartHeadReader } from '../../../../agents/waf/body/multipart-head.ts';

function read(...lines: readonly string[]) {
  const flags = noFlags();
  const reader = new PartHeadReader(flags);
  for (const line of lines) {
    const error = reader.line(`${line}\r\n`);
    if (error !== undefined) return { error, flags };
  }
  const head = reader.end();
  return typeof head === 'string' ? { error: head, flags } : { head, flags };
}

test('name, filename, and the lines as they are', () => {
  const { head } = read('Content-Disposition: form-data; name="a\\"b"; filename=f.txt', 'X:y');
  assert.equal(head?.name, 'a"b');
  assert.equal(head?.filename, 'f.txt');
  assert.deepEqual(head?.headers, ['Content-Disposition: form-data; name="a\\"b"; filename=f.txt', 'X:y']);
});

test('a folded line belongs to the one before it', () => {
  const { head, flags } = read('Content-Disposition: form-data;', '\tname="a"');
  assert.equal(head?.name, 'a');
  assert.equal(flags.headerFolding, true);
  assert.equal(flags.invalidHeaderFolding, false);
  assert.equal(read('Content-Disposition: form-data;', '\vname="a"').flags.invalidHeaderFolding, true);
  assert.match(read(' x').error ?? '', /folding error/);
});

test('single quotes are odd', () => {
  assert.equal(read("Content-Disposition: form-data; name='a'").flags.invalidQuoting, true);
  assert.equal(read("Content-Disposition: form-data; name=o'b").flags.invalidQuoting, true);
  assert.equal(read('Content-Disposition: form-data; name="o\'b"').flags.invalidQuoting, false);
});

const numbers: readonly [string, number][] = [
  ['attachment; name="a"', -1],
  ['form-data name="a"', -2],
  ['form-data; ', -3],
  ['form-data; name', -4],
  ['form-data; name ', -5],
  ['form-data; name x', -13],
  ['form-data; name=', -6],
  ['form-data; name="', -7],
  ['form-data; name="a\\', -8],
  ['form-data; name="a', -9],
  ['form-data; x="a"', -11],
  ['form-data; name="a"b', -12],
  ['form-data; name="a"; name="b"', -14],
  ['form-data; filename="a"; filename="b"', -15],
];

for (const [value, number] of numbers) {
  test(`'${value}' is ${number}`, () => {
    assert.match(read(`Content-Disposition: ${value}`).error ?? '', new RegExp(`\\(${number}\\)`));
  });
}

test('lines that are no headers, and headers that are missing or double', () => {
  assert.match(read('no colon').error ?? '', /colon missing/);
  assert.match(read(': x').error ?? '', /header name missing/);
  assert.match(read('A: b', 'a: c').error ?? '', /Duplicate part header: a/);
  assert.match(read('A: b').error ?? '', /missing Content-Disposition/);
  assert.match(read('Content-Disposition: form-data').error ?? '', /missing name field/);
  assert.match(read('Content-Disposition: form-data; name=a; filename ="b"').error ?? '', /\(filename\)/);
});

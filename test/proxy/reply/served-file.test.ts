// The lines that are said about a file, and its entity tag.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodings } from '../../../proxy/reply/accept-encoding.ts';
import { describeFile, type StaticConfig } from '../../../proxy/reply/served-file.ts';

const config: StaticConfig = {
  root: '/srv',
  index: 'index.html',
  fallback: undefined,
  precompressed: false,
  cacheControl: undefined,
  dotfiles: false,
};
const open = { fd: 9, size: 5, modifiedMs: Date.UTC(2026, 0, 2) + 0.25, stamp: 's' };

test('the tag follows size and time, and nothing else', () => {
  const tagOf = (change: Partial<typeof open>) =>
    describeFile('/a.txt', { open: { ...open, ...change }, body: undefined, encoding: undefined }, config).etag;
  assert.match(tagOf({}), /^"[a-z0-9]+-5"$/);
  assert.equal(tagOf({}), tagOf({ fd: 10, stamp: 'another inode' }));
  assert.notEqual(tagOf({}), tagOf({ size: 6 }));
  assert.notEqual(tagOf({}), tagOf({ modifiedMs: open.modifiedMs + 0.001 }));
});

test('a compressed form has the type of the file; the date is a whole second', () => {
  const body = Buffer.from('12345');
  const settings = { ...config, precompressed: true, cacheControl: 'no-cache' };
  const file = describeFile('/a.css', { open, body, encoding: encodings[0] }, settings);
  assert.equal(
    file.text,
    `Content-Type: text/css; charset=utf-8\r\nContent-Encoding: br\r\nETag: ${file.etag}\r\nLast-Modified: Fri, 02 Jan 2026 00:00:00 GMT\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\nAccept-Ranges: bytes\r\nX-Content-Type-Options: nosniff\r\n`,
  );
  assert.deepEqual([file.body, file.open, file.modifiedMs], [body, undefined, Date.UTC(2026, 0, 2)]);
});

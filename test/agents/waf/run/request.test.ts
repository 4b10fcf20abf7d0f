// Heads of requests as rules see them: the parts of the target, merged headers, cookies of both formats.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf, mergeHeaders, splitTarget } from '../../../../agents/waf/run/request.ts';

const facts = (target: string, cookie?: string, version: 0 | 1 = 0) =>
  factsOf(
    { method: 'GET', target, protocol: 'HTTP/1.1', headers: cookie === undefined ? [] : [['Cookie', cookie]] },
    version,
  );

test('a target is split; only the name of the file is decoded', () => {
  const { uriRaw, uri, path, filename, basename, query, line } = facts('http://h:80/a%20b/c\\d?x=%41&y');
  assert.deepEqual([uriRaw, uri], ['http://h:80/a%20b/c\\d?x=%41&y', '/a%20b/c\\d?x=%41&y']);
  assert.deepEqual([path, filename, basename, query], ['/a%20b/c\\d', '/a b/c\\d', 'd', 'x=%41&y']);
  assert.equal(facts('/%2x%41+%').filename, '/%2xA+%');
  assert.equal(line, 'GET http://h:80/a%20b/c\\d?x=%41&y HTTP/1.1');
});

test('targets of the other forms', () => {
  assert.deepEqual(splitTarget('*'), { path: '*', query: undefined });
  assert.deepEqual(splitTarget('http://localhost'), { path: '/', query: undefined });
  assert.deepEqual(splitTarget('/a#b?c'), { path: '/a', query: undefined });
  assert.deepEqual(splitTarget('/?'), { path: '/', query: '' });
});

test('repeated headers are one, in the spelling and place of the first', () => {
  const merged = mergeHeaders([
    ['A', '1'],
    ['cookie', 'x=1'],
    ['a', '2'],
    ['Cookie', 'y=2'],
  ]);
  assert.deepEqual(merged, [
    ['A', '1, 2'],
    ['cookie', 'x=1; y=2'],
  ]);
});

test('more headers than are compared one by one are merged as well, and those that do not repeat stay', () => {
  const many = Array.from({ length: 100 }, (_, at): [string, string] => [`X-${at % 50}`, String(at)]);
  assert.deepEqual(mergeHeaders(many)[1], ['X-1', '1, 51']);
  assert.equal(mergeHeaders(many).length, 50);
  assert.deepEqual(mergeHeaders(many.slice(0, 33)), many.slice(0, 33));
  assert.deepEqual(mergeHeaders(many.slice(0, 5)), many.slice(0, 5));
});

test('cookies: no value is decoded, no name is empty, a version is a cookie', () => {
  assert.deepEqual(facts('/', '$Version=1; a=%41 ; b; =c;d=e=f').cookies, [
    ['$Version', '1'],
    ['a', '%41 '],
    ['b', ''],
    ['d', 'e=f'],
  ]);
});

test('cookies of RFC 2109 may be quoted and separated by commas', () => {
  assert.deepEqual(facts('/', '$Version="1"; a="x;y", b=2 ; c', 1).cookies, [
    ['$Version', '1'],
    ['a', 'x;y'],
    ['b', '2'],
    ['c', ''],
  ]);
});

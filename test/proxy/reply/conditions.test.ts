// Preconditions, in the order of RFC 9110 section 13.2.2.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowsRange, type Conditions, conditionsOf, judge } from '../../../proxy/reply/conditions.ts';
import { requestOf } from '../request/routes.ts';

const file = { etag: '"a"', modifiedMs: Date.UTC(2026, 0, 2) };
const [before, same, after] = [1, 2, 3].map((day) => new Date(Date.UTC(2026, 0, day)).toUTCString()) as [
  string,
  string,
  string,
];

const cases: ReadonlyArray<readonly [Conditions, ReturnType<typeof judge>]> = [
  [{ 'if-none-match': '"a"' }, 'not-modified'],
  [{ 'if-none-match': 'W/"a"' }, 'not-modified'],
  [{ 'if-none-match': '"x", W/"a"' }, 'not-modified'],
  [{ 'if-none-match': '*' }, 'not-modified'],
  [{ 'if-none-match': '"x"' }, 'send'],
  [{ 'if-none-match': '"x"', 'if-modified-since': after }, 'send'], // the tag decides alone
  [{ 'if-modified-since': before }, 'send'],
  [{ 'if-modified-since': same }, 'not-modified'],
  [{ 'if-modified-since': after }, 'not-modified'],
  [{ 'if-modified-since': 'yesterday' }, 'send'],
  [{ 'if-modified-since': '2030-01-01' }, 'send'],
  [{ 'if-match': '"a"' }, 'send'],
  [{ 'if-match': '*' }, 'send'],
  [{ 'if-match': 'W/"a"' }, 'failed'],
  [{ 'if-match': '"x"' }, 'failed'],
  [{ 'if-match': '"a"', 'if-unmodified-since': before }, 'send'],
  [{ 'if-match': '"a"', 'if-none-match': '"a"' }, 'not-modified'],
  [{ 'if-unmodified-since': before }, 'failed'],
  [{ 'if-unmodified-since': same }, 'send'],
  [{ 'if-unmodified-since': 'never' }, 'send'],
];

test('what the conditions come to', () => {
  for (const [asked, verdict] of cases) assert.equal(judge(asked, file), verdict, JSON.stringify(asked));
});

test('a range is cut from the very same file only', () => {
  assert(allowsRange({}, file));
  assert(allowsRange({ 'if-range': '"a"' }, file));
  assert(allowsRange({ 'if-range': same }, file));
  for (const other of ['W/"a"', '"x"', before, after, 'x']) assert(!allowsRange({ 'if-range': other }, file), other);
});

test('they are found among other headers, in any case, and lines of one name are one list', () => {
  assert.equal(conditionsOf(requestOf({ lines: ['Accept: */*', 'X-Range: 1'] }).head.lines), undefined);
  const lines = ['IF-NONE-MATCH: "x"', 'Accept: */*', 'If-None-Match: "a"', 'range: bytes=0-1'];
  assert.deepEqual(conditionsOf(requestOf({ lines }).head.lines), { 'if-none-match': '"x", "a"', range: 'bytes=0-1' });
});

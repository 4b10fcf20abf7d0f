// One cookie, found as RFC 6265 has it: by its whole name, the first of several, in whichever of several headers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookieOf, headerOf } from '../../../proxy/request/cookies.ts';
import { requestOf } from './routes.ts';

const linesOf = (...lines: string[]) => requestOf({ lines }).head.lines;

test('by the whole name', () => {
  const rows = [
    ['Cookie: a=1', '1'],
    ['cookie: b=2; a=1', '1'],
    ['Cookie: b=2;a=1; c=3', '1'],
    ['Cookie: a="1"', '1'],
    ['Cookie: a=1; a=2', '1'],
    ['Cookie: a=', ''],
    ['Cookie: ba=1; ab=2', undefined],
    ['Cookie: b=a=1', undefined],
    ['Cookie: A=1', undefined],
    ['Cookie: a', undefined],
    ['X-Cookie: a=1', undefined],
  ] as const;
  for (const [line, value] of rows) assert.equal(cookieOf(linesOf(line), 'a'), value, line);
  assert.equal(cookieOf(linesOf('Cookie: b=1', 'Cookie: a=2'), 'a'), '2');
});

test('a long row of near misses costs one pass', () => {
  assert.equal(cookieOf(linesOf(`Cookie: ${'aa'.repeat(3000)}; a=1`), 'a'), '1');
});

test('the first value of a header, in any case', () => {
  const lines = linesOf('X-Tenant: one', 'x-tenant: two');
  assert.equal(headerOf(lines, Buffer.from('x-tenant')), 'one');
  assert.equal(headerOf(lines, Buffer.from('x-other')), undefined);
});

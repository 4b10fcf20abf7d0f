// Paths as routes see them: one meaning or none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normalizePath } from '../../../proxy/request/normal-path.ts';

test('decoded once, dot segments gone, what servers disagree about left as it is', () => {
  const rows = [
    ['/', '/'],
    ['*', '*'],
    ['/a/b', '/a/b'],
    ['/a//b/', '/a//b/'],
    ['/%61%2d%7E', '/a-~'],
    ['/a%2fb%2F', '/a%2Fb%2F'],
    ['/%2561', '/%2561'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a/./b/../c', '/a/c'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/.', '/a/'],
    ['/a/..', '/'],
    ['/.hidden/..x/x..', '/.hidden/..x/x..'],
    ['/a;x=1/b', '/a;x=1/b'],
  ] as const;
  for (const [given, wanted] of rows) assert.deepEqual(normalizePath(given), { ok: true, path: wanted }, given);
});

test('what cannot be read in one way is refused', () => {
  for (const bad of [
    '/%',
    '/%4',
    '/%zz',
    '/a\\b',
    '/a%5cb',
    '/a%5C..',
    '/%00',
    '/a/..;/b',
    '/a/..%3bx/b',
    '/.;/x',
    '/%2e%2E;/x',
  ])
    assert.deepEqual(normalizePath(bad), { ok: false, fault: 'bad-path' }, bad);
  for (const bad of ['/..', '/a/../..', '/%2e%2e/a', '/./../a'])
    assert.deepEqual(normalizePath(bad), { ok: false, fault: 'path-above-root' }, bad);
});

test('a normalised path stays as it is', () => {
  const part = fc.constantFrom('/', '.', '..', '%2e', '%2F', 'a', '%25', '%61', ';', '~');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const once = normalizePath(`/${parts.join('')}`);
      if (once.ok) assert.deepEqual(normalizePath(once.path), once);
    }),
  );
});

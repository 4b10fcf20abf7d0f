// A target is compared as a server would understand it, however it is written.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normalizePath, readTarget } from '../../../agents/denylist/target.ts';

for (const uri of [
  '/admin',
  '/%61dmin',
  '/%61%64min',
  '//admin',
  '/admin/',
  '/./admin',
  '/x/../admin',
  '/x/%2e%2E/admin',
  '/../admin',
  '/admin?x=1',
  'http://shop.example/admin',
  'http://shop.example:80/admin?x',
]) {
  test(`${uri} is /admin`, () => assert.equal(readTarget(uri).path, '/admin'));
}

const others: readonly (readonly [string, string, string, string])[] = [
  ['/', '/', '/', ''],
  ['', '/', '', ''],
  ['*', '/*', '*', ''],
  ['/a?', '/a', '/a', ''],
  ['/a?b=1+2%2B3&c=%27', '/a', '/a', "b=1 2+3&c='"],
  ['/a?x?y', '/a', '/a', 'x?y'],
  ['/%2561', '/%61', '/%61', ''],
  ['/%zz%41', '/%zzA', '/%zzA', ''],
  ['/%', '/%', '/%', ''],
  ['/%c3%a9', '/é', '/é', ''],
  ['/%ff', '/\ufffd', '/\ufffd', ''],
  ['/a/../..', '/', '/a/../..', ''],
  ['http://h', '/', '', ''],
];

for (const [uri, path, decodedPath, query] of others) {
  test(`read: ${JSON.stringify(uri)}`, () => assert.deepEqual(readTarget(uri), { path, decodedPath, query }));
}

test('normalising twice changes nothing more, and no target makes it fail', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.stringMatching(/^https?:\/\/[a-z]{1,5}(\/[a-z%.]{0,9}){0,4}$/),
        fc.stringMatching(/^[/.%2eE]{0,30}$/),
      ),
      (uri) => {
        const { path } = readTarget(uri);
        assert.equal(normalizePath(path), path);
      },
    ),
  );
});

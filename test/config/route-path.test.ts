// Paths of a configuration take the form that the proxy gives to those of requests; and what is encoded where.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodePath, encodeQuery, normalFormOf } from '#config/route-path';
import { normalizePath } from '../../proxy/request/normal-path.ts';

test('the normal form', () => {
  const rows = [
    ['/a/b-c~d;e=1/', '/a/b-c~d;e=1/'],
    ['/%61%2f%7E', '/a%2F~'],
    ['/café', '/caf%C3%A9'],
    ['/a/../b/./c', '/b/c'],
    ['/..', '/'],
    ['/a/.', '/a/'],
    ['/100%', '/100%25'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a|b', '/a|b'],
  ] as const;
  for (const [written, wanted] of rows) assert.equal(normalFormOf(written), wanted, written);
});

test('a path in normal form is what the proxy makes of it', () => {
  const part = fc.constantFrom('/', '.', '..', '%2e', '%2F', 'a', '%25', '%61', ';', '~', 'é', '{', '|');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
      const normal = normalFormOf(`/${parts.join('')}`);
      const read = normalizePath(normal);
      if (read.ok) assert.equal(read.path, normal);
      assert.equal(normalFormOf(normal), normal);
    }),
  );
});

test('what a URL does not hold is encoded, escapes are left', () => {
  assert.equal(encodePath('/a b"<>\\^`{|}?#%41%4é'), '/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D%3F%23%41%254%C3%A9');
  assert.equal(encodeQuery("a=b&c?d/e:@!$'()*+,;"), "a=b&c?d/e:@!$'()*+,;");
  assert.equal(encodeQuery('a=\r\nSet-Cookie: x'), 'a=%0D%0ASet-Cookie:%20x');
  assert.equal(encodePath('\ud800'), '%EF%BF%BD');
});

// Where a redirect may lead: to a path, or to a host that is named; never to one that the client chooses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redirect, rewrite } from '#config/schema-redirect';

const leads = (to: string): boolean => redirect.safeParse({ to, status: 302 }).success;

test('targets are paths or URLs with a host', () => {
  for (const to of ['/a', '{path}{query}', 'https://{host}{path}', 'https://example.org/x', '/{path}'])
    assert.equal(leads(to), true, to);
  for (const to of ['//evil.example', 'https://{path}', 'javascript:x', 'ftp://a', 'a', '', '/a b'])
    assert.equal(leads(to), false, to);
});

test('prefixes begin with a slash and do not end with one', () => {
  const fits = (stripPrefix: string): boolean => rewrite.safeParse({ stripPrefix }).success;
  assert.deepEqual(['/api', '/a/b', '/', '/api/', 'api', ''].map(fits), [true, true, false, false, false, false]);
});

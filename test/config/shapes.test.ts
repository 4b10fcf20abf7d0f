// What the shapes take and what they do not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authority, token } from '#config/shapes';

test('methods', () => {
  for (const good of ['GET', 'M-SEARCH', 'x']) assert.match(good, token.expression);
  for (const bad of ['', 'GET ', 'a/b', 'x'.repeat(41)]) assert.doesNotMatch(bad, token.expression);
});

test('hosts with and without a port', () => {
  for (const good of ['a', 'a.example:80', '[::1]:80', '10.0.0.1']) assert.match(good, authority.expression);
  for (const bad of ['', 'a..b', 'a:', 'a:123456', 'a b', 'a/b']) assert.doesNotMatch(bad, authority.expression);
});

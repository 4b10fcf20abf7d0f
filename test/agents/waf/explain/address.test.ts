// Addresses are parted and never mended.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { urlParts } from '../../../../agents/waf/explain/address.ts';

const parts = (host: string, target: string, user?: string) => ({ host, target, user });

test('host, target and user as they were written; a fragment is never sent', () => {
  assert.deepEqual(urlParts('https://shop.example:8443/a/../b?c=%27#d'), parts('shop.example:8443', '/a/../b?c=%27'));
  assert.deepEqual(urlParts('shop.example?x=1'), parts('shop.example', '/?x=1'));
  assert.deepEqual(urlParts('http://me:pw@h'), parts('h', '/', 'me:pw'));
  assert.deepEqual(urlParts("/?id=1' OR 1=1--"), parts('localhost', "/?id=1' OR 1=1--"));
  assert.deepEqual(urlParts('/é'), parts('localhost', '/\xe9'));
  assert.deepEqual(urlParts('/✓'), parts('localhost', '/\xe2\x9c\x93'));
});

test('what is no address is said', () => {
  for (const url of ['', ' ', 'http://', '?a=1']) assert('problem' in urlParts(url), url);
});

// Types by the end of a name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentTypeOf } from '../../../proxy/reply/content-types.ts';

test('known ends, in any case; what is not known is bytes', () => {
  assert.equal(contentTypeOf('/a/index.html').type, 'text/html; charset=utf-8');
  assert.equal(contentTypeOf('/APP.JS').type, 'text/javascript; charset=utf-8');
  assert.equal(contentTypeOf('/a.tar.gz').type, 'application/gzip');
  for (const name of ['/a', '/a.exe', '/constructor', '/x.__proto__']) {
    assert.deepEqual(contentTypeOf(name), { type: 'application/octet-stream', isCompressible: false }, name);
  }
  assert.deepEqual([contentTypeOf('a.svg').isCompressible, contentTypeOf('a.png').isCompressible], [true, false]);
});

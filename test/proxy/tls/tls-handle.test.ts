// What this Node is asked for before a listener serves without streams; and that a Node without it is noticed in time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSecureContext, TLSSocket } from 'node:tls';
import { canSeal, newShutdown, ownerOf, ownHandle, wrapHandle } from '../../../proxy/tls/tls-handle.ts';

const context = createSecureContext();

test('this Node has everything', () => {
  assert.equal(canSeal(context), true);
  assert.equal(typeof newShutdown?.(), 'object');
});

test('whoever owns a handle is found by it', () => {
  const handle = wrapHandle(undefined, context);
  const owner = { ssl: handle };
  ownHandle(handle, owner);
  assert.equal(ownerOf(handle), owner);
  handle.close();
  assert.equal(owner.ssl, null, 'Node frees what it finds there');
});

for (const [what, lacking] of [
  ['the function is missing', undefined],
  ['it makes something else', () => ({ close: () => undefined })],
  ['it wants more of a socket', fall],
] as const)
  test(`another Node, where ${what}, is noticed`, () => {
    const prototype = TLSSocket.prototype as { _wrapHandle?: unknown };
    const known = prototype._wrapHandle;
    prototype._wrapHandle = lacking;
    try {
      assert.equal(canSeal(context), false);
    } finally {
      prototype._wrapHandle = known;
    }
  });

function fall(): never {
  throw new Error('no such field');
}

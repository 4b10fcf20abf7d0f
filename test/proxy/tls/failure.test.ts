// Failures of TLS: the code that a worker ends with, and the words that an access line has.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCode } from '#config/errors';
import { GateFailure, handshakeError } from '../../../proxy/tls/failure.ts';

test('its code is one of the registry', () => {
  const failure = new GateFailure('a.pem holds no certificate');
  assert.equal(isCode(failure.code), true);
  assert.equal(failure.message, 'a.pem holds no certificate');
});

test('what a handshake with a target came to is said in our words', () => {
  const failed = (code: string) => handshakeError(Object.assign(new Error('odd'), { code })).message;
  assert.equal(failed('CERT_HAS_EXPIRED'), 'TLS: its certificate has expired');
  assert.equal(failed('DEPTH_ZERO_SELF_SIGNED_CERT'), 'TLS: its certificate is signed by nobody that is trusted here');
  assert.deepEqual([failed('ECONNRESET'), handshakeError(new Error('odd')).message], ['TLS: odd', 'TLS: odd']);
});

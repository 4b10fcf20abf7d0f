// Failures of TLS: the code that a worker ends with, and the words that an access line has.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCode } from '#config/errors';
import { GateFailure, handshakeError, isCertificateRefused } from '../../../proxy/tls/failure.ts';

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

test('OpenSSL is quoted by its reason; who refuses our certificate is told apart', () => {
  const failed = (code: string) => Object.assign(new Error('00:error:x.c:918:\n'), { code, reason: 'alert so' });
  assert.equal(handshakeError(failed('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')).message, 'TLS: alert so');
  const refusing = ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'];
  for (const code of refusing)
    assert.equal(handshakeError(failed(code)).message, 'TLS: it refuses our certificate, or wants one');
  const others = ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'ECONNRESET', 'CERT_HAS_EXPIRED'];
  assert.deepEqual(
    [...refusing, ...others].map((code) => isCertificateRefused(failed(code))),
    [true, true, false, false, false],
  );
});

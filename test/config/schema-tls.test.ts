// The keys of TLS: their defaults are the safe ones.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { Authority } from '../support/certificates.ts';
import { tempFolder } from '../support/temp-folder.ts';

test('without a word: TLS 1.2 and up, nobody is asked for a certificate, keys of tickets change twice a day', () => {
  const { cert, key } = new Authority().issue();
  using folder = tempFolder({ 'a.pem': cert, 'a.key': key });
  const loaded = loadText(
    't.kdl',
    'listeners { listener "l" { address "127.0.0.1:0"; protocol "https"; tls { cert-file "a.pem"; key-file "a.key" } } }\nroutes { route "r" { builtin-handler "status" } }',
    { cwd: folder.path },
  );
  assert(loaded.ok, JSON.stringify(loaded.problems));
  const [listener] = loaded.config.listeners;
  assert.deepEqual(listener?.tls, {
    certFile: folder.of('a.pem'),
    keyFile: folder.of('a.key'),
    sni: [],
    minVersion: '1.2',
    clientAuth: 'off',
    ticketRotationMs: 12 * 60 * 60 * 1000,
  });
  assert.equal(listener?.timeouts.tlsHandshakeMs, 10_000);
});

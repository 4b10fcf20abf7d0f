// What `check` says about TLS towards upstreams, and what holds when nothing is said.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { Authority } from '../support/certificates.ts';
import { tempFolder } from '../support/temp-folder.ts';

const authority = new Authority();
const own = authority.issue({ names: ['proxy'], usage: 'client' });

function load(tls: string) {
  using folder = tempFolder({
    'own.pem': own.cert + authority.cert,
    'own.key': own.key,
    'ca.pem': authority.cert,
    junk: 'x',
  });
  return loadText(
    't.kdl',
    `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "r" { upstream "u" } }\nupstreams { upstream "u" { target "127.0.0.1:1"; ${tls} } }`,
    { cwd: folder.path },
  );
}

const said = (tls: string) => load(tls).problems.map(({ code, severity }) => `${severity} ${code}`);

test('an empty block verifies by public authorities, TLS 1.2 and up', () => {
  const loaded = load('tls { }');
  assert(loaded.ok);
  assert.deepEqual(loaded.config.upstreams[0]?.tls, { verify: true, minVersion: '1.2' });
  assert.equal(load('').ok && load('tls { ca-cert "ca.pem"; client-cert "own.pem"; client-key "own.key" }').ok, true);
});

test('what does not go together, and files that hold something else', () => {
  assert.deepEqual(said('tls { verify #false }'), ['warning upstream-not-verified']);
  assert.deepEqual(said('tls { verify #false; ca-cert "ca.pem" }'), [
    'warning upstream-not-verified',
    'error config-conflict',
  ]);
  assert.deepEqual(said('tls { client-cert "own.pem" }'), ['error config-missing-key']);
  assert.deepEqual(said('tls { client-key "own.key" }'), ['error config-missing-key']);
  assert.deepEqual(said('tls { ca-cert "junk" }'), ['error tls-file-unusable']);
  assert.deepEqual(said('tls { client-cert "junk"; client-key "own.key" }'), ['error tls-file-unusable']);
  assert.deepEqual(said('tls { sni "127.0.0.1" }'), ['error config-bad-value']);
});

// What `check` says about the TLS of listeners: each problem with its place in the configuration.

import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { Authority } from '../support/certificates.ts';
import { tempFolder } from '../support/temp-folder.ts';

const authority = new Authority();
const shop = authority.issue({ names: ['shop.example'] });
const other = authority.issue({ names: ['other.example'] });
const files = {
  'shop.pem': shop.cert + authority.cert,
  'shop.key': shop.key,
  'other.pem': other.cert + authority.cert,
  'other.key': other.key,
  'ca.pem': authority.cert,
  'clients.crl': authority.revoke([]),
  'staple.der': Buffer.from([0x30, 0x03, 0x0a, 0x01, 0x00]),
  junk: 'junk',
};
const pair = 'cert-file "shop.pem"; key-file "shop.key"';
const routes = '\nroutes { route "r" { builtin-handler "status" } }';
const listener = (keys: string) => `listeners { listener "web" { address "127.0.0.1:0"; ${keys} } }${routes}`;

function said(keys: string, isExposed = false): string[] {
  using folder = tempFolder(files);
  if (isExposed) chmodSync(folder.of('shop.key'), 0o644);
  return loadText('t.kdl', listener(keys), { cwd: folder.path }).problems.map(
    ({ code, what, hint, place }) =>
      `${place?.text.slice((place?.column ?? 1) - 1, (place?.column ?? 1) - 1 + (place?.length ?? 0))}: ${code}: ${what.replaceAll(`${folder.path}/`, '')}${hint === undefined ? '' : ` -> ${hint.replaceAll(`${folder.path}/`, '')}`}`,
  );
}

test('a listener with all its files is accepted', () => {
  const sni = 'sni "other.example" { cert-file "other.pem"; key-file "other.key" }';
  assert.deepEqual(said(`protocol "https"; tls { ${pair}; ocsp-file "staple.der"; ${sni} }`), []);
  const clients = 'client-auth "optional"; ca-file "ca.pem"; crl-file "clients.crl"';
  assert.deepEqual(said(`protocol "https"; tls { ${pair}; ${clients} }`), []);
});

test('names of sni stand behind it or in its block', () => {
  const forms = [
    'sni "other.example" cert-file="other.pem" key-file="other.key"',
    'sni { hostnames "other.example"; cert-file "other.pem"; key-file "other.key" }',
  ];
  for (const sni of forms) assert.deepEqual(said(`protocol "https"; tls { ${pair}; ${sni} }`), []);
});

test('protocol and certificates go together', () => {
  assert.deepEqual(said('protocol "https"'), [
    '"https": config-missing-key: listener "web" speaks https and has no certificate -> add: tls { cert-file "…"; key-file "…" }',
  ]);
  assert.deepEqual(said(`tls { ${pair} }`), [
    'tls: config-conflict: listener "web" has a certificate and speaks plain http -> add: protocol "https"',
  ]);
});

test('files are looked into, and the place is that of the file', () => {
  const tls = (keys: string) => said(`protocol "https"; tls { ${keys} }`);
  assert.deepEqual(tls('cert-file "missing.pem"; key-file "shop.key"'), [
    '"missing.pem": config-not-found: cannot read missing.pem: there is no such file',
  ]);
  assert.deepEqual(tls('cert-file "junk"; key-file "shop.key"'), [
    '"junk": tls-file-unusable: junk holds no certificate in PEM ("-----BEGIN CERTIFICATE-----")',
  ]);
  assert.deepEqual(tls('cert-file "shop.pem"; key-file "other.key"'), [
    '"other.key": tls-key-mismatch: other.key is not the key of the certificate',
  ]);
  assert.deepEqual(tls(`${pair}; ocsp-file "junk"`), [
    '"junk": tls-file-unusable: junk holds no OCSP response in DER that says "successful"',
  ]);
  assert.match(said(`protocol "https"; tls { ${pair} }`, true).join(), /config-secret-exposed.*chmod 600 shop.key/);
});

test('a certificate is offered only for names that it holds, and each name has one', () => {
  const sni = (names: string) => `sni ${names} { cert-file "other.pem"; key-file "other.key" }`;
  const tls = (keys: string) => said(`protocol "https"; tls { ${pair}; ${keys} }`);
  assert.deepEqual(tls(sni('"shop.example"')), [
    'sni: tls-name-not-covered: the certificate does not hold "shop.example", so clients that ask for it will refuse it',
  ]);
  assert.match(tls(`${sni('"other.example"')}; ${sni('"OTHER.example"')}`).join(), /config-duplicate-name/);
  assert.match(tls(sni('"127.0.0.1"')).join(), /config-bad-value.*must be a name without port/);
});

test('clients are asked for what can be checked, and only where they are asked', () => {
  const tls = (keys: string) => said(`protocol "https"; tls { ${pair}; ${keys} }`);
  assert.deepEqual(tls('client-auth "required"'), [
    '"required": config-missing-key: listener "web" asks clients for certificates, and nobody\'s signature would be good -> add: ca-file "clients-ca.pem"',
  ]);
  assert.deepEqual(tls('ca-file "ca.pem"'), [
    '"ca.pem": config-conflict: it has an effect only where clients are asked for certificates -> add: client-auth "required"',
  ]);
  assert.match(tls('client-auth "required"; ca-file "junk"').join(), /tls-file-unusable: junk holds no certificate/);
  assert.match(
    tls('client-auth "required"; ca-file "ca.pem"; crl-file "junk"').join(),
    /tls-file-unusable: junk holds no list in PEM/,
  );
});

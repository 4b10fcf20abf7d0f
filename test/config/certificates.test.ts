// What is found wrong with certificates and keys, by `check` and by workers alike.

import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { covers, hasRevocationList, isGoodResponse, judgePair, readCertificates } from '#config/certificates';
import { Authority } from '../support/certificates.ts';

const authority = new Authority();
const leaf = authority.issue({ names: ['shop.example', '*.shop.example'] });
const now = Date.now();
const dayMs = 24 * 60 * 60 * 1000;

const found = (cert: string, key: string, atMs = now) =>
  judgePair(cert, key, atMs).findings.map(({ code, severity, about, what }) => `${severity} ${about} ${code}: ${what}`);

test('a good pair with its chain has no findings', () => {
  assert.deepEqual(found(leaf.cert + authority.cert, leaf.key), []);
  assert.deepEqual(found(`text before\n${leaf.cert}\n\n${authority.cert}text behind`, leaf.key), []);
  assert.deepEqual(
    found(authority.cert, authority.issue().key).map((one) => one.split(':')[0]),
    ['error key tls-key-mismatch'],
  );
});

test('dates are warnings, never errors', () => {
  const full = leaf.cert + authority.cert;
  assert.deepEqual(found(full, leaf.key, now + 80 * dayMs), [
    'warning certificate tls-expires-soon: expires in 9 days',
  ]);
  assert.deepEqual(found(full, leaf.key, now + 89.5 * dayMs), [
    'warning certificate tls-expires-soon: expires within a day',
  ]);
  assert.match(found(full, leaf.key, now + 91 * dayMs).join(), /^warning certificate tls-expired: expired on 20/);
  assert.match(found(full, leaf.key, now - 9 * dayMs).join(), /^warning certificate tls-expired: is not valid before/);
});

test('a chain is complete and in order', () => {
  const stranger = new Authority('Stranger');
  assert.deepEqual(found(leaf.cert, leaf.key), [
    'warning certificate tls-chain-incomplete: holds no certificate between its own and the root',
  ]);
  assert.deepEqual(found(leaf.cert + stranger.cert, leaf.key), [
    'warning certificate tls-chain-incomplete: holds certificate 2, which did not sign the one before it',
  ]);
});

test('what is no certificate and no key is said in words', () => {
  const said = (cert: string, key: string) => found(cert, key).map((one) => one.replace(/^.*?: /, ''));
  assert.deepEqual(said('', leaf.key), ['holds no certificate in PEM ("-----BEGIN CERTIFICATE-----")']);
  const torn = leaf.cert.replace(/\n.{20}/, '\n');
  assert.deepEqual(said(torn, leaf.key), ['holds a certificate that cannot be read']);
  const full = leaf.cert + authority.cert;
  assert.deepEqual(said(full, ''), ['holds no private key in PEM']);
  assert.deepEqual(said(full, leaf.key.replace(/\n.{20}/, '\n')), ['holds a private key that cannot be read']);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' });
  assert.deepEqual(said(full, String(locked)), ['holds a key that is locked with a password']);
});

test('names are covered exactly or by a wildcard of one label', () => {
  const certificate = new X509Certificate(leaf.cert);
  const names = [
    'shop.example',
    'SHOP.example',
    'a.shop.example',
    '*.shop.example',
    'a.b.shop.example',
    'example',
    '*.example',
  ];
  assert.deepEqual(
    names.filter((name) => covers(certificate, name)),
    names.slice(0, 4),
  );
});

test('bundles, lists and responses are told from other files', () => {
  assert.equal(readCertificates(leaf.cert + authority.cert).length, 2);
  assert.equal(readCertificates(leaf.cert.repeat(1001)), 'holds over 1000 certificates');
  assert.deepEqual([authority.revoke([2]), leaf.cert, ''].map(hasRevocationList), [true, false, false]);
  const good = [0x30, 0x03, 0x0a, 0x01, 0x00];
  const long = [0x30, 0x82, 0x01, 0x00, 0x0a, 0x01, 0x00];
  const tryLater = [0x30, 0x03, 0x0a, 0x01, 0x03];
  assert.deepEqual(
    [good, long, tryLater, [], [0x30]].map((bytes) => isGoodResponse(Buffer.from(bytes))),
    [true, true, false, false, false],
  );
});

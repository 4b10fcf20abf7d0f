// What upstreams are told about a client's certificate: its holder chose what stands in it.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { linesOfCertificate, nameLine } from '../../../proxy/tls/client-certificate.ts';
import { Authority } from '../../support/certificates.ts';

const linesOf = (common: string) => {
  const { cert } = new Authority().issue({ common, usage: 'client' });
  const certificate = new X509Certificate(cert);
  return { certificate, lines: Buffer.from(linesOfCertificate(certificate)).toString('latin1').split('\r\n') };
};

test('the certificate as it is, and what people look for', () => {
  const { certificate, lines } = linesOf('one.example');
  assert.deepEqual(lines, [
    'X-Client-Cert-Verified: SUCCESS',
    'X-Client-Cert-Subject: CN=one.example',
    'X-Client-Cert-Issuer: CN=Test Authority',
    'X-Client-Cert-Serial: 02',
    `X-Client-Cert-Fingerprint: ${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`,
    `X-Client-Cert-Not-After: ${new Date(certificate.validTo).toISOString()}`,
    `Client-Cert: :${certificate.raw.toString('base64')}:`,
    '',
  ]);
});

test('no name can begin a line, and none can look like another', () => {
  for (const common of ['a\r\nX-Admin: 1', 'a\nCN=root', 'Ü', 'a\0b']) {
    const { lines } = linesOf(common);
    assert.equal(lines.length, 8, common);
    assert.match(lines[1] ?? '', /^X-Client-Cert-Subject: [\x20-\x7e]+$/);
  }
  assert.equal(nameLine('O=Bolts, Inc\nCN=ü%'), 'O=Bolts\\, Inc, CN=%C3%BC%25');
});

test('a certificate that is too long for a header is not sent, its facts are', () => {
  const { cert } = new Authority().issue({ names: Array.from({ length: 400 }, (_, n) => `host-${n}.example`) });
  const text = Buffer.from(linesOfCertificate(new X509Certificate(cert))).toString('latin1');
  assert.match(text, /^X-Client-Cert-Verified: SUCCESS\r\n/);
  assert.doesNotMatch(text, /\nClient-Cert: /);
});

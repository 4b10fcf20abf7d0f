// What is told to the upstream about the certificate that a client has shown, once it has been found good: header lines,
// made once per connection. The certificate itself goes in `Client-Cert` (RFC 9440), for programs; the rest is for people
// and for programs that compare one text. The shaping decision: nothing of a certificate is written as it is, since its
// holder chose it: what is not printable ASCII is percent-encoded.

import type { X509Certificate } from 'node:crypto';
import { forwardingLimits } from '#config/limits';

/** Of a listener that asks clients for certificates, for one that showed none. */
export const linesWithoutCertificate: Buffer = Buffer.from('X-Client-Cert-Verified: NONE\r\n');

export function linesOfCertificate(certificate: X509Certificate): Buffer {
  const { raw, subject, issuer, serialNumber, fingerprint256, validTo } = certificate;
  const encoded = raw.toString('base64');
  const lines = [
    'X-Client-Cert-Verified: SUCCESS',
    `X-Client-Cert-Subject: ${nameLine(subject)}`,
    `X-Client-Cert-Issuer: ${nameLine(issuer)}`,
    `X-Client-Cert-Serial: ${serialNumber}`,
    `X-Client-Cert-Fingerprint: ${fingerprint256.replaceAll(':', '').toLowerCase()}`,
    `X-Client-Cert-Not-After: ${new Date(validTo).toISOString()}`,
    // Longer ones would be refused by many servers, together with the whole request.
    ...(encoded.length > forwardingLimits.clientCertificateCharactersMax ? [] : [`Client-Cert: :${encoded}:`]),
  ];
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
}

/** `O=Example, CN=one.example`: a line of Node's for each part; commas in parts are escaped, as in RFC 4514. */
export function nameLine(name: string): string {
  const parts = name.split('\n').map((part) => part.replace(/[^\x20-\x7e]|%/g, percentEncoded).replaceAll(',', '\\,'));
  return parts.join(', ').slice(0, forwardingLimits.certificateNameCharactersMax);
}

function percentEncoded(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
}

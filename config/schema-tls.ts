// The part of the schema that is about TLS on listeners: certificates, who must show one, and how long secrets live. What
// Mozilla's intermediate list leaves to nobody's choice (suites, groups, renegotiation) has no key.

import { block, choice, filePath, items, list, optional, secs, text } from './field.ts';
import { tlsLimits } from './limits.ts';
import { serverName } from './shapes.ts';

const certificateKeys = {
  certFile: filePath(
    'The certificate and, behind it, those between it and the root, in PEM. A file that changes is read again within a second or two; one that cannot be used is told, and the last good one stays.',
    { example: '"/etc/sentinel-stack/shop.pem"' },
  ),
  keyFile: filePath('The private key that belongs to it, in PEM, without a password.', {
    example: '"/etc/sentinel-stack/shop.key"',
    security: 'A key that every user of the machine can read is told.',
  }),
  ocspFile: optional(
    filePath('An OCSP response in DER that is stapled to the certificate, kept fresh by somebody else.', {
      example: '"/var/lib/ocsp/shop.der"',
    }),
  ),
};

export const listenerTls = block('Certificates and terms of TLS; with `protocol "https"` only.', {
  ...certificateKeys,
  sni: items(
    'hostname',
    'A certificate of its own for these names, which clients ask for by SNI; everybody else gets the one above. An exact name goes before a wildcard, which stands for one label.',
    {
      hostname: text('A name, or `*.suffix`.', { shape: serverName, longest: 253, example: '"shop.example"' }),
      hostnames: list('Further names.', text('A name.', { shape: serverName, longest: 253 })),
      ...certificateKeys,
    },
    {
      rest: 'hostnames',
      fallback: [],
      example: 'sni "shop.example" "*.shop.example" { cert-file "shop.pem"; key-file "shop.key" }',
    },
  ),
  minVersion: choice('The oldest version that is spoken.', ['1.2', '1.3'], {
    fallback: '1.2',
    security: 'TLS 1.0 and 1.1 are broken and are never spoken.',
  }),
  clientAuth: choice(
    'Whether clients show a certificate: nobody is asked (`off`), they may (`optional`), they must (`required`). One that is shown must be good, or the connection is closed.',
    ['off', 'optional', 'required'],
    { fallback: 'off' },
  ),
  caFile: optional(
    filePath('Certificates, in PEM, of those who sign the certificates of clients.', {
      example: '"/etc/sentinel-stack/clients-ca.pem"',
    }),
  ),
  crlFile: optional(
    filePath(
      'Lists, in PEM, of certificates of clients that were called back: one of each that signs. When a list is past its next update, no certificate of that signer is good.',
      { example: '"/etc/sentinel-stack/clients.crl"' },
    ),
  ),
  ticketRotationMs: secs(
    'How long a key for session tickets is used, the same one by all workers. Sessions can be resumed for up to this long.',
    tlsLimits.ticketRotationMs,
    { security: 'Who steals a key reads no more than what was said while it was in use.' },
  ),
});

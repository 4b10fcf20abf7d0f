// The part of the schema that is about TLS towards upstreams: whom we believe, who we are, and by which name we ask.

import { block, choice, filePath, flag, optional, text } from './field.ts';
import { serverName } from './shapes.ts';

export const upstreamTls = block('Speaks TLS to the targets; `tls { }` is enough where public authorities sign.', {
  sni: optional(
    text(
      'The name that is asked for and that the certificate must hold, for all targets; without it, the name in the address of each, or the address itself.',
      { shape: serverName, longest: 253, example: '"backend.internal"' },
    ),
  ),
  verify: flag("Whether the target's certificate must be good.", true, {
    security: 'Without it anybody in between can be the upstream.',
  }),
  caCert: optional(
    filePath('Certificates, in PEM, of those who may sign; in place of the public ones that Node knows.', {
      example: '"/etc/sentinel-stack/internal-ca.pem"',
    }),
  ),
  clientCert: optional(
    filePath('A certificate that is shown to targets that ask for one, in PEM, with those between it and the root.', {
      example: '"/etc/sentinel-stack/proxy.pem"',
    }),
  ),
  clientKey: optional(
    filePath('Its private key, in PEM, without a password.', { example: '"/etc/sentinel-stack/proxy.key"' }),
  ),
  minVersion: choice('The oldest version that is spoken.', ['1.2', '1.3'], { fallback: '1.2' }),
});

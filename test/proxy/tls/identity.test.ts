// A certificate and its key as they are read by a worker: usable, or a sentence that names the file.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIdentity, type SharedTerms } from '../../../proxy/tls/identity.ts';
import { Authority } from '../../support/certificates.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const terms: SharedTerms = { minVersion: '1.2', sessionIdContext: 'web', authorities: undefined, revoked: undefined };
const authority = new Authority();
const leaf = authority.issue();
const files = {
  'a.pem': leaf.cert + authority.cert,
  'a.key': leaf.key,
  'b.key': authority.issue().key,
  junk: 'junk',
};

async function read(cert: string, key: string, ocsp?: string, shared = terms) {
  using folder = tempFolder(files);
  const ocspFile = ocsp === undefined ? undefined : folder.of(ocsp);
  const result = await readIdentity({ certFile: folder.of(cert), keyFile: folder.of(key), ocspFile }, shared);
  return typeof result === 'string' ? result.replaceAll(`${folder.path}/`, '') : result;
}

test('a good pair becomes a context when it is asked for, once', async () => {
  const identity = await read('a.pem', 'a.key');
  assert(typeof identity !== 'string', String(identity));
  assert.equal(identity.context, identity.context);
  assert.equal(identity.leaf.subjectAltName, 'DNS:localhost');
});

test('what cannot be used is said with its file', async () => {
  assert.equal(await read('a.pem', 'b.key'), 'b.key is not the key of the certificate');
  assert.match(String(await read('junk', 'a.key')), /^junk holds no certificate/);
  assert.match(String(await read('missing', 'a.key')), /^ENOENT: .*missing/);
  assert.equal(await read('a.pem', 'a.key', 'junk'), 'junk holds no good OCSP response');
  const refused = String(await read('a.pem', 'a.key', undefined, { ...terms, authorities: 'x', revoked: 'no list' }));
  assert.match(refused, /^a.pem cannot be used: /);
});

// A certificate with its key, as a listener offers it: read from its files, judged as `check` judges it, and made into
// what OpenSSL wants when the first client asks for it (0.3 ms and some 50 KB each, which a thousand names that nobody
// asks for need not cost). What cannot be used is a sentence, never an exception.

import type { X509Certificate } from 'node:crypto';
import { constants } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { isGoodResponse, judgePair } from '#config/certificates';
import type { ListenerConfig } from '#config/schema';

export type TlsConfig = NonNullable<ListenerConfig['tls']>;
export type IdentityFiles = Pick<TlsConfig, 'certFile' | 'keyFile' | 'ocspFile'>;

/** What all identities of a listener share. */
export interface SharedTerms {
  readonly minVersion: TlsConfig['minVersion'];
  readonly sessionIdContext: string;
  readonly authorities: string | undefined; // of clients, in PEM
  readonly revoked: string | undefined; // likewise
}

export class Identity {
  readonly leaf: X509Certificate;
  readonly options: SecureContextOptions;
  readonly ocspResponse: Buffer | undefined;
  #context: SecureContext | undefined = undefined;

  constructor(leaf: X509Certificate, options: SecureContextOptions, ocspResponse: Buffer | undefined) {
    this.leaf = leaf;
    this.options = options;
    this.ocspResponse = ocspResponse;
  }

  get context(): SecureContext {
    this.#context ??= createSecureContext(this.options);
    return this.#context;
  }
}

/** Why it cannot be used is for the log: it names files. */
export async function readIdentity(files: IdentityFiles, terms: SharedTerms): Promise<Identity | string> {
  const read = await readAll(files);
  if (typeof read === 'string') return read;
  const { cert, key, ocsp } = read;
  const { findings, leaf } = judgePair(cert, key, Date.now());
  const fatal = findings.find(({ severity }) => severity === 'error');
  if (fatal !== undefined) return `${fatal.about === 'key' ? files.keyFile : files.certFile} ${fatal.what}`;
  if (leaf === undefined) return `${files.certFile} holds no certificate`;
  if (ocsp !== undefined && !isGoodResponse(ocsp)) return `${files.ocspFile} holds no good OCSP response`;
  const options = contextOptions(cert, key, terms);
  const refused = refusalOfOpenSsl(options);
  return refused === undefined ? new Identity(leaf, options, ocsp) : `${files.certFile} cannot be used: ${refused}`;
}

/** It must be known before clients ask. */
function refusalOfOpenSsl(options: SecureContextOptions): string | undefined {
  try {
    createSecureContext(options);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function readAll({ certFile, keyFile, ocspFile }: IdentityFiles) {
  try {
    const [cert, key] = [await readFile(certFile, 'latin1'), await readFile(keyFile, 'latin1')];
    return { cert, key, ocsp: ocspFile === undefined ? undefined : await readFile(ocspFile) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Mozilla's intermediate list, version 5.7, without its three DHE suites: no client that can speak TLS 1.2 with AEAD
 * lacks ECDHE, and a DHE handshake costs the server ten times as much, at a stranger's wish (CVE-2002-20001). Our order
 * decides, because AES-128 is the cheapest for both sides and no less safe (tls-handshake: SHA-384 alone is 5 % of it);
 * clients that put ChaCha20 first, phones without AES instructions, get that.
 */
const suites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');
const groups = 'X25519MLKEM768:X25519:prime256v1:secp384r1'; // the first since version 6 of the list

export function contextOptions(cert: string, key: string, terms: SharedTerms): SecureContextOptions {
  const { minVersion, sessionIdContext, authorities, revoked } = terms;
  return {
    cert,
    key,
    minVersion: minVersion === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
    ciphers: suites,
    ecdhCurve: groups,
    honorCipherOrder: true,
    secureOptions:
      constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION | constants.SSL_OP_PRIORITIZE_CHACHA,
    sessionIdContext,
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(revoked === undefined ? {} : { crl: revoked }),
  };
}

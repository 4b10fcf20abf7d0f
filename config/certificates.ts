// What is in the files of TLS, and what is wrong with it. Pure: bytes and a time in, facts and findings out, so that
// `check` before a start and a worker that reads a renewed file judge alike. It refuses to read files and to know keys of
// the configuration.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Code, Severity } from './errors.ts';
import { tlsFileLimits } from './limits.ts';

export interface Finding {
  readonly code: Extract<Code, `tls-${string}`>;
  readonly severity: Severity;
  readonly about: 'certificate' | 'key';
  readonly what: string; // goes on behind the name of the file
  readonly hint?: string;
}

export interface Pair {
  readonly findings: readonly Finding[];
  readonly leaf: X509Certificate | undefined; // undefined: there is none
}

/** The certificates in a PEM text, in their order, or why they cannot be read. */
export function readCertificates(pem: string): readonly X509Certificate[] | string {
  const blocks = pem.match(certificateBlock) ?? [];
  if (blocks.length === 0) return 'holds no certificate in PEM ("-----BEGIN CERTIFICATE-----")';
  if (blocks.length > tlsFileLimits.certificatesMax) return `holds over ${tlsFileLimits.certificatesMax} certificates`;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return 'holds a certificate that cannot be read';
  }
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** A certificate with what stands behind it, and its key. */
export function judgePair(certificatePem: string, keyPem: string, nowMs: number): Pair {
  const certificates = readCertificates(certificatePem);
  if (typeof certificates === 'string') return { findings: [unusable('certificate', certificates)], leaf: undefined };
  const [leaf] = certificates;
  if (leaf === undefined) return { findings: [], leaf };
  const findings = [
    ...judgeKey(leaf, keyPem),
    ...judgeStrength(leaf.publicKey),
    ...judgeTime(leaf, nowMs),
    ...judgeChain(certificates),
  ];
  return { findings, leaf };
}

function unusable(about: Finding['about'], what: string, hint?: string): Finding {
  return { code: 'tls-file-unusable', severity: 'error', about, what, ...(hint === undefined ? {} : { hint }) };
}

function judgeKey(leaf: X509Certificate, keyPem: string): Finding[] {
  const key = readKey(keyPem);
  if (typeof key === 'string') return [unusable('key', key, 'openssl pkey -in FILE removes a password')];
  if (leaf.checkPrivateKey(key)) return [];
  return [{ code: 'tls-key-mismatch', severity: 'error', about: 'key', what: 'is not the key of the certificate' }];
}

function readKey(pem: string): KeyObject | string {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return 'holds no private key in PEM';
  if (/-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(pem)) return 'holds a key that is locked with a password';
  try {
    return createPrivateKey(pem);
  } catch {
    return 'holds a private key that cannot be read';
  }
}

function judgeStrength(key: KeyObject): Finding[] {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? Infinity;
  if (bits >= tlsFileLimits.rsaBitsLeast) return [];
  const what = `has an RSA key of ${bits} bits, where ${tlsFileLimits.rsaBitsLeast} are the least that is accepted`;
  return [{ code: 'tls-key-weak', severity: 'error', about: 'certificate', what }];
}

/** Never an error: a stack that does not start because of a date helps nobody at night. */
function judgeTime(leaf: X509Certificate, nowMs: number): Finding[] {
  const [from, to] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  const warn = (code: Finding['code'], what: string): Finding[] => [
    { code, severity: 'warning', about: 'certificate', what },
  ];
  if (nowMs < from) return warn('tls-expired', `is not valid before ${dayOf(from)}`);
  if (nowMs > to) return warn('tls-expired', `expired on ${dayOf(to)}`);
  if (to - nowMs >= tlsFileLimits.expiresSoonMs) return [];
  const days = Math.floor((to - nowMs) / dayMs);
  return warn('tls-expires-soon', `expires ${days === 0 ? 'within a day' : `in ${days} day${days === 1 ? '' : 's'}`}`);
}

const dayMs = 24 * 60 * 60 * 1000;

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Each certificate is followed by the one that signed it; the root itself need not be there. */
function judgeChain(certificates: readonly X509Certificate[]): Finding[] {
  const warn = (what: string): Finding[] => [
    { code: 'tls-chain-incomplete', severity: 'warning', about: 'certificate', what },
  ];
  const [leaf, ...others] = certificates;
  if (leaf === undefined || leaf.subject === leaf.issuer) return []; // who signs himself needs nobody
  if (others.length === 0) return warn('holds no certificate between its own and the root');
  for (const [index, issuer] of others.entries()) {
    const signed = certificates[index];
    if (signed !== undefined && !signed.checkIssued(issuer))
      return warn(`holds certificate ${index + 2}, which did not sign the one before it`);
  }
  return [];
}

/** Whether clients that ask for the name will take the certificate for it. A wildcard is covered by the same wildcard. */
export function covers(leaf: X509Certificate, hostname: string): boolean {
  const name = hostname.toLowerCase();
  if (!name.startsWith('*.')) return leaf.checkHost(name, { wildcards: true }) !== undefined;
  const names = (leaf.subjectAltName ?? '').toLowerCase().split(', ');
  return names.includes(`dns:${name}`);
}

/** Lists of certificates that were called back. */
export function hasRevocationList(pem: string): boolean {
  return /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/.test(pem);
}

/**
 * An OCSP response that says `successful` (RFC 6960 section 4.2.1): SEQUENCE { ENUMERATED 0, … }. What it says about
 * which certificate, and until when, is its reader's to check.
 */
export function isGoodResponse(der: Uint8Array): boolean {
  if (der[0] !== 0x30) return false;
  const first = der[1] ?? 0;
  const at = first < 0x80 ? 2 : 2 + (first & 0x7f);
  return der[at] === 0x0a && der[at + 1] === 1 && der[at + 2] === 0;
}

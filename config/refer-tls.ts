// The TLS of listeners and upstreams, judged: that `protocol` and `tls` go together, and that the files hold what they should. The one
// part of judging that looks into files, because a certificate that cannot be used is found at night otherwise; how a
// file is read is an argument.

import type { X509Certificate } from 'node:crypto';
import {
  covers,
  type Finding,
  hasRevocationList,
  isGoodResponse,
  judgePair,
  readCertificates,
} from './certificates.ts';
import type { Report } from './refer-listener.ts';
import type { ListenerConfig, UpstreamConfig } from './schema.ts';

/** What stands in a file that was found before, by its absolute path; `undefined` if that is no longer so. */
export type ReadFile = (path: string) => { readonly content: Buffer; readonly isExposed: boolean } | undefined;

/** What of the world certificates are judged by. */
export interface TlsWorld {
  readonly readFile: ReadFile;
  readonly nowMs: number;
}

type TlsConfig = NonNullable<ListenerConfig['tls']>;
type Files = Pick<TlsConfig, 'certFile' | 'keyFile'> & { readonly ocspFile?: string | undefined };

/** Values that could not be read are missing here, and have been reported. */
export function checkTls({ protocol, tls }: ListenerConfig, title: string, report: Report, world: TlsWorld): void {
  if (protocol === 'https' && tls === undefined) {
    const hint = 'add: tls { cert-file "…"; key-file "…" }';
    return report('config-missing-key', `${title} speaks https and has no certificate`, 'protocol', { hint });
  }
  if (tls === undefined) return;
  if (protocol === 'http')
    report('config-conflict', `${title} has a certificate and speaks plain http`, 'tls', {
      hint: 'add: protocol "https"',
    });
  const files = new TlsFiles(report, world);
  files.checkPair(tls, 'tls', []);
  const seen = new Map<string, string>();
  for (const [index, one] of (tls.sni ?? []).entries()) {
    const path = `tls.sni.${index}`;
    const names = [one.hostname, ...(one.hostnames ?? [])].filter((name) => typeof name === 'string');
    files.checkPair(one, path, names);
    for (const name of names) checkTwice(name.toLowerCase(), path, seen, report);
  }
  checkClients(tls, title, report, files);
}

function checkTwice(name: string, path: string, seen: Map<string, string>, report: Report): void {
  if (seen.has(name)) {
    const what = `"${name}" has two certificates`;
    report('config-duplicate-name', what, path, { hint: 'keep one of the two' });
  }
  seen.set(name, path);
}

function checkClients(
  { clientAuth, caFile, crlFile }: TlsConfig,
  title: string,
  report: Report,
  files: TlsFiles,
): void {
  const asks = clientAuth === 'optional' || clientAuth === 'required';
  if (asks && caFile === undefined) {
    const what = `${title} asks clients for certificates, and nobody's signature would be good`;
    report('config-missing-key', what, 'tls.clientAuth', { hint: 'add: ca-file "clients-ca.pem"' });
  }
  for (const [path, file] of Object.entries({ 'tls.caFile': caFile, 'tls.crlFile': crlFile })) {
    if (file === undefined || asks) continue;
    const hint = 'add: client-auth "required"';
    report('config-conflict', 'it has an effect only where clients are asked for certificates', path, { hint });
  }
  if (typeof caFile === 'string') files.checkAuthorities(caFile, 'tls.caFile');
  if (typeof crlFile === 'string') files.checkLists(crlFile, 'tls.crlFile');
}

type UpstreamTls = NonNullable<UpstreamConfig['tls']>;

/** Of an upstream; the same goes for values that could not be read. */
export function checkUpstreamTls({ tls }: UpstreamConfig, title: string, report: Report, world: TlsWorld): void {
  if (tls === undefined) return;
  const { caCert, clientCert, clientKey, verify } = tls;
  const files = new TlsFiles(report, world);
  if (verify === false) {
    const what = `whoever is between us and ${title} can be it: certificates are not looked at`;
    report('upstream-not-verified', what, 'tls.verify', {
      severity: 'warning',
      hint: 'remove it, and name who signs: ca-cert "internal-ca.pem"',
    });
  }
  if (verify === false && caCert !== undefined)
    report('config-conflict', 'it has an effect only where certificates are looked at', 'tls.caCert', {
      hint: 'remove: verify #false',
    });
  if (typeof caCert === 'string') files.checkAuthorities(caCert, 'tls.caCert');
  checkOwnPair({ clientCert, clientKey }, files, report);
}

function checkOwnPair(
  { clientCert, clientKey }: Pick<UpstreamTls, 'clientCert' | 'clientKey'>,
  files: TlsFiles,
  report: Report,
): void {
  if ((clientCert === undefined) !== (clientKey === undefined)) {
    const [there, missing] = clientCert === undefined ? ['clientKey', 'client-cert'] : ['clientCert', 'client-key'];
    report(
      'config-missing-key',
      `a certificate and its key go together, and there is no '${missing}'`,
      `tls.${there}`,
      {
        hint: `add: ${missing} "…"`,
      },
    );
  }
  if (typeof clientCert !== 'string' || typeof clientKey !== 'string') return;
  files.checkPair({ certFile: clientCert, keyFile: clientKey }, 'tls', [], ['clientCert', 'clientKey']);
}

class TlsFiles {
  readonly #report: Report;
  readonly #readFile: ReadFile;
  readonly #nowMs: number;

  constructor(report: Report, { readFile, nowMs }: TlsWorld) {
    this.#report = report;
    this.#readFile = readFile;
    this.#nowMs = nowMs;
  }

  /** `keys`: the properties that name the two files. */
  checkPair(
    { certFile, keyFile, ocspFile }: Files,
    path: string,
    names: readonly string[],
    keys: readonly [string, string] = ['certFile', 'keyFile'],
  ): void {
    const [certificate, key] = [this.#text(certFile), this.#text(keyFile)];
    if (certificate === undefined || key === undefined) return;
    const { findings, leaf } = judgePair(certificate, key, this.#nowMs);
    for (const one of findings) this.#tell(one, path, { certFile, keyFile }, keys);
    if (this.#readFile(keyFile)?.isExposed === true) this.#warnExposed(keyFile, `${path}.${keys[1]}`);
    if (leaf !== undefined) this.#checkNames(leaf, names, path);
    const response = typeof ocspFile === 'string' ? this.#readFile(ocspFile)?.content : undefined;
    if (response !== undefined && !isGoodResponse(response))
      this.#unusable(`${ocspFile} holds no OCSP response in DER that says "successful"`, `${path}.ocspFile`);
  }

  checkAuthorities(file: string, path: string): void {
    const read = readCertificates(this.#text(file) ?? '');
    if (typeof read === 'string') this.#unusable(`${file} ${read}`, path);
  }

  checkLists(file: string, path: string): void {
    const text = this.#text(file);
    if (text !== undefined && !hasRevocationList(text))
      this.#unusable(`${file} holds no list in PEM ("-----BEGIN X509 CRL-----")`, path);
  }

  #tell(
    { code, about, what, hint, severity }: Finding,
    path: string,
    files: { certFile: string; keyFile: string },
    keys: readonly [string, string],
  ): void {
    const [file, key] = about === 'key' ? [files.keyFile, keys[1]] : [files.certFile, keys[0]];
    this.#report(code, `${file} ${what}`, `${path}.${key}`, { severity, hint });
  }

  #checkNames(leaf: X509Certificate, names: readonly string[], path: string): void {
    for (const name of names) {
      if (covers(leaf, name)) continue;
      const what = `the certificate does not hold "${name}", so clients that ask for it will refuse it`;
      this.#report('tls-name-not-covered', what, path, { severity: 'warning' });
    }
  }

  #warnExposed(file: string, path: string): void {
    const what = `every user of this machine can read the private key in ${file}`;
    this.#report('config-secret-exposed', what, path, { severity: 'warning', hint: `chmod 600 ${file}` });
  }

  #unusable(what: string, path: string): void {
    this.#report('tls-file-unusable', what, path);
  }

  /** PEM is ASCII; whatever else stands in the file is not looked at. */
  #text(path: unknown): string | undefined {
    return typeof path === 'string' ? this.#readFile(path)?.content.toString('latin1') : undefined;
  }
}

// The gate of a listener that speaks TLS: a connection goes in as it was accepted, and comes out as a socket that is read
// and written in plain, with what its handshake told. It holds the listener's certificates, gives each client the one for
// the name it asks for, and takes new ones when their files change, between two handshakes; what cannot be used is told
// and the last good one stays.
//
// The shaping decision: `node:tls` does the handshake, as a server that never listens. What it calls back never throws
// (CVE-2026-21637 was one that did): a mistake costs that handshake.

import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { createServer, type SecureContext, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Logger } from '#config/log';
import type { ListenerConfig } from '#config/schema';
import type { TlsFacts } from '../exchange.ts';
import type { TlsMetrics } from '../metrics.ts';
import { linesOfCertificate, linesWithoutCertificate } from './client-certificate.ts';
import { GateFailure } from './failure.ts';
import { FileWatch } from './file-watch.ts';
import { type Identity, type IdentityFiles, readIdentity, type SharedTerms, type TlsConfig } from './identity.ts';
import { ServerNames } from './server-names.ts';
import { msToRotation, ticketKeyAt } from './ticket-keys.ts';

export interface GateTerms {
  readonly listener: string;
  readonly tls: TlsConfig;
  readonly handshakeMs: number;
  /** The same for all workers of a stack. */
  readonly ticketSecret: string;
  readonly metrics: TlsMetrics;
  readonly log: Logger;
}

/** Who waits for a handshake. */
export interface Entrant {
  onSecure(socket: TLSSocket, facts: TlsFacts): void;
}

interface Handshake {
  readonly entrant: Entrant;
  readonly startedMs: number;
}

/** One certificate of the listener, and the names that it is for. */
interface Place {
  readonly files: IdentityFiles;
  readonly names: readonly string[]; // none: for everybody else
  identity: Identity;
}

export class TlsGate {
  readonly #terms: GateTerms;
  readonly #server: Server;
  readonly #handshakes = new WeakMap<Socket, Handshake>();
  #shared: SharedTerms;
  #places: readonly Place[];
  #names = new ServerNames<Place>();
  readonly #watch: FileWatch;
  #rotation: NodeJS.Timeout | undefined = undefined;
  #toldMs = -Infinity;

  /** Rejects with a `GateFailure` if a file cannot be used. */
  static async open(terms: GateTerms): Promise<TlsGate> {
    const shared = await readShared(terms);
    const { tls } = terms;
    const places: Place[] = [];
    for (const { files, names } of placesOf(tls))
      places.push({ files, names, identity: await mustRead(files, shared) });
    const gate = new TlsGate(terms, shared, places);
    await gate.#watch.ready();
    return gate;
  }

  private constructor(terms: GateTerms, shared: SharedTerms, places: readonly Place[]) {
    this.#terms = terms;
    this.#shared = shared;
    this.#places = places;
    const { tls, handshakeMs } = terms;
    this.#server = createServer({
      ...mainPlace(places).identity.options,
      handshakeTimeout: handshakeMs,
      ALPNProtocols: ['http/1.1'],
      requestCert: tls.clientAuth !== 'off',
      rejectUnauthorized: tls.clientAuth === 'required',
      ...(tls.sni.length === 0 ? {} : { SNICallback: this.#chooseContext }),
    });
    this.#server.on('secureConnection', (socket) => this.#onSecure(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#onFailed(error, socket));
    // Whoever listens makes each handshake stop and ask (20 us), so only who has an answer does.
    if (placesOf(tls).some(({ files }) => files.ocspFile !== undefined))
      this.#server.on('OCSPRequest', (certificate, _issuer, done) => done(null, this.#responseFor(certificate)));
    this.#takePlaces();
    this.#rotateTickets();
    this.#watch = new FileWatch(filesOf(tls), (changed) => void this.#renew(changed));
  }

  /** Takes a connection that was accepted; what it has sent so far may have been read and put back. */
  admit(socket: Socket, entrant: Entrant): void {
    this.#handshakes.set(socket, { entrant, startedMs: performance.now() });
    socket.on('error', () => undefined); // the socket around it tells
    socket.allowHalfOpen = false; // who ends in the middle of a handshake waits for nothing; see #onSecure
    this.#server.emit('connection', socket);
  }

  close(): void {
    this.#watch.close();
    clearTimeout(this.#rotation);
  }

  // ---- handshakes

  readonly #chooseContext: NonNullable<TlsOptions['SNICallback']> = (name, done) => done(null, this.#contextFor(name));

  /** `undefined`: the certificate for everybody else. */
  #contextFor(name: string): SecureContext | undefined {
    try {
      return this.#names.find(name)?.identity.context;
    } catch {
      return undefined; // OpenSSL has taken the same options before
    }
  }

  #responseFor(certificate: Buffer): Buffer | null {
    const place = this.#places.find(({ identity }) => identity.leaf.raw.equals(certificate));
    return place?.identity.ocspResponse ?? null;
  }

  #onSecure(socket: TLSSocket): void {
    const raw = rawOf(socket);
    const handshake = raw === undefined ? undefined : this.#handshakes.get(raw);
    if (handshake === undefined) return void socket.destroy();
    const { entrant, startedMs } = handshake;
    const version = socket.getProtocol() ?? 'unknown';
    this.#terms.metrics.countHandshake(version, (performance.now() - startedMs) / 1000);
    const certificate = this.#terms.tls.clientAuth === 'off' ? undefined : socket.getPeerX509Certificate();
    if (certificate !== undefined && !socket.authorized) {
      this.#refuseClient(String(socket.authorizationError));
      return void socket.destroy();
    }
    socket.allowHalfOpen = true; // a request may be followed by an end, and its reply by ours
    entrant.onSecure(socket, this.#factsOf(socket, version, certificate));
  }

  #factsOf(socket: TLSSocket, version: string, certificate: X509Certificate | undefined): TlsFacts {
    const { servername } = socket as { servername?: string | false };
    let cipher: string | undefined; // few ask
    return {
      version,
      serverName: typeof servername === 'string' ? servername : '',
      certificateLines: this.#linesOf(certificate),
      cipher: () => {
        cipher ??= socket.getCipher().standardName;
        return cipher;
      },
    };
  }

  #linesOf(certificate: X509Certificate | undefined): Buffer | undefined {
    if (this.#terms.tls.clientAuth === 'off') return undefined;
    return certificate === undefined ? linesWithoutCertificate : linesOfCertificate(certificate);
  }

  #onFailed(error: Error, socket: TLSSocket): void {
    const { authorizationError } = socket;
    const isAboutCertificate = error.message.includes('certificate') || Boolean(authorizationError);
    if (this.#terms.tls.clientAuth !== 'off' && isAboutCertificate)
      this.#refuseClient(authorizationError ? String(authorizationError) : reasonOf(error));
    else this.#terms.metrics.countFailure(error.message.includes('timeout') ? 'timeout' : 'handshake');
    socket.destroy();
  }

  /** Told at most once a second: it may be every client, when a list of revoked certificates is out of date. */
  #refuseClient(reason: string): void {
    const { metrics, log, listener } = this.#terms;
    metrics.countFailure('client-certificate');
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < tellEveryMs) return;
    this.#toldMs = nowMs;
    log.warn('tls-client-refused', { listener, reason });
  }

  // ---- certificates

  /** From the next handshake on. */
  #takePlaces(): void {
    const names = new ServerNames<Place>();
    for (const place of this.#places) for (const name of place.names) names.add(name, place);
    this.#names = names;
    this.#terms.metrics.certificates.clear();
    for (const { identity, names: held } of this.#places)
      this.#terms.metrics.certificates.set(held[0] ?? '', Date.parse(identity.leaf.validTo) / 1000);
  }

  async #renew(changed: ReadonlySet<string>): Promise<void> {
    const { tls } = this.#terms;
    const areClientsTouched = [tls.caFile, tls.crlFile].some((file) => file !== undefined && changed.has(file));
    const shared = areClientsTouched ? await this.#readSharedAgain() : this.#shared;
    const isShared = shared !== this.#shared;
    this.#shared = shared;
    for (const place of this.#places)
      if (isShared || Object.values(identityFiles(place.files)).some((file) => changed.has(file)))
        await this.#renewPlace(place);
    this.#server.setSecureContext(mainPlace(this.#places).identity.options);
    this.#takePlaces();
    this.#rotateTickets();
  }

  async #readSharedAgain(): Promise<SharedTerms> {
    const read = await readShared(this.#terms).catch((error: unknown) => error);
    if (!(read instanceof Error)) return read as SharedTerms;
    this.#tellUnusable(read.message);
    return this.#shared;
  }

  async #renewPlace(place: Place): Promise<void> {
    const read = await readIdentity(place.files, this.#shared);
    if (typeof read === 'string') return this.#tellUnusable(read);
    place.identity = read;
    const { listener, log } = this.#terms;
    log.info('tls-certificate-renewed', { listener, file: place.files.certFile, expires: read.leaf.validTo });
  }

  #tellUnusable(reason: string): void {
    const { listener, log, metrics } = this.#terms;
    metrics.renewalsFailed += 1;
    log.error('tls-certificate-refused', { listener, reason });
  }

  // ---- tickets

  /** Tickets end with the key, and with what was said about whose certificates are good. */
  #rotateTickets(): void {
    const { listener, tls, ticketSecret } = this.#terms;
    const realm = [listener, tls.clientAuth, this.#shared.authorities ?? '', this.#shared.revoked ?? ''].join('\0');
    const nowMs = Date.now();
    this.#server.setTicketKeys(ticketKeyAt(ticketSecret, realm, tls.ticketRotationMs, nowMs));
    clearTimeout(this.#rotation);
    this.#rotation = setTimeout(() => this.#rotateTickets(), msToRotation(tls.ticketRotationMs, nowMs)).unref();
  }
}

const tellEveryMs = 1000;

function mainPlace(places: readonly Place[]): Place {
  const [first] = places;
  if (first === undefined) throw new Error('a listener with TLS has a certificate'); // placesOf begins with it
  return first;
}

function placesOf(tls: TlsConfig): readonly { readonly files: IdentityFiles; readonly names: readonly string[] }[] {
  return [
    { files: tls, names: [] },
    ...tls.sni.map((one) => ({ files: one, names: [one.hostname, ...one.hostnames] })),
  ];
}

function identityFiles({ certFile, keyFile, ocspFile }: IdentityFiles): readonly string[] {
  return ocspFile === undefined ? [certFile, keyFile] : [certFile, keyFile, ocspFile];
}

function filesOf(tls: TlsConfig): readonly string[] {
  const ofClients = [tls.caFile, tls.crlFile].filter((file) => file !== undefined);
  return [...placesOf(tls).flatMap(({ files }) => identityFiles(files)), ...ofClients];
}

async function mustRead(files: IdentityFiles, shared: SharedTerms): Promise<Identity> {
  const read = await readIdentity(files, shared);
  if (typeof read === 'string') throw new GateFailure(read);
  return read;
}

/** Rejects with a `GateFailure`. */
async function readShared({ listener, tls }: GateTerms): Promise<SharedTerms> {
  const read = async (file: string | undefined) => (file === undefined ? undefined : await readFile(file, 'latin1'));
  try {
    const [authorities, revoked] = [await read(tls.caFile), await read(tls.crlFile)];
    return { minVersion: tls.minVersion, sessionIdContext: listener.slice(0, 32), authorities, revoked };
  } catch (error) {
    throw new GateFailure(error instanceof Error ? error.message : String(error));
  }
}

/** The socket that was accepted, below the one that is encrypted. */
function rawOf(socket: TLSSocket): Socket | undefined {
  return Reflect.get(socket, '_parent') as Socket | undefined;
}

function reasonOf(error: Error): string {
  return 'reason' in error ? String(error.reason) : error.message;
}

/** Only of listeners with `tls`. */
export function gateTermsOf(
  { name, tls, timeouts }: ListenerConfig,
  rest: Pick<GateTerms, 'ticketSecret' | 'metrics' | 'log'>,
): GateTerms | undefined {
  if (tls === undefined) return undefined;
  return { listener: name, tls, handshakeMs: timeouts.tlsHandshakeMs, ...rest };
}

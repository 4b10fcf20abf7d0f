// TLS towards the targets of one upstream: whom to believe, which certificate to show, by which name to ask. Read from
// files when the worker starts and again when they change, between two connections; those that stand go on. The sessions
// of each target are kept, so that a further connection costs a third of the first. It refuses to know what is sent.

import { readFile } from 'node:fs/promises';
import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect, createSecureContext, type SecureContext } from 'node:tls';
import { judgePair } from '#config/certificates';
import type { Logger } from '#config/log';
import type { UpstreamConfig } from '#config/schema';
import { GateFailure } from './failure.ts';
import { FileWatch } from './file-watch.ts';

type OriginConfig = NonNullable<UpstreamConfig['tls']>;

/** What a socket is opened with; `node:net` and `node:tls` take the same. */
export type SocketPlace = Pick<ConnectionOptions, 'host' | 'port' | 'path'> & {
  readonly onread: { buffer: Buffer; callback: (length: number) => boolean };
};

export class OriginTls {
  readonly #upstream: string;
  readonly #config: OriginConfig;
  readonly #log: Logger;
  readonly #files: readonly string[];
  #context: SecureContext | undefined = undefined;
  #watch: FileWatch | undefined = undefined;

  constructor(upstream: string, config: OriginConfig, log: Logger) {
    this.#upstream = upstream;
    this.#config = config;
    this.#log = log;
    this.#files = [config.caCert, config.clientCert, config.clientKey].filter((file) => file !== undefined);
  }

  /** Rejects with a `GateFailure` if a file cannot be used. */
  async open(): Promise<void> {
    const read = await this.#read();
    if (typeof read === 'string') throw new GateFailure(read);
    this.#context = read;
    if (this.#files.length === 0) return;
    this.#watch = new FileWatch(this.#files, () => void this.#renew());
    await this.#watch.ready();
  }

  close(): void {
    this.#watch?.close();
  }

  /** `host`: of the target's address. */
  target(host: string): TargetTls {
    const { sni, verify } = this.#config;
    const servername = sni ?? (isIP(host) === 0 ? host : '');
    return new TargetTls(() => this.#context, {
      rejectUnauthorized: verify,
      ...(servername === '' ? {} : { servername }),
    });
  }

  async #renew(): Promise<void> {
    const read = await this.#read();
    const about = { upstream: this.#upstream };
    if (typeof read === 'string') return this.#log.error('tls-certificate-refused', { ...about, reason: read });
    this.#context = read;
    this.#log.info('tls-certificate-renewed', { ...about, file: this.#files.join(' ') });
  }

  /** A sentence if something cannot be used. */
  async #read(): Promise<SecureContext | string> {
    const { caCert, clientCert, clientKey, minVersion } = this.#config;
    try {
      const [ca, cert, key] = await Promise.all([textOf(caCert), textOf(clientCert), textOf(clientKey)]);
      const fatal = cert === undefined || key === undefined ? undefined : fatalOf(cert, key);
      if (fatal !== undefined) return `${fatal.about === 'key' ? clientKey : clientCert} ${fatal.what}`;
      return createSecureContext({
        minVersion: minVersion === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      });
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

async function textOf(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, 'latin1');
}

function fatalOf(cert: string, key: string) {
  return judgePair(cert, key, Date.now()).findings.find(({ severity }) => severity === 'error');
}

/** One target: its name, and the session that is resumed with it. */
export class TargetTls {
  readonly #contextNow: () => SecureContext | undefined;
  readonly #options: ConnectionOptions;
  #session: Buffer | undefined = undefined;
  #sessionOf: SecureContext | undefined = undefined; // what was trusted when it was made: another one begins anew

  constructor(contextNow: () => SecureContext | undefined, options: ConnectionOptions) {
    this.#contextNow = contextNow;
    this.#options = options;
  }

  /** The socket tells `secureConnect` when the handshake is over and the certificate was good. */
  connect(place: SocketPlace): Socket {
    const secureContext = this.#contextNow();
    const session = secureContext === this.#sessionOf ? this.#session : undefined;
    const socket = connect({
      ...this.#options,
      ...place,
      ALPNProtocols: ['http/1.1'],
      ...(secureContext === undefined ? {} : { secureContext }),
      ...(session === undefined ? {} : { session }),
    });
    socket.on('session', (ticket) => {
      this.#session = ticket;
      this.#sessionOf = secureContext;
    });
    return socket;
  }
}

// The operator's side: /metrics, /healthz (alive), /readyz (serving; 503 while draining), on an address of its own, with
// a bearer token where one is configured. The shaping decision: it is no dataplane, so it stands on node:http, whose
// strict parser and limits are enough for it. Read-only; it refuses everything but GET and HEAD.

import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { Secret } from '#config/secret';
import { listenOn } from '../listen.ts';
import type { Worker } from '../worker.ts';
import { makeRegistry } from './registry.ts';

export class AdminServer {
  readonly #server: Server;
  readonly #worker: Worker;
  readonly #registry: Registry;
  readonly #token: Secret | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.#registry = makeRegistry(worker);
    this.#token = worker.config.admin.token;
    this.#server = createServer({
      headersTimeout: 10_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16 * 1024,
    });
    this.#server.maxConnections = connectionsMax;
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request).then(
        ({ status, type, body }) =>
          response.writeHead(status, { 'Content-Type': type }).end(request.method === 'HEAD' ? '' : body),
        (error: unknown) => {
          worker.log.error('internal-error', { error: error instanceof Error ? error.stack : String(error) });
          response.writeHead(500).end();
        },
      );
    });
  }

  /** The address that is really open. */
  open(address: string, fd: number | undefined): Promise<string> {
    return listenOn(this.#server, { address }, fd);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage): Promise<Page> {
    if (!this.#isAllowed(request)) return text(401, 'This needs the token: Authorization: Bearer …\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'Only GET.\n');
    switch (request.url?.split('?', 1)[0]) {
      case '/metrics':
        return { status: 200, type: this.#registry.contentType, body: await this.#registry.metrics() };
      case '/healthz':
        return text(200, 'ok\n');
      case '/readyz':
        return this.#worker.isDraining ? text(503, 'draining\n') : text(200, 'ready\n');
      default:
        return text(404, 'There are /metrics, /healthz and /readyz.\n');
    }
  }

  /** Compared by digest: as long for a wrong token as for a right one, whatever its length. */
  #isAllowed({ headers }: IncomingMessage): boolean {
    if (this.#token === undefined) return true;
    return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${this.#token.reveal()}`));
  }
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const connectionsMax = 64; // a scraper or two, a load balancer's checks, a person

function text(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body };
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

// The operator's side: a page, /metrics, /healthz, /readyz and data as JSON, on an address of its own. The shaping
// decision: every worker serves it on one socket that all of them share, and none knows more than how to ask (source.ts),
// so it is there as long as any worker lives, and says the same whoever answers. It is no dataplane: it stands on
// node:http, whose strict parser and limits are enough for it. Read-only: it refuses everything but GET and HEAD.

import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Question } from '#config/figures/answers';
import { figureTypes, formatAsked } from '#config/figures/text';
import { adminLimits } from '#config/limits';
import { createServer } from '#config/node-http';
import { listenOn } from '../listen.ts';
import type { Worker } from '../worker.ts';
import { AdminAccess } from './access.ts';
import { EventStream } from './event-stream.ts';
import { type PageFile, pagePolicy, readPage } from './page-files.ts';
import type { Source } from './source.ts';

export class AdminServer {
  readonly #server: Server;
  readonly #worker: Worker;
  readonly #source: Source;
  readonly #access: AdminAccess;
  readonly #stream: EventStream;
  #page: ReadonlyMap<string, PageFile> = new Map();

  constructor(worker: Worker, source: Source) {
    const { address = '', token } = worker.config.admin;
    this.#worker = worker;
    this.#source = source;
    this.#access = new AdminAccess(address, token);
    this.#stream = new EventStream(source);
    this.#server = createServer({
      headersTimeout: 10_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16 * 1024,
    });
    this.#server.maxConnections = adminLimits.connectionsMax;
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch((error: unknown) => {
        worker.log.error('internal-error', { error: error instanceof Error ? error.stack : String(error) });
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
  }

  /** The address that is really open. */
  async open(address: string, fd: number | undefined): Promise<string> {
    this.#page = await readPage();
    return listenOn(this.#server, { address }, fd);
  }

  /** Answers that are under way have a moment to end. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#stream.close();
    this.#server.closeIdleConnections();
    await Promise.race([closed, setTimeout(adminLimits.closeMs, undefined, { ref: false })]);
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const refused = this.#access.refusal(request.headers);
    if (refused !== undefined) return reply(request, response, text(refused.status, refused.words));
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return reply(request, response, {
        ...text(405, 'Only GET: nothing can be changed here.'),
        headers: { Allow: 'GET, HEAD' },
      });
    if (path === '/v1/events' && request.method === 'GET') return this.#openStream(request, response);
    return reply(request, response, await this.#answer(path, request));
  }

  async #openStream(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#stream.isFull)
      return reply(request, response, { ...text(503, 'Too many pages are open.'), headers: { 'Retry-After': '10' } });
    response.writeHead(200, { ...guarded, 'Content-Type': 'text/event-stream; charset=utf-8' });
    return await this.#stream.open(response);
  }

  async #answer(path: string, request: IncomingMessage): Promise<Reply> {
    const file = this.#page.get(path);
    if (file !== undefined) return { status: 200, ...file, headers: { 'Content-Security-Policy': pagePolicy } };
    if (path === '/healthz') return text(200, 'ok');
    if (path === '/readyz') return this.#readiness();
    if (path === '/metrics') {
      const format = formatAsked(request.headers.accept);
      return this.#ask(format, figureTypes[format]);
    }
    const question = questionsByPath[path];
    return question === undefined
      ? text(404, `There are ${known}.`)
      : this.#ask(question, 'application/json; charset=utf-8');
  }

  async #ask(question: Question, type: string): Promise<Reply> {
    const body = await this.#source.ask(question);
    return body === undefined ? text(503, 'The supervisor does not answer.') : { status: 200, type, body };
  }

  /** Without a supervisor that answers this worker knows of itself alone. */
  async #readiness(): Promise<Reply> {
    const answer = await this.#source.ask('readiness');
    if (answer === undefined) return this.#worker.isDraining ? text(503, 'draining') : text(200, 'ready');
    const { ready, obstacles }: { ready: boolean; obstacles: string[] } = JSON.parse(answer);
    return ready ? text(200, 'ready') : text(503, obstacles.join('\n'));
  }
}

const questionsByPath: Readonly<Record<string, Question>> = {
  '/v1/status': 'status',
  '/v1/routes': 'routes',
  '/v1/upstreams': 'upstreams',
  '/v1/agents': 'agents',
  '/v1/config': 'config',
};

const known = ['/', '/metrics', '/healthz', '/readyz', ...Object.keys(questionsByPath), '/v1/events'].join(', ');

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: OutgoingHttpHeaders;
}

function text(status: number, words: string): Reply {
  return { status, type: 'text/plain; charset=utf-8', body: `${words}\n` };
}

/** With every answer: no other site reads, frames or guesses what this is. */
const guarded: OutgoingHttpHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

const challenge: OutgoingHttpHeaders = {
  'WWW-Authenticate': ['Bearer', 'Basic realm="sentinel-stack", charset="UTF-8"'],
};

function reply(request: IncomingMessage, response: ServerResponse, { status, type, body, headers = {} }: Reply): void {
  const length = Buffer.byteLength(body);
  const asked = status === 401 ? challenge : {};
  response.writeHead(status, { ...guarded, ...asked, ...headers, 'Content-Type': type, 'Content-Length': length });
  response.end(request.method === 'HEAD' ? '' : body);
}

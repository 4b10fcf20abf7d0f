// The control socket: HTTP with JSON on a Unix socket in the runtime folder, for the commands and for `curl
// --unix-socket`. The shaping decision: it is opened before any process is started, so that a path that cannot be used is
// refused with everything else, and answers from then on; before the stack can be asked it says that it starts. Who may
// use it is decided by the rights of the file alone. It refuses bodies, other hosts' business, and more clients than a bound.

import { once } from 'node:events';
import { chmod, chown, rm } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { controlLimits } from '#config/limits';
import { createServer } from '#config/node-http';
import type { Complaint } from '../complain.ts';
import { type Answer, failure } from './answer.ts';
import { parseLogs, refused } from './asked.ts';
import { answer, type Served, splitTarget, wrongMethod } from './endpoints.ts';
import { giveLines } from './follow.ts';

export interface ControlSocket extends AsyncDisposable {
  /** From now on it answers. */
  serve(served: Served): void;
}

export type OpenedControl =
  | { readonly ok: true; readonly socket: ControlSocket }
  | { readonly ok: false; readonly complaint: Complaint };

/** `groupId`: members of that group may use it too. The folder is ours, so whatever stands at the path is a leftover. */
export async function openControlSocket(path: string, groupId?: number): Promise<OpenedControl> {
  const server = createServer({
    headersTimeout: controlLimits.answerMs,
    requestTimeout: controlLimits.answerMs,
    keepAliveTimeout: controlLimits.answerMs,
    maxHeaderSize: controlLimits.headerBytesMax,
  });
  server.maxConnections = controlLimits.connectionsMax;
  try {
    await rm(path, { force: true });
    server.listen(path);
    await once(server, 'listening');
    if (groupId !== undefined) await chown(path, -1, groupId);
    await chmod(path, groupId === undefined ? 0o600 : 0o660);
    return { ok: true, socket: new Door(server, path) };
  } catch (error) {
    server.close();
    const why = error instanceof Error ? error.message : String(error);
    const hint = 'choose another `runtime-dir`: its path may be too long, or this user no member of the group';
    return { ok: false, complaint: { code: 'control-unusable', what: `cannot open ${path}: ${why}`, hint } };
  }
}

class Door implements ControlSocket {
  readonly #server: Server;
  readonly #path: string;
  readonly #over = new AbortController();
  readonly #answering = new Set<Promise<void>>();
  #served: Served | undefined;
  #followers = 0;

  constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
    server.on('request', (request, response) => this.#take(request, response));
    server.on('error', () => undefined); // out of descriptors: the next client is served again
    server.on('clientError', (_error, socket) => socket.destroy());
  }

  serve(served: Served): void {
    this.#served = served;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(); // followers end
    this.#server.close();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, controlLimits.lastAnswersMs);
    });
    await Promise.race([Promise.allSettled(this.#answering), late]);
    clearTimeout(timer);
    this.#server.closeAllConnections();
    await rm(this.#path, { force: true });
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const answering = this.#answer(request, response).finally(() => this.#answering.delete(answering));
    this.#answering.add(answering);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: target = '', headers } = request;
    if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0) {
      response.shouldKeepAlive = false; // what follows is no request
      return write(response, failure(refused('nothing here takes a body').complaint));
    }
    const served = this.#served;
    if (served === undefined)
      return write(response, failure({ code: 'stack-busy', what: 'the stack is still starting' }));
    const [path, query] = splitTarget(target);
    if (path === '/v1/logs') return this.#logs(served, { method, query }, response);
    const answered = await answer(served, method, target).catch(ourMistake);
    return write(response, answered);
  }

  async #logs(served: Served, { method, query }: { method: string; query: string }, response: ServerResponse) {
    if (method !== 'GET') return write(response, wrongMethod('/v1/logs', method, ['GET']));
    const parsed = parseLogs(query, Date.now());
    if (!parsed.ok) return write(response, failure(parsed.complaint));
    if (parsed.value.follow && this.#followers >= controlLimits.followersMax) {
      const what = `${this.#followers} follow the lines already`;
      return write(response, failure({ code: 'control-busy', what }));
    }
    this.#followers += parsed.value.follow ? 1 : 0;
    try {
      await giveLines(served.control, parsed.value, response, this.#over.signal);
    } finally {
      this.#followers -= parsed.value.follow ? 1 : 0;
    }
  }
}

function ourMistake(error: unknown): Answer {
  return failure({ code: 'internal', what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

/** Settles when it has left, so that the stack does not end before its last answer. */
async function write(response: ServerResponse, { status, type, body, allow }: Answer): Promise<void> {
  const headers = {
    'Content-Type': type,
    'Cache-Control': 'no-store',
    ...(allow === undefined ? {} : { Allow: allow }),
  };
  const finished = new Promise<void>((resolve) => {
    response.once('finish', resolve);
    response.once('close', resolve);
  });
  response.writeHead(status, headers).end(body);
  await finished;
}

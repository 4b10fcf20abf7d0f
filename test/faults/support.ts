// What the tests of faults share: a proxy with a good route beside the one that is attacked, a good client that asks all
// the while and must notice nothing, a crowd of clients that behave as told, and the books: what was sent, the access
// lines, the metrics and the system's own figures must agree.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerHeads, Upstream } from '../fixtures/upstream.ts';
import { type AccessLine, type RunningProxy, startProxy, until } from '../support/proxy.ts';

export const goodReply = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood';
const goodIndex = 1; // the addresses, in the order of the configuration: the attacked one, the good client's, the admin's
const adminIndex = 2;

export interface Setting {
  readonly listener?: string;
  readonly limits?: string;
  readonly route?: string; // of everything but /good
  readonly inUpstream?: string;
  readonly targets?: readonly string[]; // addresses; without any, the route answers by itself
  readonly more?: string;
  readonly descriptorsMax?: number;
  readonly account?: number;
}

/** A proxy with the listener and route under attack, and a listener and `/good` with an upstream beside them. */
export async function startAttacked(good: Upstream, setting: Setting = {}): Promise<RunningProxy> {
  const { listener = '', limits = '', route = '', inUpstream = '', targets = [], more = '' } = setting;
  const handler = targets.length === 0 ? 'builtin-handler "echo"' : 'upstream "u"';
  const attacked = targets.map((address) => `target "${address}"`).join('; ');
  return startProxy(
    `schema-version "1"
listeners { listener "http" { address "127.0.0.1:0"; ${listener} }; listener "good" { address "127.0.0.1:0" } }
admin { address "127.0.0.1:0" }
limits { max-connections 15000; max-connections-per-client 15000; ${limits} }
routes {
  route "good" { matches { path "/good" }; upstream "good" }
  route "attacked" { ${handler}; ${route} }
}
upstreams {
  upstream "good" { target "${good.address}" }
  ${targets.length === 0 ? '' : `upstream "u" { ${attacked}; ${inUpstream} }`}
}
${more}`,
    {},
    setting.descriptorsMax ?? 0,
    setting.account,
  );
}

export const startGood = (): Promise<Upstream> => Upstream.start(answerHeads(goodReply));

/** Asks again and again on one connection, from the start to `stop`; whatever is not the right answer is a failure. */
export class GoodClient implements AsyncDisposable {
  asked = 0;
  answered = 0;
  failure: string | undefined = undefined;
  readonly #socket: Socket;
  #received = '';
  #isStopping = false;
  readonly #loop: Promise<void>;

  constructor(proxy: RunningProxy, path = '/good') {
    this.#socket = connect({ port: proxy.port(goodIndex), host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (bytes: Buffer) => {
      this.#received += bytes.toString('latin1');
    });
    this.#socket.on('error', (error) => {
      this.failure ??= error.message;
    });
    this.#socket.on('end', () => {
      if (!this.#isStopping) this.failure ??= 'the connection was ended';
    });
    this.#loop = this.#ask(path);
  }

  async #ask(path: string): Promise<void> {
    while (!this.#isStopping && this.failure === undefined) {
      this.#received = '';
      this.asked += 1;
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: good\r\n\r\n`);
      await until(
        () => this.failure !== undefined || this.#received.endsWith('\r\n\r\ngood'),
        () => `the good client waits for an answer: ${JSON.stringify(this.#received)}`,
      ).catch((error: Error) => {
        this.failure = error.message;
      });
      if (!this.#received.startsWith('HTTP/1.1 200 OK\r\n')) this.failure ??= `answered: ${this.#received}`;
      else this.answered += 1;
    }
  }

  /** Ends it after the answer that it waits for; every question must have been answered, and rightly. */
  async stop(): Promise<number> {
    this.#isStopping = true;
    await this.#loop;
    assert.equal(this.failure, undefined);
    assert.equal(this.answered, this.asked);
    assert(this.answered > 0, 'the good client was never answered');
    return this.answered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.failure ??= 'the test is over';
    await this.#loop;
    this.#socket.destroy();
  }
}

export interface CrowdClient {
  readonly socket: Socket;
  received: string; // the first bytes of it
  bytes: number;
  hasEnded: boolean; // the proxy has ended its side, or the connection is gone
  wasReset: boolean;
}

/** Many clients, opened at once. Each says `first` as soon as it is connected; with `reads: false` it never reads a byte. */
export class Crowd implements AsyncDisposable {
  readonly clients: readonly CrowdClient[];

  private constructor(clients: readonly CrowdClient[]) {
    this.clients = clients;
  }

  static async open(port: number, count: number, { first = '', reads = true, wave = 250 } = {}): Promise<Crowd> {
    const clients: CrowdClient[] = [];
    for (let at = 0; at < count; at += wave) {
      const some = Array.from({ length: Math.min(wave, count - at) }, () => openClient(port, first, reads));
      clients.push(...some);
      await until(
        () => some.every(({ socket, hasEnded }) => hasEnded || !socket.connecting),
        () => `${some.filter(({ socket }) => socket.connecting).length} of ${count} are not connected`,
      );
    }
    return new Crowd(clients);
  }

  sendAll(bytes: string): void {
    for (const { socket, hasEnded } of this.clients) if (!hasEnded) socket.write(bytes, 'latin1');
  }

  get openCount(): number {
    return this.clients.filter(({ hasEnded }) => !hasEnded).length;
  }

  /** Until the proxy has ended all of them, while `bytes` drip into each. */
  async drip(bytes: string, everyMs: number): Promise<void> {
    for (let round = 0; this.openCount > 0; round += 1) {
      assert(round < 200, `${this.openCount} of ${this.clients.length} are still open after ${round} drips`);
      this.sendAll(bytes);
      await sleep(everyMs);
    }
  }

  async ends(): Promise<void> {
    await until(
      () => this.openCount === 0,
      () => `${this.openCount} of ${this.clients.length} are still open`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.clients) socket.destroy();
    await until(
      () => this.clients.every(({ socket }) => socket.closed),
      () => 'sockets of the test are left',
    );
  }
}

const receivedKept = 2048;

function openClient(port: number, first: string, reads: boolean): CrowdClient {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  if (first !== '') socket.write(first, 'latin1');
  const client: CrowdClient = { socket, received: '', bytes: 0, hasEnded: false, wasReset: false };
  if (reads)
    socket.on('data', (bytes: Buffer) => {
      if (client.received.length < receivedKept) client.received += bytes.toString('latin1');
      client.bytes += bytes.length;
    });
  else socket.pause();
  const onEnded = () => {
    client.hasEnded = true;
  };
  socket.on('end', onEnded).on('close', onEnded);
  socket.on('error', ({ code }: NodeJS.ErrnoException) => {
    client.wasReset = code === 'ECONNRESET' || code === 'EPIPE';
  });
  return client;
}

// ---- the books

/** The sum of all series of a metric whose labels hold all of these. */
export async function metric(proxy: RunningProxy, name: string, ...labels: readonly string[]): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${proxy.port(adminIndex)}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Nothing is in flight, and for each of `exchanges` there is one line and one count. Returns the lines of the attack. */
export async function expectBooks(proxy: RunningProxy, exchanges: number): Promise<readonly AccessLine[]> {
  await until(
    async () => (await metric(proxy, 'sentinel_active_requests')) === 0,
    () => 'exchanges are still in flight',
  );
  assert.equal(await metric(proxy, 'sentinel_requests_total'), exchanges, 'exchanges counted');
  const lines = await proxy.lines(exchanges);
  assert.equal(lines.length, exchanges, 'access lines');
  assert.equal(new Set(lines.map(({ request_id }) => request_id)).size, exchanges, 'a line is written twice');
  assert.doesNotMatch(proxy.stderr(), /internal-error/);
  return lines.filter(({ path }) => path !== '/good');
}

/** How many lines have which status, refusal and error: `{ '408 header-timeout': 3 }`. */
export function outcomes(lines: readonly AccessLine[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status, refusal, error } of lines) {
    const key = [status, refusal ?? error].filter((part) => part !== undefined).join(' ');
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

export async function descriptorsOf({ pid }: RunningProxy): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** Until the proxy has no more descriptors open than it had; what it keeps for reuse is allowed for. */
export async function expectDescriptors(proxy: RunningProxy, before: number, kept = 4): Promise<void> {
  let now = 0;
  await until(
    async () => {
      now = await descriptorsOf(proxy);
      return now <= before + kept;
    },
    () => `${before} descriptors before, ${now} after`,
  );
}

export async function residentMiB({ pid }: RunningProxy): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** The payload of a body in chunks, as far as it came. */
export function withoutChunks(body: string): string {
  let payload = '';
  for (let at = 0; at < body.length; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.slice(at, lineEnd), 16);
    if (size === 0 || lineEnd === -1) break;
    payload += body.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
  return payload;
}

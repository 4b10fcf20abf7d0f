// One worker of the proxy inside the test's own process, on a port that the system chose: for what depends on bytes and
// order rather than on processes. Its access lines go to a file that is read back. Gone at the end of the scope.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineFile } from '#config/lines/line-file';
import { loadText } from '#config/load';
import { createLogger } from '#config/log';
import { formatProblems } from '#config/report';
import { Exchange } from '../../proxy/exchange.ts';
import { events } from '../../proxy/handle.ts';
import type { Mutation } from '../../proxy/http1/header-edit.ts';
import { Listeners } from '../../proxy/listen.ts';
import type { PeersOptions } from '../../proxy/peers.ts';
import { Worker } from '../../proxy/worker.ts';
import type { Upstream } from '../fixtures/upstream.ts';
import { type AccessLine, RawClient, until } from './proxy.ts';

export class TestWorker implements AsyncDisposable {
  readonly worker: Worker;
  readonly listeners: Listeners;
  readonly port: number;
  readonly logged: string[];
  readonly #folder: string;

  private constructor(worker: Worker, listeners: Listeners, folder: string, logged: string[]) {
    this.worker = worker;
    this.listeners = listeners;
    this.#folder = folder;
    this.logged = logged;
    this.port = Number(listeners.listening['http']?.[0]?.split(':').at(-1));
  }

  static async start(kdl: string, sendNote?: PeersOptions['send'], number = 1): Promise<TestWorker> {
    const loaded = loadText('test.kdl', kdl);
    assert(loaded.ok, formatProblems(loaded.problems));
    const folder = await mkdtemp(join(tmpdir(), 'sentinel-worker-'));
    const logged: string[] = [];
    const log = createLogger('proxy', 'info', { write: (line) => void logged.push(line) });
    const lines = await LineFile.open(join(folder, 'access.log'), log);
    const worker = new Worker(loaded.config, folder, lines, log, number, { sendNote });
    await Promise.all([worker.health.start(), worker.agents.ready(), worker.challenges.ready()]);
    const listeners = new Listeners(worker, events);
    await listeners.open();
    return new TestWorker(worker, listeners, folder, logged);
  }

  /** A listener whose only route forwards to this upstream. */
  static forwarding(
    upstream: Pick<Upstream, 'address'>,
    { listener = '', route = '', inUpstream = '', more = '' } = {},
  ): Promise<TestWorker> {
    return TestWorker.start(
      `schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0"; ${listener} } }\nroutes { route "site" { upstream "u"; ${route} } }\nupstreams { upstream "u" { target "${upstream.address}"; ${inUpstream} } }\n${more}`,
    );
  }

  open(): Promise<RawClient> {
    return RawClient.open(this.port);
  }

  /** On a connection of its own, all at once; what came back until the end. */
  async request(bytes: string): Promise<string> {
    await using client = await this.open();
    client.send(bytes);
    client.socket.end();
    return await client.ends();
  }

  /** Access lines, when there are at least so many. */
  async lines(count: number): Promise<readonly AccessLine[]> {
    const path = join(this.#folder, 'access.log');
    let lines: string[] = [];
    const arrived = async () => {
      lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1); // the last may be half written
      return lines.length >= count;
    };
    await until(arrived, () => `${count} access lines wanted, there are: ${lines.join('\n')}`);
    return lines.map((line) => JSON.parse(line));
  }

  /** As if an agent of every route had answered with these changes to requests. */
  mutate(mutations: readonly Mutation[]): void {
    const { routeTable } = this.worker;
    const match = routeTable.match.bind(routeTable);
    routeTable.match = (request) => {
      if (request instanceof Exchange) request.requestMutations = mutations;
      return match(request);
    };
  }

  /** The access log as it stands. */
  raw(): Promise<string> {
    return readFile(join(this.#folder, 'access.log'), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listeners[Symbol.asyncDispose]();
    this.worker.close();
    await this.worker.accessLines.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

// Everything that one worker has of its configuration: routes, upstreams, agents, and the counters and buffers that its
// exchanges share. Made once; an exchange reaches all of it through `exchange.worker`. It opens nothing by itself but
// what is handed in.

import { availableParallelism } from 'node:os';
import { bufferLimits } from '#config/limits';
import type { LineFile } from '#config/lines/line-file';
import { createLogger, type Logger } from '#config/log';
import type { Config } from '#config/schema';
import { ProcessFigures } from './admin/process-figures.ts';
import { Agents } from './agents/ask.ts';
import { InspectionMemory } from './agents/held-body.ts';
import { Departures } from './http1/departures.ts';
import { FastReads } from './http1/fast-reads.ts';
import { PlainLines } from './http1/plain-lines.ts';
import { RequestHead } from './http1/request-head.ts';
import { HeadWriter } from './http1/write-head.ts';
import { Levels } from './levels.ts';
import { Metrics } from './metrics.ts';
import { Peers, type PeersOptions } from './peers.ts';
import { RefusalSample } from './refusal-sample.ts';
import { Challenges } from './reply/challenge.ts';
import { AccessLists } from './request/access-lists.ts';
import { makeRoute, type Route, RouteTable } from './request/route-table.ts';
import { TimerWheel } from './timers.ts';
import { OriginTls } from './tls/origin.ts';
import { HealthChecks } from './upstream/health-checks.ts';
import { Standings } from './upstream/health-watch.ts';
import { Upstream } from './upstream/pick.ts';
import { ReadBuffer, readBufferBytes } from './upstream/read-buffer.ts';
import { systemLookup } from './upstream/resolve.ts';
import { KeptBytes } from './upstream/retry-body.ts';

/** Where a worker tells more than its access lines. */
export interface Channels {
  readonly auditLines?: LineFile | undefined;
  /** To the other workers of the stack. */
  readonly sendNote?: PeersOptions['send'] | undefined;
}

export class Worker {
  readonly config: Config;
  readonly log: Logger;
  readonly accessLines: LineFile;
  readonly timers = new TimerWheel();
  readonly writer: HeadWriter;
  readonly readBuffer: ReadBuffer;
  readonly departures: Departures | undefined; // with `fast-sockets`
  readonly fastReads: FastReads;
  readonly metrics = new Metrics();
  readonly process: ProcessFigures;
  readonly refusalSample = new RefusalSample();
  readonly agents: Agents;
  readonly inspectionMemory: InspectionMemory;
  readonly challenges: Challenges;
  readonly auditLines: LineFile | undefined; // usually there is no audit log
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly standings = new Standings(); // what is remembered of targets
  readonly health: HealthChecks;
  readonly routes: ReadonlyMap<string, Route>;
  readonly routeTable: RouteTable;
  readonly listenerLists: ReadonlyMap<string, AccessLists>; // of those with `allow` or `deny`: usually none
  readonly mergingListeners: ReadonlySet<string>; // those with `merge-slashes`: usually none
  readonly peers: Peers | undefined; // the other workers of this host, if there are any
  readonly connectionsByClient: Levels;
  readonly keptBytes = new KeptBytes();
  connectionsOpen = 0;
  isDraining = false;
  readonly #heads: RequestHead[] = [];
  readonly #origins: ReadonlyMap<string, OriginTls>; // of upstreams that are spoken to inside TLS

  /** `number` counts the workers of a host, from 1; `sendNote` reaches the others, and is missing in one that is alone. */
  constructor(
    config: Config,
    runtimeDir: string,
    accessLines: LineFile,
    log: Logger = createLogger('proxy'),
    number = 1,
    { auditLines, sendNote }: Channels = {},
  ) {
    this.config = config;
    this.process = new ProcessFigures(number);
    this.log = log;
    this.accessLines = accessLines;
    this.departures = config.system.fastSockets ? new Departures() : undefined;
    this.writer = new HeadWriter(this.departures);
    const lines = PlainLines.make(bufferLimits.clientReadBytes + readBufferBytes);
    this.fastReads = new FastReads(config.system.fastSockets, lines?.take(bufferLimits.clientReadBytes));
    this.readBuffer = new ReadBuffer(lines?.take(readBufferBytes));
    this.peers = this.#makePeers(sendNote);
    this.connectionsByClient = new Levels('connections', config.limits.maxConnectionsPerClient, this.peers);
    this.agents = new Agents(config, runtimeDir, log);
    this.inspectionMemory = new InspectionMemory(config.limits.inspectionBytesMax);
    this.challenges = new Challenges(config.challenge, runtimeDir);
    this.auditLines = auditLines;
    const place = { zone: config.system.zone, worker: number };
    this.#origins = new Map(
      config.upstreams.flatMap(({ name, tls }) => (tls === undefined ? [] : [[name, new OriginTls(name, tls, log)]])),
    );
    this.upstreams = new Map(
      config.upstreams.map((one) => [
        one.name,
        new Upstream(one, this, place, Math.random, this.#origins.get(one.name)),
      ]),
    );
    this.health = new HealthChecks(this.upstreams.values(), this, systemLookup(config.system.nameServers));
    const around = {
      upstreams: this.upstreams,
      bodyBytesMax: config.limits.maxBodyBytes,
      agentsFor: (name: string) => this.agents.planFor(name),
      metrics: (name: string) => this.metrics.route(name),
      peers: this.peers,
    };
    this.routes = new Map(config.routes.map((one) => [one.name, makeRoute(one, around)]));
    this.routeTable = new RouteTable([...this.routes.values()]);
    this.mergingListeners = new Set(config.listeners.filter((one) => one.mergeSlashes).map(({ name }) => name));
    this.listenerLists = listsOf(config);
    this.timers.start((lateMs) => this.process.onTurn(lateMs));
    this.process.start();
  }

  #makePeers(send: PeersOptions['send'] | undefined): Peers | undefined {
    const { workerThreads } = this.config.system;
    const workers = workerThreads === 0 ? availableParallelism() : workerThreads;
    if (send === undefined || workers === 1) return undefined;
    return new Peers({ workers, send, refreshNow: () => this.timers.refresh() });
  }

  /** Before anything is sent to an upstream. Rejects with a `GateFailure` if a file cannot be used. */
  async openOrigins(): Promise<void> {
    await Promise.all([...this.#origins.values()].map((origin) => origin.open()));
  }

  takeHead(): RequestHead {
    return this.#heads.pop() ?? new RequestHead();
  }

  giveHead(head: RequestHead): void {
    if (this.#heads.length >= bufferLimits.headsKeptMax) return;
    head.begin(noBytes, 0); // it would hold on to the bytes of its last request
    this.#heads.push(head);
  }

  close(): void {
    this.timers.stop();
    this.process.stop();
    this.peers?.close();
    this.health.close();
    this.agents.close();
    for (const origin of this.#origins.values()) origin.close();
    for (const { mirror } of this.routes.values()) mirror?.close();
    for (const upstream of this.upstreams.values()) for (const target of upstream.targets) target.pool.close();
  }
}

function listsOf({ listeners }: Config): ReadonlyMap<string, AccessLists> {
  const lists = new Map<string, AccessLists>();
  for (const listener of listeners) {
    const one = AccessLists.of(listener);
    if (one !== undefined) lists.set(listener.name, one);
  }
  return lists;
}

const noBytes = Buffer.alloc(0);

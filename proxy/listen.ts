// Listeners: on sockets that somebody opened for us, or else opened here; bounded in connections, in total, per listener
// and per client; and drained: nothing new is accepted, what is in flight is finished.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { close } from 'node:fs';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { type HandedSocket, type Place, takeSocket } from '#config/handed-sockets';
import { systemLimits, timeLimits } from '#config/limits';
import type { Facts } from '#config/log';
import type { ListenerConfig } from '#config/schema';
import { removeLeftover } from '#config/system-sockets';
import { type Address, formatAddress, parseAddress } from '#config/value';
import { emptyQueues } from './accept-queue.ts';
import type { ClientSide, ExchangeEvents } from './exchange.ts';
import { type Guest, Guests } from './guests.ts';
import { BareSocket, onAccepted } from './http1/bare-socket.ts';
import { ClientConnection, type ListenerTerms, termsOf } from './http1/client-connection.ts';
import type { ClientSocket } from './http1/client-socket.ts';
import type { ListenerMetrics, RefusedConnection } from './metrics.ts';
import { ProxyHeaderWait, type Receiver } from './proxy-header.ts';
import { type Edge, edgeOf, type Peer, peerOf, type Scheme } from './request/client-address.ts';
import { unixPeer } from './request/trusted-proxies.ts';
import { gateTermsOf, TlsGate } from './tls/gate.ts';
import { TurnedAway } from './turned-away.ts';
import type { Worker } from './worker.ts';

/** The addresses really open, by listener. */
export type Listening = Record<string, string[]>;

export class ListenFailure extends Error {
  readonly code = 'listen-failed';
}

/** What all connections to one address share. */
interface Entrance {
  readonly terms: ListenerTerms;
  readonly metrics: ListenerMetrics;
  readonly gate: TlsGate | undefined;
  edge: Edge; // with the port that is really open, from then on
}

export class Listeners implements AsyncDisposable {
  readonly listening: Listening = {};
  readonly #worker: Worker;
  readonly #events: ExchangeEvents;
  readonly #servers: Server[] = [];
  readonly #gates = new Map<string, TlsGate>(); // by listener
  readonly #ticketSecret: string;
  readonly #guests = new Guests();
  #spare: HandedSocket[] = []; // handed over, and for others so far
  #onEmpty: (() => void) | undefined = undefined;
  #arrived = 0; // connections, ever
  #acceptFailureToldMs = -Infinity;
  #proxyHeaderToldMs = -Infinity;
  readonly #turnedAway: TurnedAway;

  /** `ticketSecret`: the same for all workers of a stack, so that TLS sessions are resumed at any of them. */
  constructor(worker: Worker, events: ExchangeEvents, ticketSecret = randomBytes(32).toString('base64')) {
    this.#worker = worker;
    this.#events = events;
    this.#ticketSecret = ticketSecret;
    this.#turnedAway = new TurnedAway(worker.log, () => worker.timers.refresh());
  }

  /** Opens all of them, on what was handed over for this worker where there is something. */
  async open(handed: readonly HandedSocket[] = [], worker = 1): Promise<void> {
    this.#spare = [...handed];
    for (const config of this.#worker.config.listeners) {
      this.listening[config.name] = [];
      await this.#openGate(config);
      for (const address of config.address) {
        const fd = takeSocket(this.#spare, { listener: config.name, address }, worker);
        this.listening[config.name]?.push(await this.#listen(config, address, fd));
      }
    }
  }

  /**
   * Serves what the kernel gives to another worker, too: that one has ended, and who connects to its socket would wait.
   * For good, since a server that is closed closes its descriptor; the worker that returns shares the socket with us.
   */
  async cover(worker: number): Promise<void> {
    for (const config of this.#worker.config.listeners) {
      for (const address of config.address) {
        const fd = takeSocket(this.#spare, { listener: config.name, address }, worker);
        if (fd !== undefined && !this.#worker.isDraining) await this.#listen(config, address, fd);
      }
    }
  }

  async #openGate(config: ListenerConfig): Promise<void> {
    const { log, metrics, timers } = this.#worker;
    const terms = gateTermsOf(config, {
      ticketSecret: this.#ticketSecret,
      metrics: metrics.listener(config.name).tls,
      timers,
      log,
    });
    if (terms !== undefined) this.#gates.set(config.name, await TlsGate.open(terms));
  }

  async #listen(config: ListenerConfig, address: string, fd: number | undefined): Promise<string> {
    const terms = termsOf(config, this.#worker.config.limits);
    const metrics = this.#worker.metrics.listener(config.name);
    const gate = this.#gates.get(config.name);
    const entrance: Entrance = { terms, metrics, gate, edge: edgeOf(config, terms.scheme, 0) };
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#onConnection(socket, entrance),
    );
    this.#servers.push(server);
    const opened = await listenOn(server, { listener: config.name, address }, fd);
    entrance.edge = { ...entrance.edge, port: portOf(opened) };
    server.on('error', (error) => this.#onAcceptFailed(config.name, error));
    if (config.proxyProtocol === 'off') this.#acceptBare(server, entrance);
    return opened;
  }

  /** What the server would make a socket of is served without one, where it can be. */
  #acceptBare(server: Server, entrance: Entrance): void {
    const { gate } = entrance;
    if (!this.#worker.config.system.fastSockets || gate?.canSeal === false) return;
    onAccepted(server, (handle) => {
      const socket = BareSocket.adopt(handle);
      if (socket === undefined) return false;
      if (gate === undefined) this.#onBareConnection(socket, entrance);
      else this.#onConnectionToSeal(socket, entrance, gate);
      return true;
    });
  }

  /** Accepts nothing more; settles when the last connection is gone, or at the latest after `graceMs`, when the rest is cut. */
  async drain(graceMs: number): Promise<Drained> {
    this.#worker.isDraining = true;
    // Those that others serve come first: as long as one worker has a socket open, it takes clients.
    for (const { fd } of this.#spare.splice(0)) close(fd, () => undefined);
    const [open, arrived] = [this.#guests.count, this.#arrived];
    await emptyQueues(() => this.#arrived, Math.min(graceMs, timeLimits.drainQueueMs));
    const connections = open + this.#arrived - arrived;
    for (const server of this.#servers) server.close();
    for (const guest of this.#guests.list()) guest.drain();
    if (this.#guests.count > 0) await this.#emptyWithin(graceMs);
    const cut = this.#worker.metrics.exchangesInFlight;
    for (const guest of this.#guests.list()) guest.cut();
    if (this.#guests.count > 0) await this.#emptyWithin(cutMs); // each has its access line first
    for (const gate of this.#gates.values()) gate.close();
    return { connections, cut };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain(0);
  }

  #emptyWithin(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The system could not give a connection (out of descriptors): told at most once a second, and served on. */
  #onAcceptFailed(listener: string, error: Error): void {
    const now = this.#worker.timers.refresh();
    if (now - this.#acceptFailureToldMs < 1000) return;
    this.#acceptFailureToldMs = now;
    this.#worker.log.error('accept-failed', { listener, error: error.message });
  }

  #onConnection(socket: Socket, entrance: Entrance): void {
    const peer = this.#admit(socket, entrance);
    if (peer === undefined) return;
    socket.once('close', () => this.#countOut(entrance));
    if (isAnnounced(peer)) this.#awaitProxyHeader(socket, entrance, peer);
    else this.#welcome(socket, entrance, peer);
  }

  /** The same for one that nobody announces and that comes through no gate, with one listener for its end. */
  #onBareConnection(socket: BareSocket, entrance: Entrance): void {
    const peer = this.#admit(socket, entrance);
    if (peer === undefined) return;
    const { connectionsByClient } = this.#worker;
    connectionsByClient.change(peer.ip, 1);
    const connection = new ClientConnection(socket, this.#worker, entrance.terms, this.#events, {
      peer,
      tls: undefined,
    });
    this.#guests.add(connection);
    socket.on('close', () => {
      this.#countOut(entrance);
      connectionsByClient.change(peer.ip, -1);
      this.#leave(connection);
    });
  }

  /** Likewise, for one that comes through a gate. */
  #onConnectionToSeal(bare: BareSocket, entrance: Entrance, gate: TlsGate): void {
    const peer = this.#admit(bare, entrance);
    if (peer === undefined) return;
    const { connectionsByClient } = this.#worker;
    connectionsByClient.change(peer.ip, 1);
    const socket = gate.seal(bare, {
      onSecure: (secured, tls) => {
        this.#guests.delete(guest);
        guest = new ClientConnection(secured, this.#worker, entrance.terms, this.#events, { peer, tls });
        this.#guests.add(guest);
      },
    });
    let guest: Guest = waitFor(socket ?? bare);
    this.#guests.add(guest);
    const onClose = () => {
      this.#countOut(entrance);
      connectionsByClient.change(peer.ip, -1);
      this.#leave(guest);
    };
    if (socket === undefined) onClose();
    else socket.on('close', onClose);
  }

  /** Counted from now on, with whoever opened it; `undefined` if it has been turned away. */
  #admit(socket: ClientSocket, { terms, metrics, edge }: Entrance): Peer | undefined {
    const worker = this.#worker;
    this.#arrived += 1;
    if (worker.connectionsOpen >= worker.config.limits.maxConnections)
      return this.#turnAway(socket, metrics, 'worker-full');
    if (metrics.open >= terms.config.limits.maxConnections) return this.#turnAway(socket, metrics, 'listener-full');
    const peer = peerOf(socket, edge);
    if (peer === undefined) return void socket.destroy(); // it has left already
    if (!(isAnnounced(peer) && peer.isTrusted) && this.#isFull(peer))
      return this.#turnAway(socket, metrics, 'client-full', peer.ip);
    worker.connectionsOpen += 1;
    metrics.accepted += 1;
    metrics.open += 1;
    return peer;
  }

  #turnAway(socket: ClientSocket, metrics: ListenerMetrics, reason: RefusedConnection, client?: string): undefined {
    metrics.countRefused(reason);
    this.#turnedAway.add(metrics.listener, reason, client);
    socket.destroy();
  }

  #countOut({ metrics }: Entrance): void {
    this.#worker.connectionsOpen -= 1;
    metrics.open -= 1;
  }

  /** All from one address count as one client; those of a Unix socket have none. */
  #isFull({ ip }: Peer): boolean {
    const { connectionsByClient, config } = this.#worker;
    return ip !== unixPeer && connectionsByClient.everywhere(ip) >= config.limits.maxConnectionsPerClient;
  }

  /** Whoever it names is the client that counts; a stranger, who can name nobody, counts while it waits. */
  #awaitProxyHeader(socket: Socket, entrance: Entrance, peer: Peer): void {
    const { terms, metrics } = entrance;
    let counted = peer.isTrusted ? undefined : peer.ip;
    if (counted !== undefined) this.#worker.connectionsByClient.change(counted, 1);
    const leave = () => {
      if (counted !== undefined) this.#worker.connectionsByClient.change(counted, -1);
      counted = undefined;
      this.#leave(wait);
    };
    const wait = new ProxyHeaderWait(socket, peer, {
      timers: this.#worker.timers,
      deadlineMs: terms.config.timeouts.headerMs,
      onPeer: (announced) => {
        leave();
        if (!this.#isFull(announced)) return this.#welcome(socket, entrance, announced);
        return this.#turnAway(socket, metrics, 'client-full', announced.ip);
      },
      onFault: (fault) => {
        metrics.countRefused('proxy-header');
        this.#tellProxyHeader({ listener: metrics.listener, peer: peer.ip, fault });
      },
    });
    this.#guests.add(wait);
    socket.once('close', leave);
  }

  /** Told at most once a second: it may be a port scan, or every connection of a balancer that was set up wrong. */
  #tellProxyHeader(facts: Facts): void {
    const now = this.#worker.timers.refresh();
    if (now - this.#proxyHeaderToldMs < 1000) return;
    this.#proxyHeaderToldMs = now;
    this.#worker.log.warn('proxy-header-refused', facts);
  }

  /** Who takes what has been read already; inside TLS nobody does, and it goes back into the socket. */
  #welcome(socket: Socket, { gate, terms }: Entrance, peer: Peer): Receiver {
    this.#worker.connectionsByClient.change(peer.ip, 1);
    socket.once('close', () => this.#worker.connectionsByClient.change(peer.ip, -1));
    if (gate === undefined) return this.#serve(socket, terms, { peer, tls: undefined });
    const wait = waitFor(socket);
    this.#guests.add(wait);
    const leave = () => this.#leave(wait);
    socket.once('close', leave);
    const shakeHands = () =>
      gate.admit(socket, {
        onSecure: (secured, tls) => {
          this.#serve(secured, terms, { peer, tls });
          leave();
        },
      });
    if (terms.config.proxyProtocol === 'off') shakeHands();
    else {
      socket.pause(); // what came behind a PROXY header goes back into the socket, and is not to flow away
      process.nextTick(shakeHands);
    }
    return { receive: (bytes) => socket.unshift(bytes) };
  }

  #serve(socket: ClientSocket, terms: ListenerTerms, ends: Pick<ClientSide, 'peer' | 'tls'>): ClientConnection {
    const connection = new ClientConnection(socket, this.#worker, terms, this.#events, ends);
    this.#guests.add(connection);
    socket.on('close', () => this.#leave(connection));
    return connection;
  }

  #leave(guest: Guest): void {
    this.#guests.delete(guest);
    if (this.#guests.count === 0) this.#onEmpty?.();
  }
}

/** What a stop cost. */
export interface Drained {
  readonly connections: number; // that were open, or waited to be accepted, when it began
  readonly cut: number; // requests that had not ended when their time was over
}

const cutMs = 1000; // for the ends of connections that were cut to be told

/** While it shakes hands. A request may be under way, so a drain leaves it alone. */
function waitFor(socket: ClientSocket): Guest {
  return { place: -1, drain: () => undefined, cut: () => void socket.destroy() };
}

/** A PROXY header is to come before anything else. */
function isAnnounced({ edge: { proxyProtocol }, isTrusted }: Peer): boolean {
  return proxyProtocol === 'require' || (proxyProtocol === 'accept' && isTrusted);
}

/** The address that is really open: with port 0 the system has chosen one. */
export async function listenOn(server: Server, place: Place, fd: number | undefined): Promise<string> {
  const written = place.address;
  const owner = place.listener === undefined ? 'admin' : `listener "${place.listener}"`;
  const address = parseAddress(written);
  if (address === undefined) throw new ListenFailure(`${owner}: "${written}" is not an address`);
  try {
    const options = fd === undefined ? await ownSocket(address) : { fd };
    server.listen(options, systemLimits.acceptQueueMax); // beside a descriptor, Node ignores a `backlog` in the options
    await once(server, 'listening');
  } catch (error) {
    throw new ListenFailure(`cannot listen on ${written} (${owner}): ${reasonOf(error)}`);
  }
  const open = server.address();
  if (open === null || typeof open === 'string') return written;
  return formatAddress({ kind: 'tcp', host: open.address, port: open.port });
}

/** With `reusePort`: who runs several proxies without a supervisor of ours has the kernel share out connections. */
async function ownSocket(address: Address): Promise<ListenOptions> {
  if (address.kind === 'tcp') return { host: address.host, port: address.port, reusePort: true };
  await removeLeftover(address.path);
  return { path: address.path };
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; end it, or choose another address',
  EACCES: 'this user may not (ports below 1024 need rights), or the folder of the socket does not exist', // libuv says EACCES for both
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'there is no host of that name',
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

/** 0 for a Unix socket. */
function portOf(opened: string): number {
  return opened.startsWith('unix:') ? 0 : Number(opened.slice(opened.lastIndexOf(':') + 1));
}

/** As people and programs write it: `http://127.0.0.1:8080`. */
export function urlOf(address: string, scheme: Scheme = 'http'): string {
  return address.startsWith('unix:') ? address : `${scheme}://${address}`;
}

// Listeners: opened with `reusePort`, so that every worker accepts for itself and the kernel shares out; bounded in
// connections, in total, per listener and per client; and drained: nothing new is accepted, what is in flight is finished.

import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { parseAddress } from '#config/value';
import type { ExchangeEvents } from './exchange.ts';
import { ClientConnection, type ListenerTerms, termsOf } from './http1/client-connection.ts';
import { grammars } from './http1/strictness.ts';
import type { ListenerMetrics } from './metrics.ts';
import type { Worker } from './worker.ts';

/** The addresses really open, by listener. */
export type Listening = Record<string, string[]>;

export class ListenFailure extends Error {
  readonly code = 'listen-failed';
}

export class Listeners implements AsyncDisposable {
  readonly listening: Listening = {};
  readonly #worker: Worker;
  readonly #events: ExchangeEvents;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<ClientConnection>();
  #onEmpty: (() => void) | undefined = undefined;
  #acceptFailureToldMs = -Infinity;

  constructor(worker: Worker, events: ExchangeEvents) {
    this.#worker = worker;
    this.#events = events;
  }

  /**
   * Opens all of them; `instead` replaces addresses by listener, where ports were chosen by the system before. The kernel
   * shares out connections between workers by port; a Unix socket has one owner, the first worker.
   */
  async open(instead: Readonly<Record<string, readonly string[]>> = {}, isFirstWorker = true): Promise<void> {
    for (const config of this.#worker.config.listeners) {
      const { bounds, ...rest } = termsOf(config);
      const terms = { ...rest, bounds: { ...bounds, grammar: grammars[config.strictness] } };
      const metrics = this.#worker.metrics.listener(config.name);
      this.listening[config.name] = [];
      for (const address of instead[config.name] ?? config.address) {
        if (address.startsWith('unix:') && !isFirstWorker) continue;
        const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
          this.#onConnection(socket, terms, metrics),
        );
        this.#servers.push(server);
        this.listening[config.name]?.push(await listenOn(server, address, `listener "${config.name}"`));
        server.on('error', (error) => this.#onAcceptFailed(config.name, error));
      }
    }
  }

  /** Accepts nothing more; settles when the last connection is gone, or at the latest after `graceMs`, when the rest is cut. */
  async drain(graceMs: number): Promise<void> {
    this.#worker.isDraining = true;
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size > 0) await this.#emptyWithin(graceMs);
    for (const connection of this.#connections) connection.cut();
    if (this.#connections.size > 0) await this.#emptyWithin(cutMs); // each has its access line first
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
    const now = this.#worker.timers.now();
    if (now - this.#acceptFailureToldMs < 1000) return;
    this.#acceptFailureToldMs = now;
    this.#worker.log.error('accept-failed', { listener, error: error.message });
  }

  #onConnection(socket: Socket, terms: ListenerTerms, metrics: ListenerMetrics): void {
    const worker = this.#worker;
    const { limits } = worker.config;
    if (worker.connectionsOpen >= limits.maxConnections) return turnAway(socket, metrics, 'worker-full');
    if (metrics.open >= terms.config.limits.maxConnections) return turnAway(socket, metrics, 'listener-full');
    const connection = new ClientConnection(socket, worker, terms, this.#events);
    const { ip } = connection;
    const ofClient = (worker.connectionsByClient.get(ip) ?? 0) + 1;
    if (ofClient > limits.maxConnectionsPerClient && ip !== unixClient) return turnAway(socket, metrics, 'client-full');
    worker.connectionsByClient.set(ip, ofClient);
    worker.connectionsOpen += 1;
    metrics.accepted += 1;
    metrics.open += 1;
    this.#connections.add(connection);
    socket.once('close', () => this.#onClosed(connection, metrics));
  }

  #onClosed(connection: ClientConnection, metrics: ListenerMetrics): void {
    const worker = this.#worker;
    const { ip } = connection;
    const left = (worker.connectionsByClient.get(ip) ?? 1) - 1;
    if (left === 0) worker.connectionsByClient.delete(ip);
    else worker.connectionsByClient.set(ip, left);
    worker.connectionsOpen -= 1;
    metrics.open -= 1;
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }
}

const cutMs = 1000; // for the ends of connections that were cut to be told
const unixClient = 'unix'; // all clients of a Unix socket have this name

function turnAway(
  socket: Socket,
  metrics: ListenerMetrics,
  reason: 'worker-full' | 'listener-full' | 'client-full',
): void {
  metrics.countRefused(reason);
  socket.destroy();
}

/** The address that is really open: with port 0 the system has chosen one. */
export async function listenOn(server: Server, written: string, owner: string): Promise<string> {
  const address = parseAddress(written);
  if (address === undefined) throw new ListenFailure(`${owner}: "${written}" is not an address`);
  if (address.kind === 'unix') await removeLeftover(address.path);
  try {
    server.listen(
      address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port, reusePort: true },
    );
    await once(server, 'listening');
  } catch (error) {
    throw new ListenFailure(`cannot listen on ${written} (${owner}): ${reasonOf(error)}`);
  }
  const open = server.address();
  if (open === null || typeof open === 'string') return written;
  return open.family === 'IPv6' ? `[${open.address}]:${open.port}` : `${open.address}:${open.port}`;
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

/** A socket file whose program is gone stands in the way; one that answers is somebody else's. */
async function removeLeftover(path: string): Promise<void> {
  const probe = connect(path);
  try {
    await once(probe, 'connect');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') await rm(path);
  } finally {
    probe.destroy();
  }
}

/** As people and programs write it: `http://127.0.0.1:8080`. */
export function urlOf(address: string): string {
  return address.startsWith('unix:') ? address : `http://${address}`;
}

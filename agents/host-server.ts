// The sockets of an agent and their connections, from the first to the last. The shaping decision: a drain is said
// before it happens (a state of health), then every connection ends in its own time, and at a deadline it is cut. It
// refuses to know signals and supervisors: host.ts does.

import { createServer, type Server, type Socket } from 'node:net';
import { hostLimits } from '#config/limits';
import type { Logger } from '#config/log';
import { type Agent, Answerer } from './host-answer.ts';
import { HostConnection } from './host-connection.ts';
import type { GrpcHost, GrpcListening } from './host-grpc.ts';
import { HostStatus } from './host-status.ts';

export class HostServer {
  readonly server: Server;
  readonly answerer: Answerer;
  readonly #log: Logger;
  readonly #connections = new Set<HostConnection>();
  #grpc: GrpcHost | undefined = undefined;

  constructor(agent: Agent, log: Logger) {
    this.answerer = new Answerer(agent, log, new HostStatus(agent.name));
    this.#log = log;
    this.server = createServer((socket) => this.#serve(socket));
    this.server.maxConnections = hostLimits.connectionsMax;
  }

  /** Beside the Unix socket, or in its place. Resolves with the port. Loaded here: most agents do without. */
  async listenGrpc(listening: GrpcListening): Promise<number> {
    const { GrpcHost: Host } = await import('./host-grpc.ts');
    this.#grpc = new Host(this.answerer, this.#log);
    return this.#grpc.listen(listening);
  }

  #serve(socket: Socket): void {
    const connection = new HostConnection(socket, this.answerer, this.#log);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  get connections(): number {
    return this.#connections.size + (this.#grpc?.connections ?? 0);
  }

  /** What the supervisor is told when it asks. */
  get health(): Readonly<Record<string, unknown>> {
    const { connections } = this;
    const { agent, status } = this.answerer;
    return { connections, figures: [...status.figures(), ...(agent.figures?.() ?? [])] };
  }

  /** No new connections; the open ones end after the calls they are in; at the deadline they are cut. */
  async drain(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.answerer.status.setHealth({ status: 'draining', etaMs: hostLimits.drainMs });
    for (const connection of this.#connections) connection.drain();
    const grpcClosed = this.#grpc?.drain();
    const cut = setTimeout(() => {
      for (const connection of this.#connections) connection.cut();
      this.#grpc?.cut();
    }, hostLimits.drainMs);
    await Promise.all([closed, grpcClosed]);
    clearTimeout(cut);
    await this.answerer.agent.onStop?.();
  }
}

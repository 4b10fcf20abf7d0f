// The agents of a worker, and for each route the plan by which it asks them. Made once from the configuration; agents that
// no route asks are not connected to. It refuses to ask by itself: the phases do (request-phase.ts, reply-phase.ts).

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { instanceNames, instanceSockets } from '#config/agent-instances';
import { askingLimits } from '#config/limits';
import { createLogger, type Logger } from '#config/log';
import type { AgentConfig, Config } from '#config/schema';
import type { ConfigureEvent } from '#protocol/message';
import { Agent } from './agent.ts';
import { ConnectionGrpcV1 } from './connection-grpc-v1.ts';
import { ConnectionV1 } from './connection-v1.ts';
import { ConnectionV2 } from './connection-v2.ts';
import { GrpcWire } from './grpc-wire.ts';
import { Instance, Instances, type Link } from './instances.ts';
import { AgentLink, type OpenConnection } from './link.ts';
import { planOf, type RoutePlan } from './plan.ts';
import { SocketWire } from './wire.ts';

export class Agents {
  readonly all = new Map<string, Agent>();
  readonly #plans = new Map<string, RoutePlan>(); // by route, without routes that ask nobody

  constructor(config: Config, runtimeDir: string, log: Logger = createLogger('proxy')) {
    const filters = new Set(config.routes.flatMap((route) => route.filters));
    const asked = new Set(config.filters.filter(({ name }) => filters.has(name)).map(({ agent }) => agent));
    for (const agent of config.agents)
      if (asked.has(agent.name)) this.all.set(agent.name, new Agent(agent, wayOf(agent, runtimeDir, log), log));
    for (const route of config.routes) {
      const plan = planOf(route, config, this.all);
      if (plan !== undefined) this.#plans.set(route.name, plan);
    }
  }

  planFor(routeName: string): RoutePlan | undefined {
    return this.#plans.get(routeName);
  }

  /** Settles once each agent has been reached, or found out of reach, for the first time; in the end without them. */
  async ready(): Promise<void> {
    const reached = Promise.all([...this.all.values()].map(({ link }) => link.ready()));
    const giveUp = Promise.withResolvers<void>();
    const deadline = setTimeout(giveUp.resolve, askingLimits.startMs);
    await Promise.race([reached, giveUp.promise]);
    clearTimeout(deadline);
  }

  /** Somebody knows that it is there, an agent or an instance of one. */
  tryNow(name: string): void {
    for (const { name: own, link } of this.all.values()) {
      if (own === name) link.tryNow();
      else if (link instanceof Instances) link.instance(name)?.link.tryNow();
    }
  }

  close(): void {
    for (const agent of this.all.values()) agent.close();
  }
}

/** To each of its processes, if there are several. */
function wayOf(agent: AgentConfig, runtimeDir: string, log: Logger): Link {
  const { unixSocket } = agent.transport;
  if (agent.instances === 1 || unixSocket === undefined) return linkOf(agent, runtimeDir, log);
  const sockets = instanceSockets(unixSocket, agent.instances);
  const instances = instanceNames(agent).map((name, index) => {
    const own = { ...agent, name, transport: { ...agent.transport, unixSocket: sockets[index] ?? '' } };
    return new Instance(name, linkOf(own, runtimeDir, log));
  });
  return new Instances(instances);
}

function linkOf(agent: AgentConfig, runtimeDir: string, log: Logger): AgentLink {
  const config = agent.config ?? {};
  const configVersion = createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 16);
  const { place, open, isShared } = wayTo(agent, runtimeDir, {
    type: 'configure',
    agentId: agent.name,
    config,
    configVersion,
  });
  return new AgentLink({
    name: agent.name,
    place,
    open,
    version: agent.protocolVersion === 1 || agent.protocolVersion === 2 ? agent.protocolVersion : undefined,
    connectionsMax: isShared ? 1 : agent.connectionPool.maxConnections,
    connectionIdleMs: agent.connectionPool.idleTimeoutMs,
    log,
  });
}

interface Way {
  readonly place: Readonly<Record<string, string>>;
  readonly open: OpenConnection;
  readonly isShared: boolean; // one connection has any number of calls, whatever the version
}

function wayTo({ transport: { grpc, unixSocket } }: AgentConfig, runtimeDir: string, configure: ConfigureEvent): Way {
  if (grpc !== undefined)
    return {
      place: { address: grpc.address },
      isShared: true,
      open: (version, events) =>
        version === 1
          ? new ConnectionGrpcV1(grpc, configure, events)
          : new ConnectionV2((wireEvents) => new GrpcWire(grpc, wireEvents), configure, events),
    };
  assert(unixSocket !== undefined); // `check` demands one of the two
  const path = resolve(runtimeDir, unixSocket);
  return {
    place: { socket: path },
    isShared: false,
    open: (version, events) =>
      version === 1
        ? new ConnectionV1(path, configure, events)
        : new ConnectionV2((wireEvents) => new SocketWire(path, wireEvents), configure, events),
  };
}

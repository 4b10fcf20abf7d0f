// Config -> what to start, in order: agents first, then the proxy's workers. A spec holds all that is needed to start
// one process and to judge it; the configuration itself is not looked at again. Pure: it starts nothing, reads nothing.

import { isAbsolute, join } from 'node:path';
import { packConfig } from '#config/channel';
import type { HandedSocket } from '#config/handed-sockets';
import { supervisorLimits } from '#config/limits';
import type { AgentConfig, Config } from '#config/schema';
import { workerNodeFlags } from '#config/worker-program';
import type { RestartPolicy } from './restart.ts';

interface CommonSpec {
  readonly name: string; // as people see it: `waf`, `proxy/1`
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Not ours: it knows nothing of the channel, so it is ready when its socket accepts, and is stopped by signals. */
  readonly isStranger: boolean;
  readonly startupMs: number;
  readonly restart: RestartPolicy;
}

export interface AgentSpec extends CommonSpec {
  readonly kind: 'agent';
  readonly failureMode: 'open' | 'closed';
  readonly socketPath: string;
}

export interface WorkerSpec extends CommonSpec {
  readonly kind: 'worker';
  readonly worker: number; // from 1
  readonly config: string; // packed, secrets included: for the channel only
  readonly sockets: readonly HandedSocket[]; // descriptors of ours
  readonly ticketSecret: string; // the same for all: TLS sessions are resumed at any of them
}

export type ChildSpec = AgentSpec | WorkerSpec;

/** The addresses really open, by listener. */
export type Listening = Readonly<Record<string, readonly string[]>>;

export interface Plan {
  readonly children: readonly ChildSpec[]; // in start order
  readonly external: readonly { readonly name: string; readonly socketPath: string }[]; // agents that are not ours to start
  readonly listening: Listening;
  readonly shutdownMs: number;
}

export interface Surroundings {
  readonly root: string; // where agents/ and proxy/ lie
  readonly node: string; // the program that runs them
  readonly runtimeDir: string;
  readonly cpus: number;
  readonly path: string; // PATH of our own environment
  readonly startupMs: number | undefined; // --startup-timeout, instead of every other such value
  readonly sockets: readonly HandedSocket[];
  readonly listening: Listening;
  readonly ticketSecret: string;
}

/** A worker is restarted like an agent with these values, but never given up. */
const workerRestart: RestartPolicy = {
  when: 'always',
  delayMs: 200,
  delayMaxMs: 30_000,
  restartsMax: Infinity,
  windowMs: 60_000,
};

export function makePlan(config: Config, around: Surroundings): Plan {
  const started = config.agents.filter((agent) => !isExternal(agent));
  const external = config.agents
    .filter(isExternal)
    .map((agent) => ({ name: agent.name, socketPath: socketPath(agent, around) }));
  const handed = packConfig({ ...config, system: { ...config.system, runtimeDir: around.runtimeDir } });
  const workers = Array.from({ length: workerCount(config, around.cpus) }, (_, index) =>
    workerSpec(index + 1, handed, around),
  );
  return {
    children: [...started.map((agent) => agentSpec(agent, config, around)), ...workers],
    external,
    listening: around.listening,
    shutdownMs: config.system.gracefulShutdownTimeoutMs,
  };
}

export function workerCount({ system }: Config, cpus: number): number {
  return system.workerThreads === 0 ? cpus : system.workerThreads;
}

function isExternal({ use, command }: AgentConfig): boolean {
  return use === undefined && command.length === 0;
}

function agentSpec(agent: AgentConfig, config: Config, around: Surroundings): AgentSpec {
  const socket = socketPath(agent, around);
  const env = Object.fromEntries(Object.entries(agent.env).map(([name, secret]) => [name, secret.reveal()]));
  const common = {
    kind: 'agent' as const,
    name: agent.name,
    failureMode: agent.failureMode,
    socketPath: socket,
    startupMs: around.startupMs ?? agent.startupTimeoutMs,
    restart: {
      when: agent.restartPolicy,
      delayMs: agent.restartDelayMs,
      delayMaxMs: agent.restartDelayMaxMs,
      restartsMax: agent.maxRestarts,
      windowMs: agent.restartWindowMs,
    },
  };
  const [program, ...args] = agent.command;
  if (program !== undefined) {
    return {
      ...common,
      program,
      args: [...args, '--socket', socket],
      env: { PATH: around.path, ...env },
      isStranger: true,
    };
  }
  const main = join(around.root, 'agents', agent.use ?? '', 'main.ts');
  return {
    ...common,
    program: around.node,
    args: [main, '--socket', socket, '--log-level', config.observability.logging.level],
    env: { ...ourEnv(around), ...env },
    isStranger: false,
  };
}

function socketPath(agent: AgentConfig, { runtimeDir }: Surroundings): string {
  const { unixSocket } = agent.transport;
  return isAbsolute(unixSocket) ? unixSocket : join(runtimeDir, unixSocket);
}

function workerSpec(worker: number, config: string, around: Surroundings): WorkerSpec {
  return {
    kind: 'worker',
    isStranger: false,
    name: `proxy/${worker}`,
    worker,
    config,
    sockets: around.sockets.filter(({ listener }) => listener !== undefined || worker === 1), // the first has the admin side
    ticketSecret: around.ticketSecret,
    program: around.node,
    args: [...workerNodeFlags, join(around.root, 'proxy', 'main.ts')],
    env: ourEnv(around),
    startupMs: around.startupMs ?? supervisorLimits.workerStartupMs,
    restart: workerRestart,
  };
}

/** Loading TypeScript: 274 ms without the compile cache, 74 ms with it (60 files). The folder is as private as the sockets. */
function ourEnv({ path, runtimeDir }: Surroundings): Record<string, string> {
  return { PATH: path, NODE_COMPILE_CACHE: join(runtimeDir, 'compile-cache') };
}

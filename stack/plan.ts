// Config -> what to start, in order: agents first, then the proxy's workers. A spec holds all that is needed to start
// one process and to judge it; the configuration itself is not looked at again. Pure: it starts nothing, reads nothing.

import { createHash } from 'node:crypto';
import { isAbsolute, join, parse } from 'node:path';
import { instanceNames, instanceSockets } from '#config/agent-instances';
import { packConfig } from '#config/channel';
import { strictestFailureMode } from '#config/failure-mode';
import type { HandedSocket } from '#config/handed-sockets';
import { agentLimits, supervisorLimits } from '#config/limits';
import { programFile } from '#config/program-file';
import type { AgentConfig, Config } from '#config/schema';
import { agentEnv, agentNodeFlags, noDebugger, workerNodeFlags } from '#config/worker-program';
import { type Account, type Accounts, folderOf } from './accounts.ts';
import { confinement } from './confine.ts';
import type { RestartPolicy } from './restart.ts';

interface CommonSpec {
  readonly name: string; // as people see it: `waf`, `proxy/1`
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Not ours: it knows nothing of the channel, so it is ready when its socket accepts, and is stopped by signals. */
  readonly isStranger: boolean;
  readonly workingDirectory: string | undefined;
  readonly account: Account | undefined; // undefined: as we are
  readonly startupMs: number;
  readonly restart: RestartPolicy;
  readonly liveness: Liveness;
  readonly memoryBytesMax: number | undefined;
}

/** Of programs of ours: after so many intervals without an answer it is killed. */
export interface Liveness {
  readonly intervalMs: number;
  readonly missesMax: number;
}

export interface AgentSpec extends CommonSpec {
  readonly kind: 'agent';
  readonly failureMode: 'open' | 'closed';
  readonly socketPath: string;
  readonly offer: string | undefined; // of version 2, for a program that is not ours
  readonly config: string | undefined; // JSON, for a program of ours that has one: it is ready when it has taken it
  readonly hasOthers: boolean; // of the same agent
  readonly after: readonly string[]; // agents that must be ready or missing first
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
  /** By agent: what its process is made from, and since when. */
  readonly generations: ReadonlyMap<string, Generation>;
  readonly socketSets: number; // of each port: as many as there are workers, or were
  readonly shutdownMs: number;
  readonly strangerGraceMs: number; // a program that would not notice that we are gone is asked by workers until they have drained
}

export interface Generation {
  readonly made: string; // a digest of everything that an agent's process depends on
  readonly number: number;
}

export interface Surroundings {
  readonly root: string; // where agents/ and proxy/ lie
  readonly node: string; // the program that runs them
  readonly runtimeDir: string;
  readonly cpus: number;
  readonly path: string; // PATH of our own environment
  readonly folder: string; // where we were started
  readonly startupMs: number | undefined; // --startup-timeout, instead of every other such value
  readonly sockets: readonly HandedSocket[];
  readonly listening: Listening;
  readonly ticketSecret: string;
  readonly before: Plan | undefined; // the one that this one is to follow
  readonly accounts: Accounts;
  readonly agentsOnly?: boolean; // the proxy runs elsewhere
  readonly codeCache?: string | undefined; // a folder of ours; undefined: there is none
  readonly generation: number; // of agents that are new or changed: a number that was not used before
}

/** A worker is restarted like an agent with these values, but never given up. */
const workerRestart: RestartPolicy = {
  when: 'always',
  delayMs: 200,
  delayMaxMs: 30_000,
  restartsMax: Infinity,
  windowMs: 60_000,
  failedRetryMs: agentLimits.failedRetryMs.default,
};

const workerLiveness: Liveness = {
  intervalMs: supervisorLimits.livenessMs,
  missesMax: supervisorLimits.livenessMissesMax,
};

export function makePlan(config: Config, around: Surroundings): Plan {
  const started = config.agents.filter((agent) => !isExternal(agent));
  const generations = new Map(started.map((agent) => [agent.name, generationOf(agent, config, around)]));
  const paths = new Map(config.agents.map((one) => [one.name, socketPath(one, around, generations.get(one.name))]));
  const pathOf = ({ name }: AgentConfig) => paths.get(name) ?? '';
  const external = config.agents
    .filter(isExternal)
    .map((one) => ({ name: one.name, socketPath: one.transport.grpc?.address ?? pathOf(one) }));
  const handed = packConfig(forWorkers(config, around, pathOf));
  const count = around.agentsOnly === true ? 0 : workerCount(config, around.cpus);
  const workers = Array.from({ length: count }, (_, index) => workerSpec(index + 1, handed, around));
  return {
    children: [...started.flatMap((agent) => agentSpecs(agent, pathOf(agent), config, around)), ...workers],
    external,
    listening: around.listening,
    generations,
    socketSets: Math.max(1, ...around.sockets.map((socket) => socket.worker ?? 1)),
    shutdownMs: config.system.gracefulShutdownTimeoutMs,
    strangerGraceMs: config.system.orphanGraceMs + config.system.gracefulShutdownTimeoutMs,
  };
}

/** What workers need not know they are not told: a change of it replaces no worker, and secrets of agents stay here. */
function forWorkers(config: Config, around: Surroundings, pathOf: (agent: AgentConfig) => string): Config {
  const { startupMs, restartDelayMs, restartDelayMostMs, restartsMax, restartWindowMs } = agentLimits;
  const { failedRetryMs, livenessMs, livenessMissesMax } = agentLimits;
  const runtimeDir = folderOf(around.accounts.workers, around.runtimeDir);
  const withheld = {
    env: {},
    after: [],
    startupTimeoutMs: startupMs.default,
    restartPolicy: 'always',
    restartDelayMs: restartDelayMs.default,
    restartDelayMaxMs: restartDelayMostMs.default,
    maxRestarts: restartsMax.default,
    restartWindowMs: restartWindowMs.default,
    failedRetryMs: failedRetryMs.default,
    livenessIntervalMs: livenessMs.default,
    livenessMisses: livenessMissesMax.default,
    memoryMax: undefined,
    workingDirectory: undefined,
    user: undefined,
    confined: true,
    mayRead: [],
    mayWrite: [],
  } as const;
  const transportOf = (agent: AgentConfig) =>
    agent.transport.grpc === undefined ? { unixSocket: pathOf(agent) } : agent.transport;
  const agents = config.agents.map((agent) => ({ ...agent, ...withheld, transport: transportOf(agent) }));
  return { ...config, agents, system: { ...config.system, runtimeDir, autoReload: false } };
}

export function workerCount({ system }: Config, cpus: number): number {
  return system.workerThreads === 0 ? cpus : system.workerThreads;
}

function isExternal({ use, command }: AgentConfig): boolean {
  return use === undefined && command.length === 0;
}

function agentSpecs(agent: AgentConfig, path: string, config: Config, around: Surroundings): AgentSpec[] {
  const sockets = instanceSockets(path, agent.instances);
  return instanceNames(agent).map((name, index) =>
    agentSpec(agent, { name, socket: sockets[index] ?? path }, config, around),
  );
}

function isStranger({ command }: AgentConfig): boolean {
  return command.length > 0;
}

/** As the proxy's, but for the encodings: what is read of the answer is JSON. */
function offerOf({ protocolVersion, config = {} }: AgentConfig): string | undefined {
  if (protocolVersion === 1) return undefined;
  const us = { proxy_id: 'sentinel-stack', proxy_version: '0.1.0' };
  return JSON.stringify({ supported_versions: [2], ...us, config, supported_encodings: ['json'] });
}

/** Those that it waits for, each process of them. */
function afterOf({ after }: AgentConfig, { agents }: Config): string[] {
  return agents.filter(({ name }) => after.includes(name)).flatMap(instanceNames);
}

interface One {
  readonly name: string;
  readonly socket: string;
}

function agentSpec(agent: AgentConfig, { name, socket }: One, config: Config, around: Surroundings): AgentSpec {
  const env = Object.fromEntries(Object.entries(agent.env).map(([name, secret]) => [name, secret.reveal()]));
  const common = {
    kind: 'agent' as const,
    offer: isStranger(agent) ? offerOf(agent) : undefined,
    config: isStranger(agent) || agent.config === undefined ? undefined : JSON.stringify(agent.config),
    name,
    failureMode: strictestFailureMode(config, agent),
    socketPath: socket,
    startupMs: around.startupMs ?? agent.startupTimeoutMs,
    restart: {
      when: agent.restartPolicy,
      delayMs: agent.restartDelayMs,
      delayMaxMs: agent.restartDelayMaxMs,
      restartsMax: agent.maxRestarts,
      windowMs: agent.restartWindowMs,
      failedRetryMs: agent.failedRetryMs,
    },
    after: afterOf(agent, config),
    hasOthers: agent.instances > 1,
    liveness: { intervalMs: agent.livenessIntervalMs, missesMax: agent.livenessMisses },
    memoryBytesMax: agent.memoryMax,
    workingDirectory: agent.workingDirectory,
    account: around.accounts.agents.get(agent.name),
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
  const folder = agent.workingDirectory ?? around.folder;
  const place = { root: around.root, socketPath: socket, folder, codeCache: sharedCache(around, common.account) };
  const main = programFile(around.root, 'agents', agent.use ?? '');
  return {
    ...common,
    program: around.node,
    args: [
      noDebugger,
      ...agentNodeFlags,
      ...confinement(agent, place),
      main,
      '--socket',
      socket,
      ...groupArguments(common),
      ...(common.config === undefined ? [] : ['--told-config']),
      ...hostArguments(config),
    ],
    env: {
      ...agentEnv,
      ...(agent.confined ? confinedEnv(around, common.account) : ourEnv(around, common.account)),
      ...env,
    },
    isStranger: false,
  };
}

/** Where its socket is to be open to workers that are another user. */
function groupArguments({ account }: Pick<AgentSpec, 'account'>): string[] {
  return account === undefined ? [] : ['--socket-for-group'];
}

function hostArguments({ observability, system }: Config): string[] {
  return [
    ...['--log-level', observability.logging.level],
    ...['--orphan-grace-ms', String(system.orphanGraceMs)],
    ...['--worker-drain-ms', String(system.gracefulShutdownTimeoutMs)],
  ];
}

/**
 * An agent that is made from something else gets a socket of its own. So each generation of workers talks to the agent
 * that it was made for, with the `config` that it brings, for as long as both are there; and going back is nothing but
 * ending the new one.
 */
function socketPath(agent: AgentConfig, around: Surroundings, generation: Generation | undefined): string {
  const { unixSocket = '' } = agent.transport; // `check` demands one of whom it starts
  const path = isAbsolute(unixSocket)
    ? unixSocket
    : join(folderOf(around.accounts.agents.get(agent.name), around.runtimeDir), unixSocket);
  if (generation === undefined || generation.number === 1) return path;
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}.${generation.number}${ext}`);
}

function generationOf(agent: AgentConfig, config: Config, around: Surroundings): Generation {
  const { use, command, transport, workingDirectory, confined, mayRead, mayWrite, config: given } = agent;
  const env = Object.entries(agent.env).map(([name, secret]) => [name, secret.reveal()]);
  const account = around.accounts.agents.get(agent.name);
  const place = [transport, workingDirectory, account];
  const parts = [use, command, place, confined, mayRead, mayWrite, given, env, hostArguments(config)];
  const made = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const before = around.before?.generations.get(agent.name);
  return before?.made === made ? before : { made, number: around.generation };
}

function workerSpec(worker: number, config: string, around: Surroundings): WorkerSpec {
  return {
    kind: 'worker',
    isStranger: false,
    name: `proxy/${worker}`,
    worker,
    config,
    sockets: around.sockets,
    ticketSecret: around.ticketSecret,
    program: around.node,
    args: [noDebugger, ...workerNodeFlags, programFile(around.root, 'proxy')],
    env: ourEnv(around, around.accounts.workers),
    startupMs: around.startupMs ?? supervisorLimits.workerStartupMs,
    workingDirectory: undefined,
    account: around.accounts.workers,
    restart: workerRestart,
    liveness: workerLiveness,
    memoryBytesMax: undefined,
  };
}

/** Loading TypeScript: 274 ms without the compile cache, 74 ms with it (60 files). Who runs as another user has one as private as its sockets. */
function ourEnv(around: Surroundings, account: Account | undefined): Record<string, string> {
  const own = join(folderOf(account, around.runtimeDir), 'compile-cache');
  return { PATH: around.path, NODE_COMPILE_CACHE: sharedCache(around, account) ?? own };
}

/** To be read alone: what a confined agent could write there would be code for others. */
function confinedEnv(around: Surroundings, account: Account | undefined): Record<string, string> {
  const shared = sharedCache(around, account);
  const words = shared === undefined ? {} : { NODE_COMPILE_CACHE: shared, NODE_COMPILE_CACHE_READONLY: '1' };
  return { PATH: around.path, ...words };
}

/** It lies where nobody else reaches it. */
function sharedCache({ codeCache }: Surroundings, account: Account | undefined): string | undefined {
  return account === undefined ? codeCache : undefined;
}

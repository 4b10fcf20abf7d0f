// What the words of `up` change of the configuration, at the start and at every reload. Pure. It refuses to judge a
// configuration: what it makes of one is as if it had been written in the file.

import type { Loaded } from '#config/load';
import { levels } from '#config/log';
import type { Config } from '#config/schema';
import { isLoopback, parseAddress } from '#config/value';
import { type Arguments, UsageError } from './command.ts';

export const upOptions = {
  config: {
    kind: 'file',
    short: 'c',
    value: 'FILE',
    summary: 'The configuration (sentinel.kdl here, else the embedded default)',
  },
  detach: { kind: 'flag', short: 'd', summary: 'Return once all is ready, and leave it running' },
  'dry-run': { kind: 'flag', summary: 'Check everything, say what would be started, start nothing' },
  workers: { kind: 'count', value: 'N', summary: 'Proxy workers instead of system.worker-threads; 0: one per core' },
  listen: {
    kind: 'text',
    value: 'ADDRESS',
    summary: 'Where the only listener listens, instead of what is configured (127.0.0.1:8080 without a file)',
  },
  admin: {
    kind: 'text',
    value: 'ADDRESS',
    summary: 'Where the admin side listens, instead of what is configured (127.0.0.1:9090 without a file)',
  },
  'proxy-only': { kind: 'flag', summary: 'Start no agent: they are expected to run' },
  'agents-only': { kind: 'flag', summary: 'Start the agents alone, for a proxy that runs elsewhere' },
  'runtime-dir': { kind: 'file', value: 'DIR', summary: 'The folder for sockets and the lock' },
  'log-level': { kind: 'choice', choices: levels, summary: 'The least important events that are logged (info)' },
  'log-format': {
    kind: 'choice',
    choices: ['pretty', 'json'],
    summary: 'Lines for people or for machines (pretty on a terminal)',
  },
  'startup-timeout': {
    kind: 'duration',
    summary: 'For each agent and worker to become ready (10 s, or as configured)',
  },
  'shutdown-timeout': { kind: 'duration', summary: 'For requests in flight when it stops (30 s, or as configured)' },
} as const;

export type UpGiven = Arguments<typeof upOptions, Record<never, never>>;

/** Throws a UsageError for words that contradict each other or the file; called once before anything else is done. */
export function checkWords({ config, file }: Loaded, given: UpGiven): void {
  if (given['proxy-only'] && given['agents-only'])
    throw new UsageError('--proxy-only and --agents-only leave nothing to start', 'keep the one that is meant');
  checkListen({ config, file }, given);
  checkAdmin(config, given);
}

function checkListen({ config, file }: Pick<Loaded, 'config' | 'file'>, { listen, admin }: UpGiven): void {
  if (listen === undefined) return;
  if (parseAddress(listen) === undefined)
    throw new UsageError(`--listen takes an address such as 127.0.0.1:8081, not '${listen}'`);
  const count = config.listeners.length;
  const hint = `change the addresses in ${file ?? 'it'}`;
  if (count !== 1) throw new UsageError(`--listen is for one listener, and the configuration has ${count}`, hint);
  if (listen === (admin ?? config.admin.address))
    throw new UsageError(
      `--listen ${listen} is where the admin side listens`,
      'give another, or move that with --admin',
    );
}

function checkAdmin(config: Config, { admin }: UpGiven): void {
  if (admin === undefined) return;
  if (parseAddress(admin) === undefined)
    throw new UsageError(`--admin takes an address such as 127.0.0.1:9091, not '${admin}'`);
  if (config.admin.address === undefined)
    throw new UsageError(
      '--admin moves the admin side, and the configuration has none',
      'give it `admin { address "…" }`',
    );
  if (!mayMoveAdmin(config, admin))
    throw new UsageError(
      `--admin ${admin} would open the admin side to others without a token`,
      'choose an address on 127.0.0.1, or give it a `token-file`',
    );
}

/** As `check` judges the key itself. */
function mayMoveAdmin({ admin: { address, token } }: Config, to: string): boolean {
  const parsed = parseAddress(to);
  return address !== undefined && parsed !== undefined && (isLoopback(parsed) || token !== undefined);
}

export function withOverrides({ config }: Pick<Loaded, 'config'>, given: UpGiven): Config {
  const { workers, listen, admin: adminAt, 'shutdown-timeout': shutdownMs, 'log-level': level } = given;
  const system = {
    ...config.system,
    workerThreads: workers ?? config.system.workerThreads,
    gracefulShutdownTimeoutMs: shutdownMs ?? config.system.gracefulShutdownTimeoutMs,
    runtimeDir: given['runtime-dir'] ?? config.system.runtimeDir,
  };
  const { logging } = config.observability;
  const observability = { ...config.observability, logging: { ...logging, level: level ?? logging.level } };
  // A file that has more listeners by now says itself where they are.
  const moves = listen !== undefined && config.listeners.length === 1;
  const listeners = moves ? config.listeners.map((one) => ({ ...one, address: [listen] })) : config.listeners;
  const movesAdmin = adminAt !== undefined && mayMoveAdmin(config, adminAt);
  const admin = movesAdmin ? { ...config.admin, address: adminAt } : config.admin;
  return partOf({ ...config, system, observability, listeners, admin }, given);
}

function partOf(config: Config, given: UpGiven): Config {
  if (given['agents-only']) return { ...config, listeners: [], admin: { ...config.admin, address: undefined } };
  if (!given['proxy-only']) return config;
  // An agent without a program is one that runs already.
  return { ...config, agents: config.agents.map((agent) => ({ ...agent, use: undefined, command: [] })) };
}

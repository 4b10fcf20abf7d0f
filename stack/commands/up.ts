// `sentinel-stack up`: from a configuration to a running stack, in the foreground, until it is told to stop. Each step
// that can be refused comes before the first process: configuration, runtime folder, addresses, socket paths.

import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { takeActivation } from '#config/handed-sockets';
import { systemLimits } from '#config/limits';
import type { Loaded } from '#config/load';
import { formatProblems, problemAsData } from '#config/report';
import type { Config } from '#config/schema';
import { parseAddress } from '#config/value';
import { type Arguments, type Context, defineCommand, type ExitCode, exitCodes, UsageError } from '../command.ts';
import { type Complaint, complain } from '../complain.ts';
import { jsonFace } from '../json-face.ts';
import { loadOrComplain, paintFor } from '../loading.ts';
import { paint } from '../paint.ts';
import { makePlan, type Plan, workerCount } from '../plan.ts';
import { prettyFace } from '../pretty-face.ts';
import { type Face, runStack } from '../run.ts';
import { defaultRuntimeDir, holdRuntimeFolder, type RuntimeFolder } from '../runtime.ts';
import { type HeldSockets, holdSockets } from '../sockets.ts';
import { readVersion } from '../version.ts';
import { startFailureComplaint } from '../words.ts';

const options = {
  config: {
    kind: 'file',
    short: 'c',
    value: 'FILE',
    summary: 'The configuration (sentinel.kdl here, else the embedded default)',
  },
  workers: { kind: 'count', value: 'N', summary: 'Proxy workers instead of system.worker-threads; 0: one per core' },
  listen: { kind: 'text', value: 'ADDRESS', summary: 'Where the embedded default listens (127.0.0.1:8080)' },
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

type Given = Arguments<typeof options, Record<never, never>>;

export const up = defineCommand({
  details: `Agents start first, then the proxy's workers. What ends is started again. Ctrl-C finishes the requests in flight and
stops; a second Ctrl-C does not wait. Without a configuration it runs a demo backend behind a small screen.`,
  options,
  positionals: {},
  examples: [
    { line: 'sentinel-stack up', does: 'sentinel.kdl here, or the embedded default' },
    { line: 'sentinel-stack up -c shop.kdl --workers 4', does: 'a file, and four workers' },
    { line: 'sentinel-stack up --listen 127.0.0.1:8081', does: 'the embedded default elsewhere' },
    { line: 'sentinel-stack up --log-format json', does: 'every line for a machine' },
  ],
  async run(context, given) {
    const loaded = loadOrComplain(context, given.config);
    if (loaded === undefined) return exitCodes.refused;
    const config = withOverrides(loaded, given);
    const held = await holdRuntimeFolder(config.system.runtimeDir ?? defaultRuntimeDir(context.env));
    if (!held.ok) {
      complain(context, held.complaint);
      return exitCodes.notStarted;
    }
    try {
      return await holdAndRun(held.folder, { context, given, loaded, config });
    } finally {
      await held.folder.release();
    }
  },
});

interface Asked {
  readonly context: Context;
  readonly given: Given;
  readonly loaded: Loaded;
  readonly config: Config;
}

/** What the words of the command line change of the configuration. */
function withOverrides({ config, file }: Loaded, given: Given): Config {
  const { workers, listen, 'shutdown-timeout': shutdownMs } = given;
  const system = {
    ...config.system,
    workerThreads: workers ?? config.system.workerThreads,
    gracefulShutdownTimeoutMs: shutdownMs ?? config.system.gracefulShutdownTimeoutMs,
  };
  if (listen === undefined) return { ...config, system };
  if (file !== undefined) {
    throw new UsageError('--listen is for the embedded default', `change the listener's address in ${file}`);
  }
  if (parseAddress(listen) === undefined)
    throw new UsageError(`--listen takes an address such as 127.0.0.1:8081, not '${listen}'`);
  return { ...config, system, listeners: config.listeners.map((listener) => ({ ...listener, address: [listen] })) };
}

async function holdAndRun(folder: RuntimeFolder, asked: Asked): Promise<ExitCode> {
  const { context, config } = asked;
  const workers = workerCount(config, availableParallelism());
  const result = await holdSockets(config, workers, await takeActivation(config, context.env));
  if (!result.ok) return refuse(context, result.complaints);
  try {
    return await runIn(folder, result.held, asked);
  } finally {
    result.held.close();
  }
}

function refuse(context: Context, complaints: readonly Complaint[]): ExitCode {
  for (const complaint of complaints) complain(context, complaint);
  return exitCodes.notStarted;
}

async function runIn(folder: RuntimeFolder, held: HeldSockets, asked: Asked): Promise<ExitCode> {
  const { context, given, config } = asked;
  const plan = makePlan(config, {
    root: join(import.meta.dirname, '..', '..'),
    node: process.execPath,
    runtimeDir: folder.path,
    cpus: availableParallelism(),
    path: context.env['PATH'] ?? '',
    startupMs: given['startup-timeout'],
    sockets: held.sockets,
    ticketSecret: randomBytes(32).toString('base64'),
    listening: held.listening,
  });
  const tooLong = tooLongPaths(plan);
  if (tooLong.length > 0) return refuse(context, tooLong);
  const face = await openFace(asked, plan, folder);
  return runStack(plan, complainingFace(face, context), context.onSignal, {
    noteStrangers: (pids) => void folder.noteStrangers(pids),
    closeSockets: () => held.close(),
  });
}

// An agent binds PATH.PID first and renames it.
const socketPathBytesMax = systemLimits.unixPathBytesMax - '.4194304'.length;

function tooLongPaths({ children }: Plan): Complaint[] {
  const sockets = children.flatMap((spec) => (spec.kind === 'agent' ? [spec] : []));
  const tooLong = sockets.filter(({ socketPath }) => Buffer.byteLength(socketPath) > socketPathBytesMax);
  return tooLong.map(({ name, socketPath }) => ({
    code: 'agent-socket-too-long',
    what: `the socket path of agent "${name}" has ${Buffer.byteLength(socketPath)} bytes, at most ${socketPathBytesMax} work: ${socketPath}`,
    hint: 'choose a shorter `runtime-dir` or `unix-socket`',
  }));
}

async function openFace({ context, given, loaded, config }: Asked, plan: Plan, folder: RuntimeFolder): Promise<Face> {
  const { stdout, stderr } = context;
  const format = given['log-format'] ?? (stdout.isTerminal && !context.json ? 'pretty' : 'json');
  if (format === 'json') {
    const face = jsonFace(stdout, stderr, config.observability.logging.level);
    for (const one of loaded.problems) stderr.write(`${JSON.stringify(problemAsData(one))}\n`);
    if (folder.tookOver) face.tookOver(folder.path);
    return face;
  }
  const from = loaded.file ?? 'embedded default (no sentinel.kdl found; `sentinel-stack init` writes one)';
  stdout.write(`${paint(stdout, 'bold', `sentinel-stack ${await readVersion()}`)}   ${from}\n`);
  if (loaded.problems.length > 0) stdout.write(`\n${formatProblems(loaded.problems, paintFor(stdout))}`);
  if (folder.tookOver) stdout.write(`${folder.path} was left by a stack that is gone: taken over\n`);
  stdout.write('\n');
  return prettyFace(stdout, { plan, config, isDefault: loaded.file === undefined });
}

/** A start that failed is the error of this command, whatever the face. */
function complainingFace(face: Face, context: Context): Face {
  return {
    started: (child, pid) => face.started(child, pid),
    line: (child, stream, text) => face.line(child, stream, text),
    tell: (fact, lastLines) => {
      face.tell(fact, lastLines);
      if (fact.type === 'start-failed')
        complain(context, startFailureComplaint(fact.failure, lastLines(fact.failure.child)));
    },
  };
}

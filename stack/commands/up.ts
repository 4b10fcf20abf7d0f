// `sentinel-stack up`: from a configuration to a running stack, in the foreground, until it is told to stop. Each step
// that can be refused comes before the first process: configuration, runtime folder, addresses, socket paths.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { takeActivation } from '#config/handed-sockets';
import { type Loaded, loadConfig } from '#config/load';
import { formatProblems, problemAsData } from '#config/report';
import type { Config } from '#config/schema';
import { parseAddress } from '#config/value';
import { type Arguments, type Context, defineCommand, type ExitCode, exitCodes, UsageError } from '../command.ts';
import { type Complaint, complain } from '../complain.ts';
import { type Configured, configure, type Sources } from '../configured.ts';
import { jsonFace } from '../json-face.ts';
import { loadOrComplain, paintFor } from '../loading.ts';
import { paint } from '../paint.ts';
import { prettyFace } from '../pretty-face.ts';
import { type Face, runStack } from '../run.ts';
import { defaultRuntimeDir, holdRuntimeFolder, type RuntimeFolder } from '../runtime.ts';
import { standBy } from '../stand-by.ts';
import { steerToOurs } from '../steer.ts';
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
  const { context, given, loaded, config } = asked;
  const sources = sourcesOf(folder, asked);
  const ours = new Set(folder.orphans.map(({ pid }) => pid));
  const activation = await takeActivation(config, context.env);
  const result = await configure(sources, loaded, { activation, ours });
  if (!result.ok) return refuse(context, result.complaints);
  try {
    return await runIn(folder, result.configured, { context, given, loaded, config });
  } finally {
    result.configured.closeSockets();
  }
}

function sourcesOf(folder: RuntimeFolder, { context, given }: Asked): Sources {
  const { env, cwd } = context;
  return {
    load: () => loadConfig(given.config, { environment: env, cwd }),
    override: (loaded) => withOverrides(loaded, given),
    around: {
      root: join(import.meta.dirname, '..', '..'),
      node: process.execPath,
      runtimeDir: folder.path,
      path: env['PATH'] ?? '',
      folder: cwd,
      ticketSecret: randomBytes(32).toString('base64'), // one for all reloads: sessions outlive them
      startupMs: given['startup-timeout'],
      generation: folder.tookOver ? process.pid : 1, // what is left of another stack has its sockets yet
    },
  };
}

function refuse(context: Context, complaints: readonly Complaint[]): ExitCode {
  for (const complaint of complaints) complain(context, complaint);
  return exitCodes.notStarted;
}

async function runIn(folder: RuntimeFolder, configured: Configured, asked: Asked): Promise<ExitCode> {
  const { context } = asked;
  const face = await openFace(asked, configured, folder);
  return runStack(configured.plan, complainingFace(face, context), context.onSignal, {
    get config() {
      return configured.status;
    },
    note: (processes) => void folder.note(processes),
    closeSockets: () => configured.closeSockets(),
    prepare: (pids) => configured.prepare(pids),
    settle: (taken) => configured.settle(taken),
    reopen: () => undefined,
    serve: (control) =>
      standBy(control, {
        env: context.env,
        orphans: folder.orphans,
        drainMs: configured.plan.shutdownMs,
        steer: () => steerToOurs(configured.sharedPorts),
        files: () => configured.files,
        watchesFiles: () => configured.config.system.autoReload,
      }),
  });
}

async function openFace(
  { context, given, loaded, config }: Asked,
  { plan, accounts: { ignored } }: Pick<Configured, 'plan' | 'accounts'>,
  folder: RuntimeFolder,
): Promise<Face> {
  const { stdout, stderr } = context;
  const format = given['log-format'] ?? (stdout.isTerminal && !context.json ? 'pretty' : 'json');
  if (format === 'json') {
    const face = jsonFace(stdout, stderr, config.observability.logging.level);
    for (const one of loaded.problems) stderr.write(`${JSON.stringify(problemAsData(one))}\n`);
    if (folder.tookOver) face.tookOver(folder.path);
    if (ignored.length > 0) face.ignored(ignored);
    return face;
  }
  const from = loaded.file ?? 'embedded default (no sentinel.kdl found; `sentinel-stack init` writes one)';
  stdout.write(`${paint(stdout, 'bold', `sentinel-stack ${await readVersion()}`)}   ${from}\n`);
  if (loaded.problems.length > 0) stdout.write(`\n${formatProblems(loaded.problems, paintFor(stdout))}`);
  if (folder.tookOver) stdout.write(`${folder.path} was left by a stack that is gone: taken over\n`);
  if (ignored.length > 0) stdout.write(`not started as root, so nothing runs as another user: ${ignored.join(', ')}\n`);
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

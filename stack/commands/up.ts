// `sentinel-stack up`: from a configuration to a running stack, in the foreground, until it is told to stop. Each step
// that can be refused comes before the first process: configuration, runtime folder, addresses, socket paths.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { takeActivation } from '#config/handed-sockets';
import { loadConfig } from '#config/load';
import type { Config } from '#config/schema';
import { readVersion } from '#config/version';
import { asWeAre, findGroup } from '../accounts.ts';
import { Briefs } from '../api/briefs.ts';
import { type ControlSocket, openControlSocket } from '../api/server.ts';
import { socketName } from '../attach.ts';
import { codeCacheFolder, fillCodeCache, readersOf } from '../code-cache.ts';
import { type Context, defineCommand, type ExitCode, exitCodes } from '../command.ts';
import { type Complaint, complain } from '../complain.ts';
import { type Configured, configure, type Sources } from '../configured.ts';
import { detach } from '../detach.ts';
import { dryRun } from '../dry-run.ts';
import { loadOrComplain } from '../loading.ts';
import { openFace, type Starting } from '../open-face.ts';
import { keepOrphans } from '../orphans.ts';
import { checkWords, type UpGiven, upOptions, withOverrides } from '../overrides.ts';
import { runStack } from '../run.ts';
import { defaultRuntimeDir, holdRuntimeFolder, type RuntimeFolder } from '../runtime.ts';
import { standBy } from '../stand-by.ts';
import { steerToOurs } from '../steer.ts';

export const up = defineCommand({
  details: `Agents get ready first, then the proxy's workers serve. What ends is started again. Ctrl-C finishes the requests in flight and
stops; a second Ctrl-C does not wait. SIGHUP reloads, SIGUSR1 opens log files anew, SIGUSR2 logs one line of status. Without a configuration it runs a demo backend behind the firewall.`,
  options: upOptions,
  positionals: {},
  examples: [
    { line: 'sentinel-stack up', does: 'sentinel.kdl here, or the embedded default' },
    { line: 'sentinel-stack up -c shop.kdl --workers 4', does: 'a file, and four workers' },
    { line: 'sentinel-stack up --listen 127.0.0.1:8081', does: 'the same on another address' },
    { line: 'sentinel-stack up --detach', does: 'in the background, once all is ready; `down` stops it' },
    { line: 'sentinel-stack up --log-format json', does: 'every line for a machine' },
  ],
  async run(context, given) {
    const loaded = loadOrComplain(context, given.config);
    if (loaded === undefined) return exitCodes.refused;
    checkWords(loaded, given);
    const config = withOverrides({ config: loaded.running }, given);
    const runtimeDir = config.system.runtimeDir ?? defaultRuntimeDir(context.env);
    if (given['dry-run']) {
      dryRun(context, config, aroundOf(context, given, runtimeDir), loaded.file);
      return exitCodes.done;
    }
    if (given.detach) return detach(context, given, runtimeDir);
    const held = await holdRuntimeFolder(runtimeDir, isOfNobody(config, context));
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

interface Ready extends Starting {
  readonly door: ControlSocket;
}

/** Nobody named the runtime folder, and it is not the service's, which systemd keeps or removes. */
function isOfNobody({ system }: Config, { env }: Context): boolean {
  const { RUNTIME_DIRECTORY = '' } = env;
  return system.runtimeDir === undefined && RUNTIME_DIRECTORY === '';
}

async function holdAndRun(folder: RuntimeFolder, asked: Starting): Promise<ExitCode> {
  const { context, loaded, config } = asked;
  const sources = sourcesOf(folder, asked);
  using _kept = keepOrphans(folder.orphans);
  const ours = new Set(folder.orphans.map(({ pid }) => pid));
  const activation = await takeActivation(config, context.env);
  const result = await configure(sources, loaded, { activation, ours });
  if (!result.ok) return refuse(context, result.complaints);
  try {
    return await runWithDoor(folder, result.configured, asked);
  } finally {
    result.configured.closeSockets();
  }
}

/** With the control socket open before the first process, and closed behind the last answer. */
async function runWithDoor(folder: RuntimeFolder, configured: Configured, asked: Starting): Promise<ExitCode> {
  const { context, config } = asked;
  const { controlGroup } = config.system;
  const group = controlGroup === undefined ? undefined : await findGroup(controlGroup);
  if (typeof group === 'object') return refuse(context, [group]);
  const opened = await openControlSocket(join(folder.path, socketName), group);
  if (!opened.ok) return refuse(context, [opened.complaint]);
  await using door = opened.socket;
  await folder.openTo(group);
  return await runIn(folder, configured, { ...asked, door });
}

function sourcesOf(folder: RuntimeFolder, { context, given }: Starting): Sources {
  const { env, cwd } = context;
  return {
    load: () => loadConfig(given.config, { environment: env, cwd }),
    override: (loaded) => withOverrides({ config: loaded.running }, given),
    around: { ...aroundOf(context, given, folder.path), generation: folder.tookOver ? process.pid : 1 }, // what is left of another stack has its sockets yet
  };
}

const programs = { root: join(import.meta.dirname, '..', '..'), node: process.execPath };

function aroundOf({ env, cwd }: Context, given: UpGiven, runtimeDir: string) {
  return {
    ...programs,
    runtimeDir,
    path: env['PATH'] ?? '',
    folder: cwd,
    ticketSecret: randomBytes(32).toString('base64'), // one for all reloads: sessions outlive them
    startupMs: given['startup-timeout'],
    agentsOnly: given['agents-only'],
    accounts: asWeAre,
    generation: 1,
    codeCache: codeCacheFolder(),
  };
}

function refuse(context: Context, complaints: readonly Complaint[]): ExitCode {
  for (const complaint of complaints) complain(context, complaint);
  return exitCodes.notStarted;
}

async function runIn(folder: RuntimeFolder, configured: Configured, asked: Ready): Promise<ExitCode> {
  const { context, door } = asked;
  const version = await readVersion();
  const face = await openFace(asked, configured, folder);
  const code = await runStack(configured.plan, face, context.onSignal, {
    get config() {
      return configured.status;
    },
    get running() {
      return configured.config;
    },
    note: (processes) => void folder.note(processes),
    closeSockets: () => configured.closeSockets(),
    prepare: (pids) => configured.prepare(pids),
    settle: (taken) => configured.settle(taken),
    reopen: () => face.reopen(),
    serve: (control) => {
      const briefs = new Briefs((timeoutMs) => control.reports(timeoutMs));
      door.serve({
        control,
        briefs,
        version,
        config: () => configured.data,
        metrics: () => control.answer('prometheus'),
      });
      return standBy(control, {
        env: context.env,
        orphans: folder.orphans,
        drainMs: configured.plan.shutdownMs,
        steer: () => steerToOurs(configured.sharedPorts),
        files: () => configured.files,
        watchesFiles: () => configured.config.system.autoReload,
        readCode: (signal) =>
          fillCodeCache({ ...programs, agents: readersOf(configured.config, configured.accounts), signal }),
      });
    },
  });
  await face.close();
  return code;
}

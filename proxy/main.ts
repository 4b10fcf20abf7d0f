// The dataplane as a program: one worker. Alone (`node proxy/main.ts -c FILE`) it reads its configuration itself, takes
// the sockets that systemd opened for it and prints where it listens; under the supervisor it is told by a message, is
// handed its sockets, and says when it is ready. Asked to stop, by a signal, a message, or the loss of the supervisor,
// it finishes what is in flight, then ends with 0.

import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readToChild, type ToChild, unpackConfig } from '#config/channel';
import { answerSupervisor, releaseChannel, stopAsked, tellSupervisor } from '#config/child-side';
import type { Code } from '#config/errors';
import { type HandedSocket, takeActivation, takeSocket } from '#config/handed-sockets';
import { loadConfig } from '#config/load';
import { createLogger } from '#config/log';
import { formatProblems } from '#config/report';
import type { Config } from '#config/schema';
import { AdminServer } from './admin/endpoints.ts';
import { events } from './handle.ts';
import { LineFile } from './line-file.ts';
import { Listeners, type Listening, urlOf } from './listen.ts';
import { reportOf } from './report.ts';
import { Worker } from './worker.ts';

const exitCodes = { done: 0, refused: 1, usage: 2, notStarted: 3 } as const;

interface Order {
  readonly config: Config;
  readonly worker: number; // from 1
  readonly sockets: readonly HandedSocket[];
}

let orphanGraceMs = 0; // as configured, once that is known
let report = () => '{}'; // likewise
answerSupervisor(() => report());
const stop = stopAsked(() => orphanGraceMs); // from before anything is opened: an early signal is honoured too
process.exitCode = await (process.send === undefined ? runAlone() : runSupervised());
releaseChannel();

async function runAlone(): Promise<number> {
  const file = configArgument();
  if (file === null) return complain(exitCodes.usage, 'usage: node proxy/main.ts [-c FILE] [usage]');
  const loaded = loadConfig(file);
  if (!loaded.ok) return complain(exitCodes.refused, formatProblems(loaded.problems).trimEnd());
  if (loaded.problems.length > 0) process.stderr.write(formatProblems(loaded.problems));
  const { config } = loaded;
  const { sockets, unused } = await takeActivation(config, process.env);
  if (unused.length > 0) return fail('listen-socket-unused', unused.join('; '));
  return serve({ config, worker: 1, sockets }, (listening) => {
    for (const address of Object.values(listening).flat()) process.stderr.write(`listening ${urlOf(address)}\n`);
  });
}

/** `undefined`: the usual places; `null`: not understood. */
function configArgument(): string | undefined | null {
  try {
    const { values } = parseArgs({ options: { config: { type: 'string', short: 'c' } } });
    return values.config;
  } catch {
    return null;
  }
}

async function runSupervised(): Promise<number> {
  const order = await startMessage();
  if (order === undefined) return exitCodes.done; // stopped before it was told anything
  const { config, worker, sockets } = order;
  return serve({ config: unpackConfig(config), worker, sockets }, (listening) =>
    tellSupervisor({ type: 'ready', detail: Object.values(listening).flat().join(' ').slice(0, 200) }),
  );
}

async function startMessage(): Promise<Extract<ToChild, { type: 'start' }> | undefined> {
  while (true) {
    const heard = await Promise.race([once(process, 'message'), stop]);
    if (heard === undefined) return undefined;
    const message = readToChild(heard[0]);
    if (message?.type === 'start') return message;
  }
}

/** Opens everything, serves until asked to stop, and closes in order. */
async function serve(
  { config, worker: number, sockets }: Order,
  onReady: (listening: Listening) => unknown,
): Promise<number> {
  const log = createLogger(`proxy/${number}`, config.observability.logging.level);
  const accessLines = await LineFile.open(config.observability.logging.accessLog.path, log).catch(
    (error: Error) => error,
  );
  if (accessLines instanceof Error)
    return fail('access-log-failed', `cannot write the access log: ${accessLines.message}`);
  const worker = new Worker(config, config.system.runtimeDir ?? usualRuntimeDir(), accessLines, log, number);
  const listeners = new Listeners(worker, events);
  orphanGraceMs = config.system.orphanGraceMs;
  report = () => reportOf(worker);
  const admin = config.admin.address === undefined || number !== 1 ? undefined : new AdminServer(worker);
  try {
    await Promise.all([worker.agents.ready(), worker.health.start()]);
    await listeners.open(sockets, number);
    if (admin !== undefined) listeners.listening['admin'] = [await openAdmin(admin, config, sockets)];
    onCover((other) => {
      listeners.cover(other).catch((error: Error) => log.error('internal-error', { error: error.stack }));
    });
    onReady(listeners.listening);
    await stop;
    log.info('worker-draining', { in_flight: worker.metrics.exchangesInFlight });
    await listeners.drain(config.system.gracefulShutdownTimeoutMs);
    return exitCodes.done;
  } catch (error) {
    await listeners.drain(0);
    return fail('listen-failed', error instanceof Error ? error.message : String(error));
  } finally {
    admin?.close();
    worker.close();
    await accessLines.close();
  }
}

function openAdmin(admin: AdminServer, config: Config, sockets: readonly HandedSocket[]): Promise<string> {
  const { address = '' } = config.admin;
  return admin.open(address, takeSocket([...sockets], { address }));
}

/** The supervisor says that another worker has ended. */
function onCover(cover: (worker: number) => void): void {
  process.on('message', (message) => {
    const heard = readToChild(message);
    if (heard?.type === 'cover') cover(heard.worker);
  });
}

/** Where agents' sockets are when nobody says it: as the supervisor does. */
function usualRuntimeDir(): string {
  const { XDG_RUNTIME_DIR: userDir = '' } = process.env;
  return userDir === ''
    ? join(tmpdir(), `sentinel-stack-${process.getuid?.() ?? 'user'}`)
    : join(userDir, 'sentinel-stack');
}

function fail(code: Code, what: string): number {
  if (process.send !== undefined) void tellSupervisor({ type: 'failed', code, what: what.slice(0, 2000) });
  return complain(exitCodes.notStarted, `${what} [${code}]`);
}

function complain(exitCode: number, what: string): number {
  process.stderr.write(`${what}\n`);
  return exitCode;
}

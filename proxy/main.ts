// The dataplane as a program: one worker. Alone (`node proxy/main.ts -c FILE`) it reads its configuration itself, takes
// the sockets that systemd opened for it and prints where it listens; under the supervisor it is told by a message, is
// handed its sockets, and says when it is ready. Asked to stop, by a signal, a message, or the loss of the supervisor,
// it finishes what is in flight, then ends with 0.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type FromChild, type ToChild, unpackConfig } from '#config/channel';
import {
  answerSupervisor,
  hearSupervisor,
  releaseChannel,
  stopAsked,
  tellLastReport,
  tellSupervisor,
} from '#config/child-side';
import type { Code } from '#config/errors';
import { type HandedSocket, takeActivation, takeSocket } from '#config/handed-sockets';
import { sharingLimits } from '#config/limits';
import { LineFile } from '#config/lines/line-file';
import { LogKeeper } from '#config/lines/log-keeper';
import { loadConfig } from '#config/load';
import { createLogger, type Logger } from '#config/log';
import { formatProblems } from '#config/report';
import type { RotationRules } from '#config/rotation';
import type { Config } from '#config/schema';
import { AdminServer } from './admin/endpoints.ts';
import { OwnSource, SupervisorSource } from './admin/source.ts';
import { events } from './handle.ts';
import { Listeners, type Listening, urlOf } from './listen.ts';
import { recall, remember } from './memory.ts';
import type { Peers, PeersOptions } from './peers.ts';
import { reportOf } from './report.ts';
import { GateFailure } from './tls/failure.ts';
import { Worker } from './worker.ts';

const exitCodes = { done: 0, refused: 1, usage: 2, notStarted: 3 } as const;

interface Order {
  readonly config: Config;
  readonly worker: number; // from 1
  readonly sockets: readonly HandedSocket[];
  readonly ticketSecret?: string | undefined; // that its TLS sessions are resumed with at other workers, too
}

process.on('SIGUSR1', () => undefined); // from here on it opens no debugger; once it serves, log files are opened anew
let orphanGraceMs = 0; // as configured, once that is known
let report = async () => '{}'; // likewise
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
    for (const [name, addresses] of Object.entries(listening))
      for (const address of addresses) process.stderr.write(`listening ${urlOf(address, schemeOf(config, name))}\n`);
  });
}

/** Of a listener; the admin side, whose name a listener may have too, speaks plain HTTP. */
function schemeOf({ listeners }: Config, name: string): 'http' | 'https' {
  return listeners.find((one) => one.name === name)?.protocol ?? 'http';
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
  const { config, worker, sockets, ticketSecret } = order;
  return serve({ config: unpackConfig(config), worker, sockets, ticketSecret }, (listening) =>
    tellSupervisor({ type: 'ready', detail: Object.values(listening).flat().join(' ').slice(0, 200) }),
  );
}

/** It may come long after our code is read: agents get ready first. One listener for all that time loses no message. */
async function startMessage(): Promise<Extract<ToChild, { type: 'start' }> | undefined> {
  const { promise, resolve } = Promise.withResolvers<Extract<ToChild, { type: 'start' }>>();
  const forget = hearSupervisor((heard) => {
    if (heard.type === 'start') resolve(heard);
  });
  const message = await Promise.race([promise, stop]);
  forget();
  return message;
}

/** Opens everything, serves until asked to stop, and closes in order. */
async function serve(
  { config, worker: number, sockets, ticketSecret }: Order,
  onReady: (listening: Listening) => unknown,
): Promise<number> {
  const log = createLogger(`proxy/${number}`, config.observability.logging.level);
  const accessLines = await LineFile.open(config.observability.logging.accessLog.path, log).catch(
    (error: Error) => error,
  );
  if (accessLines instanceof Error)
    return fail('access-log-failed', `cannot write the access log: ${accessLines.message}`);
  const auditLines = await openAuditLog(config, log).catch((error: Error) => error);
  if (auditLines instanceof Error) return fail('audit-log-failed', `cannot write the audit log: ${auditLines.message}`);
  const files = [accessLines, auditLines];
  const keeper = new LogKeeper(rotated(config), { log, onPutAside: () => askForReopening(files, log) });
  const runtimeDir = config.system.runtimeDir ?? usualRuntimeDir();
  const worker = new Worker(config, runtimeDir, accessLines, log, number, { auditLines, sendNote: noteSender() });
  const listeners = new Listeners(worker, events, ticketSecret);
  orphanGraceMs = config.system.orphanGraceMs;
  report = () => reportOf(worker);
  const admin = config.admin.address === undefined ? undefined : new AdminServer(worker, sourceFor(worker));
  try {
    if (worker.peers !== undefined) onNote(worker.peers);
    recall(worker, await memoryOfOthers());
    onRemember(worker);
    onAgentReady(worker);
    await worker.openOrigins();
    await Promise.all([worker.agents.ready(), worker.health.start(), readyToChallenge(worker)]);
    await listeners.open(sockets, number);
    if (admin !== undefined) listeners.listening['admin'] = [await openAdmin(admin, config, sockets)];
    onCover((other) => {
      listeners.cover(other).catch((error: Error) => log.error('internal-error', { error: error.stack }));
    });
    onReopen(files, log);
    if (number === 1) keeper.start();
    onReady(listeners.listening);
    await stop;
    await keeper.stop(); // another one may have our place by now
    log.info('worker-draining', { in_flight: worker.metrics.exchangesInFlight });
    const drained = await listeners.drain(config.system.gracefulShutdownTimeoutMs);
    await admin?.close();
    await tellLastReport(report);
    await tellSupervisor({ type: 'drained', ...drained });
    return exitCodes.done;
  } catch (error) {
    await listeners.drain(0);
    const code = error instanceof GateFailure ? error.code : 'listen-failed';
    return fail(code, error instanceof Error ? error.message : String(error));
  } finally {
    await keeper.stop();
    await admin?.close();
    worker.close();
    await accessLines.close();
    await auditLines?.close();
  }
}

/** Only agents ask for challenges. */
async function readyToChallenge({ agents, challenges }: Worker): Promise<void> {
  if (agents.all.size > 0) await challenges.ready();
}

async function openAuditLog({ observability }: Config, log: Logger): Promise<LineFile | undefined> {
  const { path } = observability.logging.auditLog;
  return path === undefined ? undefined : await LineFile.open(path, log);
}

/** Who serves operators answers for all, where there is somebody to ask. */
function sourceFor(worker: Worker): OwnSource | SupervisorSource {
  return process.send === undefined ? new OwnSource(worker) : new SupervisorSource();
}

function openAdmin(admin: AdminServer, config: Config, sockets: readonly HandedSocket[]): Promise<string> {
  const { address = '' } = config.admin;
  return admin.open(address, takeSocket([...sockets], { address }));
}

/** The supervisor says that another worker has ended. */
function onCover(cover: (worker: number) => void): void {
  hearSupervisor((heard) => {
    if (heard.type === 'cover') cover(heard.worker);
  });
}

/** The supervisor has started an agent again. */
function onAgentReady({ agents }: Worker): void {
  hearSupervisor((heard) => {
    if (heard.type === 'agent-ready') agents.tryNow(heard.name);
  });
}

function rotated({ observability: { logging } }: Config): RotationRules[] {
  const { accessLog, auditLog } = logging;
  return [accessLog, auditLog].flatMap(({ path, ...rules }) => (path === undefined ? [] : [{ ...rules, path }]));
}

/** Files have been put aside, by the first worker or by somebody who sends the signal for it. */
function onReopen(files: readonly (LineFile | undefined)[], log: Logger): void {
  process.on('SIGUSR1', () => reopenAll(files, log));
  hearSupervisor(({ type }) => {
    if (type === 'reopen') reopenAll(files, log);
  });
}

/** One that cannot be opened again goes on as it was. */
function reopenAll(files: readonly (LineFile | undefined)[], log: Logger): void {
  for (const file of files)
    file?.reopen().catch((error: Error) => log.error('log-failed', { path: file.path, error: error.message }));
}

/** By way of the supervisor, which tells all workers, us too; nobody else is there without one. */
function askForReopening(files: readonly (LineFile | undefined)[], log: Logger): void {
  if (process.connected) void tellSupervisor({ type: 'put-aside' });
  else reopenAll(files, log);
}

/** What other workers have to say. */
function onNote(peers: Peers): void {
  hearSupervisor((heard) => {
    if (heard.type === 'note') peers.hear(heard.from, heard.text);
    else if (heard.type === 'gone') peers.forget(heard.from);
  });
}

/** What a worker remembers that has served until now, of the same number if there is one; nothing if it takes too long. */
async function memoryOfOthers(): Promise<string> {
  if (process.send === undefined) return '';
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve(''), sharingLimits.memoryMs);
  const forget = hearSupervisor((heard) => {
    if (heard.type === 'memory') resolve(heard.text);
  });
  void tellSupervisor({ type: 'recall' });
  const text = await promise;
  clearTimeout(timer);
  forget();
  return text;
}

/** A worker that follows wants to know what this one knows. */
function onRemember(worker: Worker): void {
  hearSupervisor((heard) => {
    if (heard.type === 'remember') void tellSupervisor({ type: 'memory', id: heard.id, text: remember(worker) });
  });
}

/** To the other workers, by way of the supervisor. Run alone, a worker has no others. */
function noteSender(): PeersOptions['send'] | undefined {
  if (process.send === undefined) return undefined;
  return (text, onSent) => {
    if (process.connected) process.send?.({ type: 'note', text } satisfies FromChild, onSent);
  };
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

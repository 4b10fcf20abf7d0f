// One process of the operating system: started in its own group, read always, listened to on its private channel, and
// told about when it is ready and when it has ended. The shaping decision: it reports facts through `Watcher` and keeps
// no policy. Nothing else in this room starts a process that is to stay.

import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { execa, type ResultPromise } from 'execa';
import { readFromChild, type ToChild } from '#config/channel';
import type { Question } from '#config/figures/answers';
import { sharingLimits } from '#config/limits';
import type { Account } from './accounts.ts';
import { greet } from './greet.ts';
import { LineReader } from './output.ts';
import type { ChildSpec, WorkerSpec } from './plan.ts';
import type { Exit } from './state.ts';
import { type Stoppable, signalGroup, stopProcess } from './stop.ts';

/** Who is told what happens to a child. `exited` comes last, exactly once. */
export interface Watcher {
  ready(detail: string): void;
  problem(code: string, what: string): void;
  /** A worker has something for the other workers. */
  note(text: string): void;
  /** A worker stopped: connections that it closed, requests that it cut. */
  drained(connections: number, cut: number): void;
  /** A worker asks what another one remembers. */
  recall(): void;
  /** What a worker remembers, as it was asked for. */
  memory(id: number, text: string): void;
  pong(id: number): void;
  report(id: number, text: string): void;
  /** It serves operators, and one of them wants to know. */
  ask(id: number, question: Question, since: number): void;
  /** Log files that all workers write to have been put aside. */
  putAside(): void;
  line(stream: 'stdout' | 'stderr', text: string): void;
  exited(exit: Exit): void;
}

export interface RunningChild {
  readonly pid: number | undefined; // undefined: it could not be started
  /** To one that is held back: what it is to do. */
  begin(): void;
  /** To a worker: what that other one was given is yours, too. */
  cover(worker: number): void;
  /** To a worker: that other process wrote this. Lost if too many wait already: it never costs us memory. */
  note(from: number, text: string): void;
  /** To a worker: that other process has ended. */
  gone(from: number): void;
  /** To a worker: that agent is ready. */
  agentReady(name: string): void;
  /** To a worker that asked: what another one remembers. */
  memory(text: string): void;
  /** Asks for a pong, a report, or for what it remembers. */
  ask(what: 'ping' | 'report' | 'remember', id: number): void;
  answer(id: number, text: string): void;
  /** Log files are opened anew. */
  reopen(): void;
  kill(): void;
  stop(drainMs: number, hurry: AbortSignal): void;
}

const options = {
  detached: true, // leads its own process group: a Ctrl-C of the terminal reaches us alone, and a stop reaches all of it
  cleanup: false, // it notices itself when we are gone: its channel closes
  ipc: true,
  serialization: 'json',
  buffer: false,
  reject: false,
  extendEnv: false,
} as const;

type NodeProcess = ResultPromise['nodeChildProcess'];

export interface Start {
  readonly replaces?: boolean; // another process has its place, and ends when this one is ready
  readonly isHeld?: boolean; // it reads its code, and waits for `begin`
}

export function startChild(
  spec: ChildSpec,
  watcher: Watcher,
  { replaces = false, isHeld = false }: Start = {},
): RunningChild {
  // execa takes every descriptor; its types know 3 to 9.
  const sockets = spec.kind === 'worker' ? spec.sockets.map(({ fd }) => fd as 3) : [];
  const takesOver = replaces && spec.kind === 'agent' && !spec.isStranger ? ['--replace'] : [];
  const subprocess = asAccount(spec, (identity) =>
    execa(spec.program, [...spec.args, ...takesOver], {
      ...options,
      ...identity,
      ...(spec.workingDirectory === undefined ? {} : { cwd: spec.workingDirectory }),
      stdio: ['ignore', 'pipe', 'pipe', ...sockets],
      env: { ...spec.env },
    }),
  );
  const { pid, stdout, stderr, nodeChildProcess: child } = subprocess;
  if (pid === undefined) {
    void subprocess.then((result) => watcher.exited(notStarted(result.originalMessage)));
    return { ...deaf, pid };
  }
  const life = followLife(
    child,
    pid,
    [readLines(stdout, 'stdout', watcher), readLines(stderr, 'stderr', watcher)],
    watcher,
  );
  child.on('message', (message) => hear(message, watcher));
  const begin = () => {
    if (spec.kind === 'worker') tell(child, startMessage(spec));
    else if (spec.config !== undefined) tell(child, { type: 'configure', config: spec.config });
    else if (spec.isStranger) void greet(spec.socketPath, spec.offer, life.hasEnded, watcher);
  };
  if (!isHeld) begin();
  const target: Stoppable = { ...life, pid, drain: spec.isStranger ? undefined : () => tell(child, { type: 'drain' }) };
  return {
    pid,
    begin,
    cover: (worker) => tell(child, { type: 'cover', worker }),
    note: noteTeller(child),
    gone: (from) => tell(child, { type: 'gone', from }),
    agentReady: (name) => tell(child, { type: 'agent-ready', name }),
    memory: (text) => tell(child, { type: 'memory', text }),
    ask: (what, id) => tell(child, { type: what, id }),
    answer: (id, text) => tell(child, { type: 'answer', id, text }),
    reopen: () => tell(child, { type: 'reopen' }),
    kill: () => signalGroup(pid, 'SIGKILL'),
    stop: (drainMs, hurry) => void stopProcess(target, drainMs, hurry),
  };
}

/**
 * The socket that a program makes is to be open to its group, the workers' in the folder that it lies in. Ours sees to
 * that itself and shares nothing else; of another the mask does it, which is inherited, and ours for this moment.
 */
function asAccount<T>({ account, isStranger }: ChildSpec, start: (identity: Partial<Account>) => T): T {
  if (account === undefined || !isStranger) return start(account ?? {});
  const before = process.umask(0o007);
  try {
    return start(account);
  } finally {
    process.umask(before);
  }
}

const ignore = () => undefined;

/** What a process that could not be started does with what it is told. */
const deaf: Omit<RunningChild, 'pid'> = {
  begin: ignore,
  cover: ignore,
  note: ignore,
  gone: ignore,
  agentReady: ignore,
  memory: ignore,
  ask: ignore,
  answer: ignore,
  reopen: ignore,
  kill: ignore,
  stop: ignore,
};

function notStarted(why = 'it cannot be started'): Exit {
  return { code: null, signal: null, killed: false, notStarted: why };
}

/** From here to its end, with everything it writes. */
function followLife(
  child: NodeProcess,
  pid: number,
  reading: readonly Promise<void>[],
  watcher: Watcher,
): Pick<Stoppable, 'ended' | 'hasEnded' | 'onKill'> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let hasEnded = false;
  let killed = false;
  const onExit = async (code: number | null, signal: string | null) => {
    hasEnded = true;
    signalGroup(pid, 'SIGKILL'); // what the leader left behind must be gone before it is started again
    await Promise.race([Promise.all(reading), setTimeout(lastOutputMs)]);
    child.stdout?.destroy();
    child.stderr?.destroy();
    resolve();
    watcher.exited({ code, signal, killed, notStarted: undefined });
  };
  child.once('exit', (code, signal) => void onExit(code, signal));
  const onKill = () => {
    killed = true;
  };
  return { ended, hasEnded: () => hasEnded, onKill };
}

// Its pipes close with it, unless something that left its group still holds them: we do not wait for that.
const lastOutputMs = 500;

function readLines(stream: Readable, name: 'stdout' | 'stderr', watcher: Watcher): Promise<void> {
  const reader = new LineReader((line) => watcher.line(name, line));
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => reader.push(text));
  return new Promise((resolve) => {
    stream.once('close', () => {
      reader.end();
      resolve();
    });
  });
}

function hear(message: unknown, watcher: Watcher): void {
  const heard = readFromChild(message);
  if (heard?.type === 'ready') watcher.ready(heard.detail);
  else if (heard?.type === 'failed') watcher.problem(heard.code, heard.what);
  else if (heard?.type === 'drained') watcher.drained(heard.connections, heard.cut);
  else if (heard?.type === 'note') watcher.note(heard.text);
  else if (heard?.type === 'recall') watcher.recall();
  else if (heard?.type === 'memory') watcher.memory(heard.id, heard.text);
  else if (heard?.type === 'put-aside') watcher.putAside();
  else if (heard?.type === 'pong') watcher.pong(heard.id);
  else if (heard?.type === 'report') watcher.report(heard.id, heard.text);
  else if (heard?.type === 'ask') watcher.ask(heard.id, heard.question, heard.since);
}

function noteTeller(child: NodeProcess): RunningChild['note'] {
  let pending = 0;
  return (from, text) => {
    if (!child.connected || pending >= sharingLimits.notesPendingMax) return;
    pending += 1;
    child.send({ type: 'note', from, text } satisfies ToChild, () => {
      pending -= 1;
    });
  };
}

const firstSocket = 3; // behind stdin, stdout and stderr

/** The sockets by the numbers that they have in the child. */
function startMessage({ worker, config, sockets, ticketSecret }: WorkerSpec): ToChild {
  const handed = sockets.map((one, index) => ({ ...one, fd: firstSocket + index }));
  return { type: 'start', worker, config, sockets: handed, ticketSecret };
}

/** A child that is gone cannot be told; its exit tells more than a failed message. */
function tell(child: NodeProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => undefined);
}

// `up --detach`: the same `up` as a process of its own, and a wait until it serves. The shaping decision: what it writes
// while it starts is read, so that a start that fails is told here as it would have been in the foreground; afterwards
// nobody reads, and its lines are in `logs` and in the log file. It refuses to know how a stack is started.

import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { programFile } from '#config/program-file';
import type { StatusShape } from './api/shapes.ts';
import { Attached } from './attach.ts';
import { type Context, type ExitCode, exitCodes } from './command.ts';
import { complain } from './complain.ts';
import { LineReader } from './output.ts';
import { type UpGiven, upOptions } from './overrides.ts';
import { paint } from './paint.ts';
import { timeWords } from './words.ts';

const pollMs = 100;

export async function detach(context: Context, given: UpGiven, runtimeDir: string): Promise<ExitCode> {
  const words = ['up', ...wordsOf(given), '--log-format', 'json'];
  const child = execa(process.execPath, [programFile(import.meta.dirname), ...words], {
    cwd: context.cwd,
    env: { ...context.env },
    extendEnv: false,
    detached: true, // a Ctrl-C here is not its own
    cleanup: false,
    reject: false,
    buffer: false,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  const reader = new LineReader((line) => {
    if (!line.startsWith('{')) said.push(line); // events are in the log; this is the error of the command
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => reader.push(text));
  let code: number | undefined;
  const ended = child.then((result) => {
    code = result.exitCode ?? exitCodes.notStarted;
  });
  const forget = context.onSignal('SIGINT', () => child.kill('SIGTERM'));
  const status = await whenReady(new Attached(runtimeDir), child.pid, () => code !== undefined);
  forget();
  if (status === undefined) {
    await ended;
    reader.end();
    return failed(context, said, code);
  }
  child.stderr.destroy();
  child.nodeChildProcess.unref();
  report(context, status);
  return exitCodes.done;
}

/** The options again as words. */
export function wordsOf(given: UpGiven): string[] {
  const skipped = new Set(['detach', 'log-format', 'dry-run']);
  return Object.entries(given).flatMap(([key, value]) => {
    const option = upOptions[key as keyof typeof upOptions];
    if (skipped.has(key) || value === undefined || value === false) return [];
    if (value === true) return [`--${key}`];
    return [`--${key}`, option.kind === 'duration' ? `${Number(value)}ms` : String(value)];
  });
}

async function whenReady(
  stack: Attached,
  pid: number | undefined,
  isOver: () => boolean,
): Promise<StatusShape | undefined> {
  while (!isOver()) {
    const told = await stack.status();
    if (told.ok && told.value.pid === pid && told.value.phase === 'running') return told.value;
    await setTimeout(pollMs);
  }
  return undefined;
}

function failed(context: Context, said: readonly string[], code: number | undefined): ExitCode {
  if (said.length > 0) context.stderr.write(`${said.join('\n')}\n`);
  else complain(context, { code: 'proxy-not-ready', what: 'the stack ended before it was ready' });
  return Object.values(exitCodes).find((known) => known === code) ?? exitCodes.notStarted;
}

function report({ stdout, json }: Context, { pid, readyMs = 0, listening, children }: StatusShape): void {
  if (json) return stdout.write(`${JSON.stringify({ pid, readyMs, listening })}\n`);
  const missing = children.filter(({ state }) => state !== 'ready').map(({ name }) => name);
  const lines = [
    `sentinel-stack runs (pid ${pid}), ready in ${timeWords(readyMs)}`,
    ...Object.entries(listening).map(([name, addresses]) => `  ${name.padEnd(10)}  ${addresses.join(' ')}`),
    ...missing.map((name) => paint(stdout, 'yellow', `  degraded    ${name} is not running`)),
    '  see         sentinel-stack status · sentinel-stack logs -f',
    '  stop        sentinel-stack down',
  ];
  return stdout.write(`${lines.join('\n')}\n`);
}

// `sentinel-stack top`: one screen that stays true, in plain ANSI. Where there is no terminal it prints the screen once,
// so that nothing is littered with escapes. Keys come from the terminal itself, which is put back as it was.

import { setTimeout } from 'node:timers/promises';
import type { StatusShape } from '../api/shapes.ts';
import { attach, attachOptions, giveUp } from '../attach.ts';
import { type Context, defineCommand, type ExitCode, exitCodes, type Output } from '../command.ts';
import { readKeys } from '../keys.ts';
import { paint } from '../paint.ts';
import { childLines, grouped, headline, millis, upstreamLines } from '../status-view.ts';

export const top = defineCommand({
  details:
    'Rates, latencies and processes, again every second. q or Ctrl-C ends it, p holds it still. Not on a terminal: the screen once.',
  options: attachOptions,
  positionals: {},
  examples: [{ line: 'sentinel-stack top', does: 'the screen, until q' }],
  async run(context, where) {
    const attached = await attach(context, where);
    if (typeof attached === 'number') return attached;
    const { stdout } = context;
    if (context.json || !stdout.isTerminal) {
      const once = context.json
        ? JSON.stringify(attached.status)
        : screen(attached.status, Date.now(), stdout).slice(0, -2).join('\n');
      stdout.write(`${once}\n`);
      return exitCodes.done;
    }
    return live(context, attached);
  },
});

type Attached = Exclude<Awaited<ReturnType<typeof attach>>, number>;

const everyMs = 1000;
const alternateScreen = '\x1b[?1049h\x1b[?25l';
const usualScreen = '\x1b[?25h\x1b[?1049l';

async function live(context: Context, { stack, status }: Attached): Promise<ExitCode> {
  const { stdout } = context;
  const over = new AbortController();
  let isHeld = false;
  const keys = readKeys((key) => {
    if (key === 'q' || key === '\x03') over.abort();
    if (key === 'p') isHeld = !isHeld;
  });
  const forgets = (['SIGINT', 'SIGTERM'] as const).map((signal) => context.onSignal(signal, () => over.abort()));
  stdout.write(alternateScreen);
  let last = status;
  let trouble: Parameters<typeof giveUp>[1] | undefined;
  while (!over.signal.aborted && trouble === undefined) {
    stdout.write(frame(screen(last, Date.now(), stdout, isHeld), stdout));
    await setTimeout(everyMs, undefined, { signal: over.signal }).catch(() => undefined);
    if (over.signal.aborted || isHeld) continue;
    const told = await stack.status();
    if (told.ok) last = told.value;
    else trouble = told.complaint;
  }
  stdout.write(usualScreen);
  keys.stop();
  for (const forget of forgets) forget();
  return trouble === undefined ? exitCodes.done : giveUp(context, trouble);
}

/** In place: home, each line to its end, the rest cleared, nothing longer than the screen is wide. */
export function frame(lines: readonly string[], { columns }: Pick<Output, 'columns'>): string {
  return `\x1b[H${lines.map((line) => `${clipped(line, columns)}\x1b[K`).join('\r\n')}\x1b[J`;
}

/** Escapes take no place and are kept. */
export function clipped(line: string, columns: number): string {
  let seen = 0;
  return line.replace(/\x1b\[[0-9;]*m|./gu, (piece) => {
    if (piece.startsWith('\x1b')) return piece;
    seen += 1;
    return seen > columns ? '' : piece;
  });
}

export function screen(status: StatusShape, now: number, output: Pick<Output, 'color'>, isHeld = false): string[] {
  const workers = Object.values(status.rates.workers);
  const sum = (of: (worker: (typeof workers)[number]) => number) => workers.reduce((total, one) => total + of(one), 0);
  const slowest = (of: (worker: (typeof workers)[number]) => number | undefined) => {
    const known = workers.map(of).filter((ms) => ms !== undefined);
    return known.length === 0 ? '-' : millis(Math.max(...known));
  };
  const figures = [
    `${grouped(sum((one) => one.requestsPerSecond))} req/s`,
    `${grouped(sum((one) => one.refusalsPerSecond))} refused/s`,
    `p50 ${slowest((one) => one.p50Ms)}`,
    `p99 ${slowest((one) => one.p99Ms)}`,
    `${sum((one) => one.inFlight)} in flight`,
    `${sum((one) => one.connections)} connections`,
  ].join('   ');
  const upstreams = upstreamLines(status, output);
  return [
    headline(status, now, output),
    '',
    `  ${paint(output, 'bold', figures)}`,
    '',
    ...childLines(status, now, output),
    ...(upstreams.length === 0 ? [] : ['', ...upstreams]),
    '',
    paint(output, 'dim', `  q quit   p ${isHeld ? 'go on' : 'hold'}   ${new Date(now).toTimeString().slice(0, 8)}`),
  ];
}

// `sentinel-stack status`: how everything is, in a table. The exit code tells it too: 3 if something is not well.

import { setTimeout } from 'node:timers/promises';
import type { StatusShape } from '../api/shapes.ts';
import { attach, attachOptions, giveUp } from '../attach.ts';
import { type Context, defineCommand, type ExitCode, exitCodes } from '../command.ts';
import { isWell, statusView } from '../status-view.ts';

const everyMs = 2000;

export const status = defineCommand({
  details: `Exit code 0: all is well. 3: something is not (a child that is down, a target that gets no requests, an open breaker).
4: no stack is running here.`,
  options: {
    ...attachOptions,
    watch: { kind: 'flag', short: 'w', summary: 'Again every two seconds, until Ctrl-C or until it has stopped' },
  },
  positionals: {},
  examples: [
    { line: 'sentinel-stack status', does: 'the table' },
    { line: 'sentinel-stack status --json', does: 'everything, as data' },
    { line: 'sentinel-stack status --watch', does: 'the table, again and again' },
  ],
  async run(context, given) {
    const attached = await attach(context, given);
    if (typeof attached === 'number') return attached;
    show(context, attached.status);
    if (!given.watch) return isWell(attached.status) ? exitCodes.done : exitCodes.notStarted;
    const over = new AbortController();
    const forget = context.onSignal('SIGINT', () => over.abort());
    try {
      return await watch(context, attached, over.signal);
    } finally {
      forget();
    }
  },
});

function show({ stdout, json }: Context, current: StatusShape): void {
  stdout.write(json ? `${JSON.stringify(current)}\n` : statusView(current, Date.now(), stdout));
}

type Attached = Exclude<Awaited<ReturnType<typeof attach>>, number>;

async function watch(context: Context, { stack, status: first }: Attached, over: AbortSignal): Promise<ExitCode> {
  let last = first;
  while (!over.aborted) {
    await setTimeout(everyMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) break;
    const told = await stack.status();
    if (!told.ok) return giveUp(context, told.complaint);
    last = told.value;
    // On a terminal in place of the one before; elsewhere one below the other.
    if (!context.json) context.stdout.write(context.stdout.isTerminal ? '\x1b[H\x1b[2J' : '\n');
    show(context, last);
  }
  return isWell(last) ? exitCodes.done : exitCodes.notStarted;
}

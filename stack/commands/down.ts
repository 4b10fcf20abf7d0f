// `sentinel-stack down`: stops the stack and waits for it, saying what it waits for. 0 only if nothing was cut off.

import { setTimeout } from 'node:timers/promises';
import { type StatusShape, type StopShape, stopShape } from '../api/shapes.ts';
import { type Attached, attach, attachOptions, giveUp } from '../attach.ts';
import { type Context, defineCommand, type ExitCode, exitCodes } from '../command.ts';
import { paint } from '../paint.ts';
import { counted, stoppedWords } from '../words.ts';

export const down = defineCommand({
  details: `Nobody can connect any more, requests in flight finish (for as long as \`graceful-shutdown-timeout-secs\` says), then everything ends.
Exit code 0: nothing was cut off. 5: something was cut or had to be killed. 4: no stack is running here.`,
  options: attachOptions,
  positionals: {},
  examples: [{ line: 'sentinel-stack down', does: 'drain, stop, and wait for the end' }],
  async run(context, where) {
    const attached = await attach(context, where);
    if (typeof attached === 'number') return attached;
    const over = new AbortController();
    const showing = showProgress(context, attached.stack, over.signal);
    const told = await attached.stack.ask('POST', '/v1/stop', stopShape);
    over.abort();
    await showing;
    if (!told.ok) return giveUp(context, told.complaint);
    return conclude(context, told.value);
  },
});

function conclude({ stdout, json }: Context, stopped: StopShape): ExitCode {
  const killed = stopped.killed.length === 0 ? '' : paint(stdout, 'red', `, killed: ${stopped.killed.join(', ')}`);
  stdout.write(json ? `${JSON.stringify(stopped)}\n` : `${stoppedWords(stopped)}${killed}\n`);
  return stopped.ok ? exitCodes.done : exitCodes.killed;
}

const terminalEveryMs = 200;
const plainEveryMs = 10_000; // elsewhere: a line now and then

/** What is left, in one line that changes on a terminal. */
async function showProgress({ stderr, json }: Context, stack: Attached, over: AbortSignal): Promise<void> {
  const everyMs = stderr.isTerminal ? terminalEveryMs : plainEveryMs;
  while (!json && !over.aborted) {
    await setTimeout(everyMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) break;
    const told = await stack.status();
    if (!told.ok || over.aborted) continue;
    const words = drainWords(told.value);
    stderr.write(stderr.isTerminal ? `\r\x1b[K${paint(stderr, 'dim', words)}` : `${words}\n`);
  }
  if (!json && stderr.isTerminal) stderr.write('\r\x1b[K');
}

export function drainWords({ children, rates }: Pick<StatusShape, 'children' | 'rates'>): string {
  const workers = Object.values(rates.workers);
  const inFlight = workers.reduce((sum, one) => sum + one.inFlight, 0);
  const connections = workers.reduce((sum, one) => sum + one.connections, 0);
  const up = children.filter(({ pid }) => pid !== undefined).length;
  const what = workers.length === 0 ? [] : [counted(inFlight, 'request'), counted(connections, 'connection')];
  return `draining … ${[...what, counted(up, 'process', 'processes')].join(', ')} left`;
}

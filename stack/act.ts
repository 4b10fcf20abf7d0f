// What the commands that change a running stack have in common: ask, wait with a sign of life, and tell what came of it.

import type { z } from 'zod';
import { problemsFromData } from '#config/problem-data';
import { formatProblems } from '#config/report';
import type { outcomeShape } from './api/shapes.ts';
import { type Attached, attach, giveUp, type Where } from './attach.ts';
import { type Context, type ExitCode, exitCodes } from './command.ts';
import { complain } from './complain.ts';
import { paintFor } from './loading.ts';
import { paint } from './paint.ts';
import { timeWords } from './words.ts';

type Outcome = z.output<typeof outcomeShape>;
export type Done = Extract<Outcome, { ok: true }>;

export interface Act {
  readonly doing: string; // `restarting proxy`
  readonly path: string;
  readonly words: (done: Done) => string;
}

export async function act(context: Context, where: Where, acts: readonly Act[]): Promise<ExitCode> {
  const attached = await attach(context, where);
  if (typeof attached === 'number') return attached;
  for (const one of acts) {
    const code = await actOnce(context, attached.stack, one);
    if (code !== exitCodes.done) return code;
  }
  return exitCodes.done;
}

async function actOnce(context: Context, stack: Attached, { doing, path, words }: Act): Promise<ExitCode> {
  const { stdout, stderr, json } = context;
  const isShown = stderr.isTerminal && !json;
  if (isShown) stderr.write(paint(stderr, 'dim', `${doing} …`));
  const told = await stack.act(path);
  if (isShown) stderr.write('\r\x1b[K');
  if (!told.ok) return giveUp(context, told.complaint);
  const outcome = told.value;
  if (outcome.ok) {
    stdout.write(json ? `${JSON.stringify(outcome)}\n` : words(outcome));
    return exitCodes.done;
  }
  if (json) stdout.write(`${JSON.stringify(outcome)}\n`);
  else refuse(context, outcome);
  return exitCodes.refused;
}

/** With problems as `check` would print them, where there are some. */
function refuse(context: Context, { error, problems = [] }: Extract<Outcome, { ok: false }>): void {
  const shown = problemsFromData(problems);
  if (shown.length > 0) context.stderr.write(formatProblems(shown, paintFor(context.stderr)));
  complain(context, shown.length > 0 ? { ...error, lines: [], hint: undefined } : error);
}

/** `proxy/1, proxy/2 restarted in 1.2 s` */
export function doneWords({ changes, ms }: Done, what: string): string {
  const names = changes.length === 0 ? 'nothing had to be' : changes.join(', ');
  return `${names} ${what} in ${timeWords(ms)}\n`;
}

export function childPath(name: string, verb: 'restart' | 'start' | 'stop'): string {
  return `/v1/children/${encodeURIComponent(name)}/${verb}`;
}

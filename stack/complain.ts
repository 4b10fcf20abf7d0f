// How a command says that it cannot: one error with what to do, or our own mistake with what to report. On stderr,
// as text, or as one line of JSON with --json. Problems that have a place in a file are printed by #config/report.

import type { Code } from '#config/errors';
import { readVersion } from '#config/version';
import type { Context, Output } from './command.ts';
import { paint } from './paint.ts';

export interface Complaint {
  readonly code: Code;
  readonly what: string; // a sentence in the user's words, no full stop
  readonly hint?: string | undefined; // what to do
  readonly lines?: readonly string[] | undefined; // what a program wrote last
}

type Complaining = Pick<Context, 'stderr' | 'json'>;

export function complain(context: Complaining, complaint: Complaint): void {
  const text = context.json ? `${JSON.stringify({ error: complaint })}\n` : complaintText(complaint, context.stderr);
  context.stderr.write(text);
}

export function complaintText({ code, what, hint, lines = [] }: Complaint, output: Pick<Output, 'color'>): string {
  const head = `${paint(output, 'red', 'error:')} ${what} ${paint(output, 'dim', `[${code}]`)}`;
  const quoted = lines.map((line) => `  ${paint(output, 'dim', '|')} ${line}`);
  return `${[head, ...quoted, ...(hint === undefined ? [] : [`  ${hint}`])].join('\n')}\n`;
}

/** What to send us is printed with it: nobody should have to ask for the version. */
export async function complainOfUs(context: Complaining, error: unknown): Promise<void> {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const system = `sentinel-stack ${await readVersion()}, node ${process.version}, ${process.platform} ${process.arch}`;
  complain(context, {
    code: 'internal',
    what: 'sentinel-stack made a mistake and had to stop',
    lines: [system, ...stack.split('\n')],
    hint: 'please report it with the lines above',
  });
}

// Lines to whoever asks for them: those that are kept, and, if wanted, those that come, one JSON object per line. The
// shaping decision: a follower that does not read costs a bounded buffer and then loses lines, whose number it is told.

import type { ServerResponse } from 'node:http';
import { controlLimits } from '#config/limits';
import type { Level } from '#config/log';
import type { StackControl } from '../control.ts';
import type { KeptLine } from '../journal.ts';
import { isAtLeast, levelOf } from '../line-level.ts';
import type { LogsAsked } from './asked.ts';

/** A line as it is given out. */
export interface GivenLine extends Omit<KeptLine, 'order' | 'source'> {
  readonly name: string;
  readonly level: Level;
}

/** Settles when all has been written, or, if it follows, when the client or the stack is gone. */
export async function giveLines(
  control: StackControl,
  asked: LogsAsked,
  response: ServerResponse,
  over: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
  for (const line of selected(control, asked)) response.write(asText(line));
  if (!asked.follow) return void response.end();
  response.flushHeaders();
  const { promise, resolve } = Promise.withResolvers<void>();
  const sender = new Sender(response);
  const wants = wanted(asked);
  const forget = control.onLine((line) => {
    if (wants(line)) sender.send(asText(line));
  });
  response.once('close', resolve);
  over.addEventListener('abort', () => resolve());
  if (over.aborted) resolve();
  await promise;
  forget();
  response.end();
}

function selected(control: StackControl, asked: LogsAsked): readonly KeptLine[] {
  const sources = asked.names.length === 0 ? undefined : asked.names;
  const lines = control.lines({ sources, sinceAt: asked.sinceAt });
  const { level, lines: count = Infinity } = asked;
  const all = level === undefined ? lines : lines.filter((line) => isAtLeast(levelOf(line), level));
  return count >= all.length ? all : all.slice(all.length - count);
}

function wanted({ names, level }: LogsAsked): (line: KeptLine) => boolean {
  return (line) =>
    (names.length === 0 || names.some((name) => line.source === name || line.source.startsWith(`${name}/`))) &&
    (level === undefined || isAtLeast(levelOf(line), level));
}

function asText(line: KeptLine): string {
  const { at, source: name, stream, text } = line;
  return `${JSON.stringify({ at, name, stream, level: levelOf(line), text } satisfies GivenLine)}\n`;
}

class Sender {
  readonly #response: ServerResponse;
  #dropped = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  send(text: string): void {
    if (this.#response.writableLength > controlLimits.followerPendingBytesMax) {
      this.#dropped += 1;
      return;
    }
    if (this.#dropped > 0) this.#response.write(`${JSON.stringify({ dropped: this.#dropped })}\n`);
    this.#dropped = 0;
    this.#response.write(text);
  }
}

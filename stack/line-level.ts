// How important a line is that a child wrote. One of ours says it; an access line is as important as its status; a text
// on stderr may be the last words of a program, so it counts as a warning. Pure.

import { type Level, levels } from '#config/log';
import type { KeptLine } from './journal.ts';

export function levelOf({ stream, text }: Pick<KeptLine, 'stream' | 'text'>): Level {
  const said = /^\{(?:"child":"[^"]*",)?"level":"(debug|info|warn|error)"/.exec(text)?.[1];
  if (said !== undefined) return said as Level;
  const status = text.startsWith('{') ? /"status":(\d{3})[,}]/.exec(text)?.[1] : undefined;
  if (status !== undefined) return status.startsWith('5') ? 'warn' : 'info';
  return stream === 'stderr' ? 'warn' : 'info';
}

export function isAtLeast(level: Level, least: Level): boolean {
  return levels.indexOf(level) >= levels.indexOf(least);
}

// What the control socket is asked, taken apart strictly: a path and a query of known words, or why it is refused. Pure.
// It refuses to guess: a parameter that nobody knows is a mistake of whoever wrote it, and is told so.

import { controlLimits } from '#config/limits';
import { type Level, levels } from '#config/log';
import { suggest } from '#config/suggest';
import { parseDuration } from '#config/value';
import type { Complaint } from '../complain.ts';

export type Query = Readonly<Record<string, readonly string[]>>;

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly complaint: Complaint };

/** A target of `known` parameters; each may stand once, but for those in `many`. */
export function parseQuery(text: string, known: readonly string[], many: readonly string[] = []): Parsed<Query> {
  const query: Record<string, string[]> = {};
  for (const [key, value] of new URLSearchParams(text)) {
    if (!known.includes(key)) return refused(`there is no parameter '${key}'`, hintFor(key, known));
    const values = [...(query[key] ?? []), value];
    if (values.length > 1 && !many.includes(key)) return refused(`parameter '${key}' is given twice`);
    if (values.length > controlLimits.queryValuesMax) return refused(`parameter '${key}' is given too often`);
    query[key] = values;
  }
  return { ok: true, value: query };
}

function hintFor(key: string, known: readonly string[]): string {
  const near = suggest(key, known);
  if (near !== undefined) return `did you mean '${near}'?`;
  return known.length === 0 ? 'it takes none' : `there are: ${known.join(', ')}`;
}

export interface LogsAsked {
  readonly follow: boolean;
  readonly names: readonly string[]; // none: all
  readonly lines: number | undefined;
  readonly sinceAt: number | undefined;
  readonly level: Level | undefined;
}

export const logsParameters = ['follow', 'name', 'lines', 'since', 'level'];

export function parseLogs(text: string, now: number): Parsed<LogsAsked> {
  const parsed = parseQuery(text, logsParameters, ['name']);
  if (!parsed.ok) return parsed;
  const { follow: [follow = '0'] = [], name: names = [], lines: [lines] = [], since: [since] = [] } = parsed.value;
  const { level: [level] = [] } = parsed.value;
  if (follow !== '0' && follow !== '1') return refused(`'follow' is 0 or 1, not '${follow}'`);
  if (lines !== undefined && !isCount(lines)) return refused(`'lines' is a whole number, not '${lines}'`);
  const sinceAt = since === undefined ? undefined : parseSince(since, now);
  if (since !== undefined && sinceAt === undefined) return refused(`'since' is ${sinceWords}, not '${since}'`);
  if (level !== undefined && !isLevel(level)) return refused(`'level' is one of ${levels.join(', ')}, not '${level}'`);
  const count = lines === undefined ? undefined : Number(lines);
  return { ok: true, value: { follow: follow === '1', names, lines: count, sinceAt, level } };
}

export const sinceWords = 'a time ago (10m, 2h) or of the day (14:02, 2026-01-31T14:02:00Z)';

/** A time ago or a moment, as milliseconds since 1970. */
export function parseSince(text: string, now: number): number | undefined {
  const ago = parseDuration(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text);
  if (ago !== undefined) return now - ago;
  const [, hours, minutes, seconds = '0'] = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (hours !== undefined) return new Date(now).setHours(Number(hours), Number(minutes), Number(seconds), 0);
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

function isCount(text: string): boolean {
  return /^\d{1,6}$/.test(text) && Number(text) <= controlLimits.linesMost;
}

function isLevel(text: string): text is Level {
  return (levels as readonly string[]).includes(text);
}

export function refused(what: string, hint?: string): { readonly ok: false; readonly complaint: Complaint } {
  return { ok: false, complaint: { code: 'control-bad-request', what, hint } };
}

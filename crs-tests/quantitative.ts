// Clean requests refused: what rules are wrong about, by level, by kind of request and by rule, against a baseline. The
// requests are the generated traffic, or texts of a file, each sent as one field of a form. Nothing here reads a file.

import type { RuleSet } from '#waf';
import { isBlockedAt, type Level, levels, matchesIn } from './score.ts';
import { runBytes } from './target-engine.ts';
import type { CleanRequest } from './traffic/corpus.ts';
import { formEscape } from './traffic/message.ts';

export interface Tally {
  readonly requests: number;
  readonly refused: Readonly<Record<Level, number>>; // level -> requests
}

export interface RuleTally {
  readonly id: number;
  readonly level: Level | undefined;
  readonly requests: number; // in which it matched
  readonly example: string;
}

export interface Counted {
  readonly all: Tally;
  readonly byKind: ReadonlyMap<string, Tally>;
  readonly byRule: readonly RuleTally[];
}

const exampleLengthMax = 160;

export function countClean(ruleSet: RuleSet, requests: Iterable<CleanRequest>, nowMs: number): Counted {
  const kinds = new Map<string, Tally>();
  const rules = new Map<number, RuleTally>();
  let all = nothing();
  for (const { kind, bytes } of requests) {
    const { refusal, outcome } = runBytes(ruleSet, bytes, 443, nowMs, false);
    const matches = matchesIn(outcome.log);
    const isRefusedAt = (level: Level): boolean => refusal !== undefined || isBlockedAt(level, matches);
    all = added(all, isRefusedAt);
    kinds.set(kind, added(kinds.get(kind) ?? nothing(), isRefusedAt));
    for (const [ruleId, level] of new Map(matches.map((match) => [match.ruleId, match.level]))) {
      const known = rules.get(ruleId);
      const example = known?.example ?? exampleOf(outcome.log, ruleId);
      rules.set(ruleId, { id: ruleId, level, requests: (known?.requests ?? 0) + 1, example });
    }
  }
  const byRule = [...rules.values()].sort((one, other) => other.requests - one.requests || one.id - other.id);
  return { all, byKind: kinds, byRule };
}

const nothing = (): Tally => ({ requests: 0, refused: { 1: 0, 2: 0, 3: 0, 4: 0 } });

function added({ requests, refused }: Tally, isRefusedAt: (level: Level) => boolean): Tally {
  const next = levels.map((level) => [level, refused[level] + (isRefusedAt(level) ? 1 : 0)] as const);
  return { requests: requests + 1, refused: Object.fromEntries(next) as Record<Level, number> };
}

function exampleOf(log: readonly string[], ruleId: number): string {
  const line = log.find((one) => one.includes(` [id "${ruleId}"]`)) ?? '';
  return (/ \[data "(.*?)"\] \[/.exec(line)?.[1] ?? '').slice(0, exampleLengthMax);
}

/** Lines of a file, each as the value of a field. */
export function textRequests(text: string): CleanRequest[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const body = `text=${formEscape(line)}`;
      const head = `POST / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n`;
      return { kind: 'text', bytes: head + body };
    });
}

// ---- what it is compared with

/** Rule -> share of requests in which it matched, in millionths: so runs of different lengths can be compared. */
export type Baseline = Readonly<Record<string, number>>;

export function baselineOf({ all, byRule }: Counted): Baseline {
  return Object.fromEntries(byRule.map(({ id, requests }) => [String(id), millionths(requests, all.requests)]));
}

export function readBaseline(text: string): Baseline | { readonly problem: string } {
  try {
    const value: unknown = JSON.parse(text);
    const isBaseline =
      typeof value === 'object' && value !== null && Object.values(value).every((share) => typeof share === 'number');
    return isBaseline ? { ...(value as Baseline) } : { problem: 'a baseline maps rule ids to numbers' };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** Rules that matched more often than the baseline says, in words. */
export function worseThan(baseline: Baseline, { all, byRule }: Counted): string[] {
  return byRule.flatMap(({ id, requests }) => {
    const [before, now] = [baseline[String(id)] ?? 0, millionths(requests, all.requests)];
    return now > before ? [`rule ${id} matched in ${now} of a million clean requests, ${before} before`] : [];
  });
}

const millionths = (part: number, whole: number): number => Math.round((1e6 * part) / Math.max(1, whole));

// ---- how it is told

export function quantitativePage({ all, byKind, byRule }: Counted, rules: string): string {
  const kinds = [...byKind].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, tally]) => row(name, tally));
  const rows = byRule.map(
    ({ id, level, requests, example }) => `| ${id} | ${level ?? 'all'} | ${requests} | ${cell(example)} |`,
  );
  return [
    `Clean requests that ${rules} refuses, of ${all.requests}, by paranoia level`,
    '',
    '| Kind | Requests | 1 | 2 | 3 | 4 |',
    '|---|---:|---:|---:|---:|---:|',
    row('**all**', all),
    `| in percent | | ${levels.map((level) => ((100 * all.refused[level]) / Math.max(1, all.requests)).toFixed(2)).join(' | ')} |`,
    ...kinds,
    '',
    '| Rule | Level | Requests | The first |',
    '|---|---|---:|---|',
    ...rows,
    '',
  ].join('\n');
}

const row = (name: string, { requests, refused }: Tally): string =>
  `| ${name} | ${requests} | ${levels.map((level) => refused[level]).join(' | ')} |`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('`', "'");

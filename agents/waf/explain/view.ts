// What happened to a request, for a person: the verdict in one line, what was seen, each match with what it added, the
// score as it grew, and of everything else how much there was. Texts of requests are shown so that a terminal is safe
// from them. Facts in, a text out.

import { isUtf8 } from 'node:buffer';
import type { TraceEvent } from '../engine.ts';
import type { Explained, Match } from './facts.ts';

const shownCharactersMax = 160; // of a value; --json has all of it
const shownIdsMax = 20;

export function explainedText(explained: Explained, isAll: boolean): string {
  const matches = isAll ? explained.matches : explained.matches.filter((one) => one.isLogged || one.added !== 0);
  return [
    headline(explained),
    '',
    'seen',
    ...table(
      explained.seen.filter(({ value }) => value !== '').map(({ name, value }) => [visible(name), shortened(value)]),
    ),
    '',
    ...(matches.length === 0 ? ['nothing matched'] : ['matched', ...matches.flatMap(matchLines)]),
    '',
    ...scoreLines(explained),
    countLine(explained),
    workLine(explained),
    ...(isAll ? ['', 'ran', ...explained.events.flatMap(eventLines)] : []),
    '',
  ].join('\n');
}

/** `GET /?a=1   from 127.0.0.1   blocked 403 by rule 949110 (phase 2)   score 15 of 5` */
function headline({ request, client, route, verdict, stoppedIn, score, threshold }: Explained): string {
  const by = verdict.isUnfinished
    ? 'by the work budget'
    : verdict.ruleId === undefined
      ? 'by a limit'
      : `by rule ${verdict.ruleId}`;
  const words = { pass: 'passes', deny: 'blocked', drop: 'dropped', redirect: 'redirected' }[verdict.kind];
  const status = verdict.status === undefined ? '' : ` ${verdict.status}`;
  const outcome = verdict.kind === 'pass' ? words : `${words}${status} ${by} (phase ${stoppedIn ?? '?'})`;
  return [
    `${visible(request.method)} ${shortened(request.target)}`,
    `from ${client}${route === undefined ? '' : ` on route ${route}`}`,
    outcome,
    `score ${score}${threshold === undefined ? '' : ` of ${threshold}`}`,
  ].join('   ');
}

/** `  ARGS:id   942100   SQL injection …   +5`, then what was found, and what it became. */
function matchLines({
  target,
  ruleId,
  message,
  added,
  data,
  found,
  tested,
  transformations,
}: Match): readonly string[] {
  const sum = added === 0 ? '' : `   ${added > 0 ? '+' : ''}${added}`;
  const became = tested === found ? [] : [`      became   ${shortened(tested)}   by ${transformations.join(', ')}`];
  return [
    `  ${visible(target)}   ${ruleId}   ${visible(message ?? 'no message')}${sum}`,
    `      value    ${shortened(found)}`,
    ...became,
    ...(data === undefined ? [] : [`      data     ${shortened(data)}`]),
  ];
}

function scoreLines({ matches, score, threshold }: Explained): readonly string[] {
  const steps = matches.filter(({ added }) => added !== 0).map((one) => `${one.score} by ${one.ruleId}`);
  if (steps.length === 0) return [];
  const end =
    threshold === undefined ? '' : score >= threshold ? `, ${threshold} blocks` : `, ${threshold} would block`;
  return [`score    ${steps.join(' · ')}${end}`];
}

function countLine({ ran, skipped, removed, isCut }: Explained): string {
  const left = removed.length === 0 ? '' : `, ${removed.length} taken out by others (${idList(removed)})`;
  const cut = isCut ? '; there was more than is kept' : '';
  return `rules    ${ran.length} ran, ${skipped.length} skipped${left}${cut}`;
}

/** What was found is told in any case: here every rule is asked, however much that is. */
function workLine({ work: { units, budget, unfinished } }: Explained): string {
  const spent = `work     ${inMega(units)} of ${inMega(budget)} MiB`;
  return unfinished === undefined ? spent : `${spent}: spent before every rule was asked, and that decides`;
}

const inMega = (units: number): string => (units / 1024 ** 2).toFixed(units < 1024 ** 2 ? 2 : 0);

const idList = (ids: readonly number[]): string =>
  ids.length <= shownIdsMax ? ids.join(', ') : `${ids.slice(0, shownIdsMax).join(', ')} …`;

/** With --all: every rule, on every value. */
function eventLines(event: TraceEvent): readonly string[] {
  switch (event.kind) {
    case 'phase':
      return [`  phase ${event.phase}`];
    case 'rule':
      return [`    ${event.id}`];
    case 'removed':
      return [`    ${event.id} was taken out by an earlier rule`];
    case 'skipped':
      return [`    ${event.id} was skipped by ${event.by}, to ${visible(event.to)}`];
    case 'test': {
      const became = event.tested === event.value ? '' : ` became ${shortened(event.tested)}`;
      const link = event.link === 0 ? '' : `link ${event.link} `;
      return [
        `      ${link}${visible(event.name)} ${shortened(event.value)}${became}: ${event.isMatch ? 'match' : 'no match'}`,
      ];
    }
    case 'set':
      return [`      ${visible(event.name)} is ${shortened(event.after ?? 'gone')}`];
    case 'outcome':
      return event.isMatch ? [`      ${event.id} matched`] : [];
  }
}

function table(rows: ReadonlyArray<readonly [name: string, value: string]>): readonly string[] {
  const width = Math.min(40, Math.max(0, ...rows.map(([name]) => name.length)));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}   ${value}`.trimEnd());
}

/** A byte string as text: UTF-8 where it is UTF-8. */
export function readable(bytes: string): string {
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : bytes;
}

/** What moves a cursor, and what is no text, by its number. */
export function visible(bytes: string): string {
  return readable(bytes).replace(/[\p{C}\u2028\u2029]/gu, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

function shortened(bytes: string): string {
  const text = visible(bytes.slice(0, 4 * shownCharactersMax));
  return text.length <= shownCharactersMax && bytes.length <= 4 * shownCharactersMax
    ? text
    : `${text.slice(0, shownCharactersMax)}… (${bytes.length} bytes)`;
}

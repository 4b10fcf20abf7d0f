// One file of rules as text, places in it, and what is wrong at a place. Files are read as Latin-1: a character is a
// byte, so offsets are those of the file. Only what a person is shown is read as the UTF-8 that it most likely is.

import { type Code, type Problem, problem, type Severity } from '#config/errors';
import type { Place } from './tree.ts';

export interface RuleFile {
  readonly file: string; // as a person knows it; what it names itself is relative to its folder
  readonly text: string; // bytes as Latin-1
}

/** A rule file whose lines have been counted. */
export interface RuleSource extends RuleFile {
  readonly lineStarts: readonly number[];
}

export type RuleProblem = Problem;

export function makeRuleSource({ file, text }: RuleFile): RuleSource {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** The place of [start, end); what reaches over several lines is underlined on its first. */
export function placeIn(source: RuleSource, start: number, end: number): Place {
  const line = lineAt(source.lineStarts, start);
  const lineStart = source.lineStarts[line - 1] ?? 0;
  const lineEnd = lineEndAt(source, line);
  return {
    file: source.file,
    line,
    column: start - lineStart + 1,
    length: Math.max(1, Math.min(end, lineEnd) - start),
  };
}

/** A part of a place, if the place shows that many characters as they are; else the whole. */
export function within(place: Place, text: string, start: number, length: number): Place {
  if (place.length !== text.length) return place;
  return { ...place, column: place.column + start, length: Math.max(1, Math.min(length, place.length - start)) };
}

export interface Complaint {
  readonly hint?: string | undefined;
  readonly severity?: Severity;
  readonly other?: { readonly what: string; readonly place: Place; readonly source: RuleSource } | undefined;
}

export function problemAt(
  source: RuleSource,
  place: Place,
  code: Code,
  what: string,
  complaint: Complaint = {},
): RuleProblem {
  const { hint, severity = 'error', other } = complaint;
  return {
    ...problem(code, what, { hint, severity }),
    place: shownPlace(source, place),
    other: other === undefined ? undefined : { what: other.what, place: shownPlace(other.source, other.place) },
  };
}

/** With the line as a person reads it, and the column in that. */
function shownPlace(source: RuleSource, place: Place): NonNullable<Problem['place']> {
  const line = source.text.slice(source.lineStarts[place.line - 1] ?? 0, lineEndAt(source, place.line));
  const asBytes = { ...place, text: line };
  if (!/[\x80-\xff]/.test(line)) return asBytes;
  const [before, marked, all] = [
    line.slice(0, place.column - 1),
    line.slice(place.column - 1, place.column - 1 + place.length),
    line,
  ].map((part) => Buffer.from(part, 'latin1').toString('utf8'));
  if (before === undefined || marked === undefined || all === undefined || all.includes('\ufffd')) return asBytes;
  return { ...place, text: all, column: [...before].length + 1, length: Math.max(1, [...marked].length) };
}

function lineEndAt({ text, lineStarts }: RuleSource, line: number): number {
  const next = lineStarts[line] ?? text.length + 1;
  return text.charAt(next - 2) === '\r' ? next - 2 : next - 1;
}

function lineAt(lineStarts: readonly number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

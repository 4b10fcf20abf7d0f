// `id:1,phase:2,msg:'a, b',deny` -> actions. A comma parts them; an argument with a comma, a blank or a quote stands in
// single quotes, where a backslash protects the quote and itself. What an action means is not known here.

import { type MappedText, offsetAt, sliceMapped, unescapeMapped } from './mapped-text.ts';
import { placeIn, problemAt, type RuleProblem, type RuleSource } from './rule-file.ts';
import { closingQuote, skip } from './skip.ts';
import type { ActionCall } from './tree.ts';

export function parseActions(source: RuleSource, list: MappedText, problems: RuleProblem[]): ActionCall[] {
  const actions: ActionCall[] = [];
  let at = skip(list.text, 0, /[\s,]/);
  while (at < list.text.length) {
    const one = actionAt(list, at);
    if (one.fault === undefined) actions.push(callOf(source, list, at, one));
    else problems.push(problemOf(source, list, one.fault));
    at = skip(list.text, Math.max(one.next, at + 1), /[\s,]/);
  }
  return actions;
}

interface Fault {
  readonly what: string;
  readonly hint: string;
  readonly at: number;
}

interface Found {
  readonly name: string;
  readonly nameEnd: number;
  readonly argument: MappedText | undefined;
  readonly argumentStart: number;
  readonly argumentEnd: number;
  readonly next: number;
  readonly fault: Fault | undefined;
}

function actionAt(list: MappedText, start: number): Found {
  const { text } = list;
  const nameEnd = skip(text, start, /[^:,\s]/);
  const name = text.slice(start, nameEnd).toLowerCase();
  const colon = skip(text, nameEnd, /\s/);
  const bare = { name, nameEnd, argument: undefined, argumentStart: start, argumentEnd: nameEnd };
  if (colon >= text.length || text.charAt(colon) === ',') return { ...bare, next: colon, fault: badName(name, start) };
  if (text.charAt(colon) !== ':') return { ...bare, next: skip(text, colon, /[^,]/), fault: missingComma(colon) };
  const valueStart = skip(text, colon + 1, /\s/);
  const value = text.charAt(valueStart) === "'" ? quotedAt(list, valueStart) : plainAt(list, valueStart);
  return { name, nameEnd, ...value, fault: badName(name, start) ?? value.fault };
}

function badName(name: string, at: number): Fault | undefined {
  if (/^[a-z][a-z0-9_-]*$/.test(name)) return undefined;
  const what = name === '' ? 'the name of an action is missing' : `'${name}' is no name of an action`;
  return {
    what,
    hint: "actions are parted by commas; an argument that holds one stands in single quotes: msg:'a, b'",
    at,
  };
}

const missingComma = (at: number): Fault => ({
  what: 'a comma must stand between two actions',
  hint: "an argument with a blank stands in single quotes: msg:'two words'",
  at,
});

type Value = Pick<Found, 'argument' | 'argumentStart' | 'argumentEnd' | 'next' | 'fault'>;

function plainAt(list: MappedText, start: number): Value {
  const { text } = list;
  const end = skip(text, start, /[^,\s]/);
  const comma = skip(text, end, /\s/);
  const isWhole = comma >= text.length || text.charAt(comma) === ',';
  return {
    argument: sliceMapped(list, start, end),
    argumentStart: start,
    argumentEnd: end,
    next: isWhole ? comma : skip(text, comma, /[^,]/),
    fault: isWhole ? undefined : missingComma(comma),
  };
}

function quotedAt(list: MappedText, start: number): Value {
  const { text } = list;
  const close = closingQuote(text, start + 1);
  const next = skip(text, Math.min(close + 1, text.length), /\s/);
  const isUnclosed = close >= text.length;
  const isFollowed = next < text.length && text.charAt(next) !== ',';
  const unclosed = { what: 'a single quote is not closed', hint: "a quote that is meant is written \\'", at: start };
  return {
    argument: unescapeMapped(sliceMapped(list, start + 1, close), "\\'"),
    argumentStart: start + 1,
    argumentEnd: close,
    next: isFollowed ? skip(text, next, /[^,]/) : next,
    fault: isUnclosed ? unclosed : isFollowed ? missingComma(next) : undefined,
  };
}

function callOf(source: RuleSource, list: MappedText, start: number, found: Found): ActionCall {
  return {
    place: placeIn(source, offsetAt(list, start), offsetAt(list, Math.max(found.argumentEnd, found.nameEnd))),
    name: found.name,
    argument: found.argument?.text,
    argumentPlace: placeIn(source, offsetAt(list, found.argumentStart), offsetAt(list, found.argumentEnd)),
  };
}

function problemOf(source: RuleSource, list: MappedText, { what, hint, at }: Fault): RuleProblem {
  const offset = offsetAt(list, at);
  return problemAt(source, placeIn(source, offset, offset + 1), 'rule-syntax', what, { hint });
}

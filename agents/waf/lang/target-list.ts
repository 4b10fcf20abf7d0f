// `ARGS|!ARGS:/^x/|&TX:score` -> targets. A bar or a comma parts them, as in ModSecurity 2.9; what holds one of the two,
// a blank or a quote is written in single quotes. A selector between slashes is a regular expression and ends at the
// slash that a bar, a comma or the end follows: bars in it need no quotes.

import { type MappedText, offsetAt, sliceMapped, unescapeMapped } from './mapped-text.ts';
import { placeIn, problemAt, type RuleProblem, type RuleSource } from './rule-file.ts';
import { closingQuote, skip } from './skip.ts';
import type { Place, Selector, Target } from './tree.ts';

export function parseTargets(source: RuleSource, list: MappedText, problems: RuleProblem[]): Target[] {
  const targets: Target[] = [];
  let at = skip(list.text, 0, /[\s|,]/);
  while (at < list.text.length) {
    const one = targetAt(list, at);
    const place = placeIn(source, offsetAt(list, at), offsetAt(list, one.next - 1) + 1);
    const fault = one.fault ?? faultIn(one);
    if (fault === undefined) targets.push({ place, ...partsOf(one) });
    else
      problems.push(
        problemAt(source, fault.at === undefined ? place : placeAt(source, list, fault.at), 'rule-syntax', fault.what, {
          hint: fault.hint,
        }),
      );
    at = skip(list.text, one.next, /[\s|,]/);
  }
  return targets;
}

interface Fault {
  readonly what: string;
  readonly hint: string;
  readonly at?: number;
}

interface Found {
  readonly signs: string;
  readonly variable: string;
  readonly selector: Selector | undefined;
  readonly next: number;
  readonly fault: Fault | undefined;
}

function targetAt(list: MappedText, start: number): Found {
  const { text } = list;
  const nameStart = skip(text, start, /[!&]/);
  const nameEnd = skip(text, nameStart, /[A-Za-z0-9_.-]/);
  const signs = text.slice(start, nameStart);
  const variable = text.slice(nameStart, nameEnd).toUpperCase();
  if (text.charAt(nameEnd) !== ':') {
    const next = skip(text, nameEnd, /[^|,]/);
    const rest = text.slice(nameEnd, next).trim();
    const fault = rest === '' ? undefined : junkAt(text, nameEnd);
    return { signs, variable, selector: undefined, next: Math.max(next, start + 1), fault };
  }
  return { signs, variable, ...selectorAt(list, nameEnd + 1, variable) };
}

function junkAt(text: string, from: number): Fault {
  const at = skip(text, from, /\s/);
  return {
    what: `'${text.charAt(at)}' does not belong into a target`,
    hint: 'targets look like ARGS, ARGS:name, ARGS:/^na/, !ARGS:name or &ARGS, with | between two',
    at,
  };
}

function selectorAt(list: MappedText, start: number, variable: string): Pick<Found, 'selector' | 'next' | 'fault'> {
  const { text } = list;
  if (text.charAt(start) === "'") return quotedAt(list, start, variable);
  const end = text.charAt(start) === '/' && variable !== 'XML' ? regexEnd(text, start) : skip(text, start, /[^|,\s]/);
  const next = skip(text, end, /[^|,]/);
  const raw = text.slice(start, end);
  if (text.slice(end, next).trim() !== '') {
    const what = 'a blank stands in a selector';
    return {
      selector: undefined,
      next,
      fault: { what, hint: "write such a selector in single quotes: ARGS:'a b'", at: end },
    };
  }
  return { selector: selectorOf(raw, variable), next, fault: undefined };
}

function quotedAt(list: MappedText, start: number, variable: string): Pick<Found, 'selector' | 'next' | 'fault'> {
  const { text } = list;
  const close = closingQuote(text, start + 1);
  const raw = unescapeMapped(sliceMapped(list, start + 1, close), "\\'").text;
  const next = skip(text, Math.min(close + 1, text.length), /[^|,]/);
  if (close >= text.length) {
    return {
      selector: undefined,
      next,
      fault: { what: 'a single quote is not closed', hint: "a quote that is meant is written \\'", at: start },
    };
  }
  if (text.slice(close + 1, next).trim() !== '') return { selector: undefined, next, fault: junkAt(text, close + 1) };
  return { selector: selectorOf(raw, variable), next, fault: undefined };
}

/** Behind the slash that closes a regular expression; without one it is a text. */
function regexEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '/' && /^[\s|,]?$/.test(text.charAt(at + 1))) return at + 1;
  }
  return skip(text, start, /[^|,\s]/);
}

function selectorOf(raw: string, variable: string): Selector {
  if (variable === 'XML') return { kind: 'xpath', path: raw };
  const isRegex = raw.length > 1 && raw.startsWith('/') && raw.endsWith('/');
  return isRegex ? { kind: 'regex', source: raw.slice(1, -1) } : { kind: 'text', text: raw };
}

const emptySelector = (selector: Selector): boolean =>
  (selector.kind === 'text' && selector.text === '') || (selector.kind === 'xpath' && selector.path === '');

function faultIn({ signs, variable, selector }: Found): Fault | undefined {
  if (variable === '')
    return {
      what: 'the name of a variable is missing',
      hint: 'targets look like ARGS, ARGS:name or &ARGS, with | between two',
    };
  if (signs.length > 1)
    return {
      what: `'${signs}' stands before a target`,
      hint: 'one ! leaves a target out, one & counts it; there is no need for both',
    };
  if (selector === undefined || !emptySelector(selector)) return undefined;
  return { what: 'nothing stands behind the colon', hint: `write ${variable}:name, or ${variable} for all of them` };
}

function partsOf({ signs, variable, selector }: Found): Omit<Target, 'place'> {
  return { variable, isCount: signs === '&', isExcluded: signs === '!', selector };
}

function placeAt(source: RuleSource, list: MappedText, index: number): Place {
  const offset = offsetAt(list, index);
  return placeIn(source, offset, offset + 1);
}

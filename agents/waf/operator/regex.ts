// `rx` and `rxGlobal`. The shaping decision: RE2, linear whatever comes. It reads UTF-8 alone, so a value is given to it
// as the UTF-8 of its bytes taken as code points: `\xe9` then means that byte, and no byte is invisible. Flags are those
// of ModSecurity 2.9: a point is any byte, `$` the very end. What looks around or refers back is run by the matcher of our
// own (compile/pcre-match.ts), within its bounds, unless it holds macros: then it is refused when the rules are loaded.

import RE2 from 're2';
import { wafLimits } from '#config/limits-waf';
import { translate } from '../compile/dialect.ts';
import { compilePcre, type PcreSearch } from '../compile/pcre-match.ts';
import { PcreFault } from '../compile/pcre-tree.ts';
import type { Macro, Operator, OperatorContext, OperatorMatch, VariableName } from '../compile/rule-set.ts';
import { spend } from '../run/work.ts';
import { copyOf } from '../transform/scratch.ts';
import { constantOf, type MakeOperator, matchedNothingCaptured, type OperatorProblem } from './argument.ts';
import { bytesForRe2 } from './utf8-bytes.ts';

const capturesMax = 10; // TX:0 to TX:9

type Search = (expression: RE2, value: string, wantsCaptures: boolean) => OperatorMatch | undefined;

export const rx = searching(once, onceBounded, 's');
export const rxGlobal = searching(everywhere, everywhereBounded, 'gs');

type BoundedSearch = (search: PcreSearch, value: string, wantsCaptures: boolean) => OperatorMatch | undefined;

function searching(search: Search, bounded: BoundedSearch, flags: string): MakeOperator {
  return (argument) => {
    const constant = constantOf(argument);
    if (constant === undefined) return fromMacro(argument, search, flags);
    if (constant === anything && flags === 's') return matchesAnything;
    const expression = compileExpression(constant, flags);
    if ('problem' in expression) return boundedMatcher(constant, bounded) ?? expression;
    const facts = { kind: 'expression', source: constant } as const;
    return { facts, match: (value, _context, wantsCaptures) => search(expression, value, wantsCaptures) };
  };
}

/** CRS captures the name of every header so. */
const anything = '^.*$';
const matchesAnything: Operator = {
  facts: { kind: 'expression', source: anything },
  match: (value) => ({ captures: [value] }),
};

/** For what looks around or refers to groups, which RE2 cannot. */
function boundedMatcher(source: string, bounded: BoundedSearch): Operator | undefined {
  try {
    const search = compilePcre(source, spend);
    const facts = { kind: 'expression', source } as const;
    return { facts, match: (value, _context, wantsCaptures) => bounded(search, value, wantsCaptures) };
  } catch (error) {
    if (error instanceof PcreFault) return undefined;
    throw error;
  }
}

function onceBounded(search: PcreSearch, value: string, wantsCaptures: boolean): OperatorMatch | undefined {
  const found = search(value);
  if (found === undefined) return undefined;
  return wantsCaptures ? { captures: found.groups.slice(0, capturesMax) } : matchedNothingCaptured;
}

/** Each search has steps of its own, and there are no more of them than places for captures. */
function everywhereBounded(search: PcreSearch, value: string, wantsCaptures: boolean): OperatorMatch | undefined {
  const captures: (string | undefined)[] = [];
  let from = 0;
  for (let found = search(value, from); found !== undefined; found = search(value, from)) {
    captures.push(...found.groups);
    if (!wantsCaptures || captures.length >= capturesMax) break;
    from = found.groups[0] === '' ? found.end + 1 : found.end;
    if (from > value.length) break;
  }
  if (captures.length === 0) return undefined;
  return wantsCaptures ? { captures: captures.slice(0, capturesMax) } : matchedNothingCaptured;
}

/** A byte string's expression, or why RE2 does not take it. */
export function compileExpression(source: string, flags = 's'): RE2 | OperatorProblem {
  const translated = translate(source);
  if ('fault' in translated) return { problem: `${translated.fault}; ${translated.hint}` };
  try {
    return new RE2(translated.expression, flags);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { problem: `the expression cannot be run in linear time: ${why}` };
  }
}

function once(expression: RE2, value: string, wantsCaptures: boolean): OperatorMatch | undefined {
  if (wantsCaptures) return captured(expression, value);
  return expression.test(bytesForRe2(value)) ? matchedNothingCaptured : undefined;
}

/**
 * Given the string, since RE2 makes strings of what it found then: half the price of buffers. What matched is short and
 * came before as often as not (a type of content), so an expression keeps its last.
 */
function captured(expression: RE2, value: string): OperatorMatch | undefined {
  const last = lastCaptures.get(expression);
  if (last !== undefined && last.value === value) return last.match;
  const found = expression.exec(value);
  if (found === null) return undefined;
  const match = { captures: Array.from(found as Iterable<string | undefined>).slice(0, capturesMax) };
  if (value.length <= keptBytesMax) lastCaptures.set(expression, { value: copyOf(value), match });
  return match;
}

const lastCaptures = new WeakMap<RE2, { readonly value: string; readonly match: OperatorMatch }>();
const keptBytesMax = 256;

/** Every match; their groups one behind the other, as many as there are places. */
function everywhere(expression: RE2, value: string, wantsCaptures: boolean): OperatorMatch | undefined {
  const bytes = bytesForRe2(value);
  expression.lastIndex = 0;
  const captures: (string | undefined)[] = [];
  for (let found = expression.exec(bytes); found !== null; found = expression.exec(bytes)) {
    captures.push(...groupsOf(found));
    if (!wantsCaptures || captures.length >= capturesMax) break;
    if (found[0].length === 0) expression.lastIndex += (bytes[expression.lastIndex] ?? 0) < 0x80 ? 1 : 2; // UTF-8
    if (expression.lastIndex > bytes.length) break;
  }
  if (captures.length === 0) return undefined;
  return { captures: wantsCaptures ? captures.slice(0, capturesMax) : [] };
}

/** All groups of a match, as byte strings. */
export function groupsOf(found: Iterable<Buffer | undefined> | object): (string | undefined)[] {
  return Array.from(found as Iterable<Buffer | undefined>, (group) => group?.toString('utf8'));
}

/** An expression with macros: what they stand for is taken literally. A few of those made last are kept. */
function fromMacro(argument: Macro, search: Search, flags: string): Operator | OperatorProblem {
  const sample = compileExpression(expandQuoted(argument, { expand: () => 'a' }), flags);
  if ('problem' in sample) return sample;
  const made = new Map<string, RE2>();
  let lastTexts: readonly string[] = [];
  let last = sample;
  return {
    match: (value, context, wantsCaptures) => {
      const texts = argument.parts.map((part) => (typeof part === 'string' ? '' : context.expand(partOf(part))));
      // Value after value is asked about the same texts, which may be long: equal ones are one string then.
      if (lastTexts.length === 0 || texts.some((text, index) => text !== lastTexts[index])) {
        last = compiledOnce(expandQuoted(argument, context), flags, made);
        lastTexts = texts;
      }
      return search(last, value, wantsCaptures);
    },
  };
}

function compiledOnce(source: string, flags: string, made: Map<string, RE2>): RE2 {
  const expression = made.get(source) ?? compiled(source, flags);
  made.delete(source);
  made.set(source, expression);
  if (made.size > wafLimits.runtimePatternsMax) made.delete(made.keys().next().value ?? '');
  return expression;
}

const quotedPart = (context: OperatorContext, part: VariableName): string => {
  const text = context.expand(partOf(part));
  if (text.length > wafLimits.runtimeTextBytesMax)
    throw new Error('a macro stands for a text that is too long to search');
  return quote(text);
};

const partOf = (part: VariableName): Macro => ({ source: '', parts: [part] });

/** Only a text that a request brings can make it none that can be run: too large, a range the wrong way. That is no "no". */
function compiled(source: string, flags: string): RE2 {
  const expression = compileExpression(source, flags);
  if ('problem' in expression) throw new Error('the expression cannot be run with what its macros stand for');
  return expression;
}

function expandQuoted(argument: Macro, context: OperatorContext): string {
  return argument.parts.map((part) => (typeof part === 'string' ? part : quotedPart(context, part))).join('');
}

/** Nothing is a group of nothing, so that a quantifier behind it has something to repeat. */
const quote = (text: string): string =>
  text === '' ? '(?:)' : text.replaceAll(/[^\w]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);

// `rx` and `rxGlobal`. The shaping decision: RE2, linear whatever comes. It reads UTF-8 alone, so a value is given to it
// as the UTF-8 of its bytes taken as code points: `\xe9` then means that byte, and no byte is invisible. Flags are those
// of ModSecurity 2.9: a point is any byte, `$` the very end. It refuses what takes more than linear time (look-around,
// references back), and says so with RE2's words.

import RE2 from 're2';
import { wafLimits } from '#config/limits-waf';
import { translate } from '../compile/dialect.ts';
import { compileExpression as compileBounded } from '../compile/regex.ts';
import type { Macro, Operator, OperatorContext, OperatorMatch } from '../compile/rule-set.ts';
import { constantOf, type MakeOperator, matchedNothingCaptured, type OperatorProblem } from './argument.ts';

const capturesMax = 10; // TX:0 to TX:9

type Search = (expression: RE2, value: string, wantsCaptures: boolean) => OperatorMatch | undefined;

export const rx = searching(once, 's');
export const rxGlobal = searching(everywhere, 'gs');

function searching(search: Search, flags: string): MakeOperator {
  return (argument) => {
    const constant = constantOf(argument);
    if (constant === undefined) return fromMacro(argument, search, flags);
    const expression = compileExpression(constant, flags);
    if ('problem' in expression) return boundedMatcher(constant) ?? expression;
    return { match: (value, _context, wantsCaptures) => search(expression, value, wantsCaptures) };
  };
}

/** For what looks around or refers to groups, which RE2 cannot. */
function boundedMatcher(source: string): Operator | undefined {
  const expression = compileBounded(source);
  if (!('exec' in expression)) return undefined;
  return {
    match: (value, _context, wantsCaptures) => {
      const found = expression.exec(value);
      if (found === undefined) return undefined;
      return wantsCaptures ? { captures: found.slice(0, capturesMax) } : matchedNothingCaptured;
    },
  };
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

/** The bytes of a value as code points in UTF-8. The last one is kept: a value meets many expressions in a row. */
export function bytesForRe2(value: string): Buffer {
  if (value !== lastValue) {
    lastBytes = Buffer.from(value, 'utf8');
    lastValue = value;
  }
  return lastBytes;
}

let lastValue = '';
let lastBytes: Buffer = Buffer.alloc(0);

function once(expression: RE2, value: string, wantsCaptures: boolean): OperatorMatch | undefined {
  const bytes = bytesForRe2(value);
  if (!expression.test(bytes)) return undefined;
  if (!wantsCaptures) return matchedNothingCaptured;
  const found = expression.exec(bytes);
  return { captures: found === null ? [] : groupsOf(found).slice(0, capturesMax) };
}

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
function fromMacro(argument: Macro, search: Search, flags: string): Operator {
  const made = new Map<string, RE2 | OperatorProblem>();
  return {
    match: (value, context, wantsCaptures) => {
      const source = expandQuoted(argument, context);
      const expression = made.get(source) ?? compileExpression(source, flags);
      made.delete(source);
      made.set(source, expression);
      if (made.size > wafLimits.runtimePatternsMax) made.delete(made.keys().next().value ?? '');
      return 'problem' in expression ? undefined : search(expression, value, wantsCaptures);
    },
  };
}

function expandQuoted(argument: Macro, context: OperatorContext): string {
  return argument.parts
    .map((part) => (typeof part === 'string' ? part : quote(context.expand({ source: '', parts: [part] }))))
    .join('');
}

const quote = (text: string): string =>
  text.replaceAll(/[^\w]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);

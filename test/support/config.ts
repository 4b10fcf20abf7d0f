// Configurations as transcripts: a text goes in, and out come the problems as lines one can compare:
//
//   2:5 config-unknown-key 'load-balncing' -> did you mean 'load-balancing'?

import assert from 'node:assert/strict';
import type { Problem } from '#config/errors';
import { type Loaded, type LoadOptions, loadText, type Refused } from '#config/load';
import { inOrder } from '#config/report';

/** One problem: its place, its code, the text above the caret. */
export function lineOf({ code, place, severity }: Problem): string {
  const marked = place === undefined ? '' : [...place.text].slice(place.column - 1, place.column - 1 + place.length);
  const where = place === undefined ? '-' : `${place.line}:${place.column}`;
  const what = place === undefined ? '' : ` '${[...marked].join('')}'`;
  return `${severity === 'warning' ? 'warning ' : ''}${where} ${code}${what}`;
}

export function withHint(problem: Problem): string {
  return problem.hint === undefined ? lineOf(problem) : `${lineOf(problem)} -> ${problem.hint}`;
}

export function linesOf({ problems }: Loaded | Refused, say = lineOf): string[] {
  return inOrder(problems).map(say);
}

export function expectProblems(text: string, expected: readonly string[], options: LoadOptions = {}): void {
  assert.deepEqual(linesOf(loadText('test.kdl', text, options)), expected);
}

/** As `expectProblems`, with what stands behind the caret. */
export function expectHints(text: string, expected: readonly string[], options: LoadOptions = {}): void {
  assert.deepEqual(linesOf(loadText('test.kdl', text, options), withHint), expected);
}

/** The configuration of a text that must be good; a listener is added where it has none. */
export function configOf(text: string, options: LoadOptions = {}): Loaded {
  const listeners = /\blisteners\b/.test(text) ? '' : '\nlisteners { listener "test" { address "127.0.0.1:0" } }\n';
  const loaded = loadText('test.kdl', text + listeners, options);
  assert(loaded.ok, `refused: ${linesOf(loaded).join('; ')}`);
  return loaded;
}

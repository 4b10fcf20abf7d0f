// Whether a stage went as expected: go-ftw's checks in go-ftw's order. Every check that fails is told, not only the
// first, because "the rule is missing" and "the status is wrong" together are a different story than each alone.

import type { Expected } from './case.ts';

export interface Outcome {
  readonly status: number | undefined; // undefined: no answer that a client can read
  readonly responseHead: string; // what go-ftw looks for response_contains in
  readonly log: readonly string[]; // lines
}

/** What did not hold, in words; empty: it passed. */
export function judge(expected: Expected, outcome: Outcome): readonly string[] {
  const hasAnswer = outcome.status !== undefined;
  if (expected.expectsError === true) {
    return hasAnswer ? [`expected no readable answer, got status ${outcome.status}`] : []; // then nothing else counts
  }
  if (expected.expectsError === false && !hasAnswer) return ['expected an answer, got none that can be read'];
  const ids = loggedIds(outcome.log);
  return [
    ...statusProblems(expected, outcome),
    ...patternProblems(expected, outcome),
    ...expected.ids.filter((id) => !ids.has(id)).map((id) => `expected rule ${id} in the log`),
    ...expected.absentIds.filter((id) => ids.has(id)).map((id) => `expected rule ${id} not to be in the log`),
    ...(expected.isIsolated && ids.size !== 1 ? [`expected one rule alone in the log, found ${ids.size}`] : []),
  ];
}

function statusProblems({ status, responseContains }: Expected, outcome: Outcome): readonly string[] {
  const problems: string[] = [];
  if (status !== undefined && status !== outcome.status) {
    problems.push(`expected status ${status}, got ${outcome.status ?? 'no answer'}`);
  }
  if (responseContains !== undefined && !new RegExp(responseContains).test(outcome.responseHead)) {
    problems.push(`expected the answer to match ${responseContains}`);
  }
  return problems;
}

function patternProblems({ matches, matchesNot }: Expected, { log }: Outcome): readonly string[] {
  const problems: string[] = [];
  const has = (pattern: string): boolean => log.some((line) => new RegExp(pattern).test(line));
  if (matches !== undefined && !has(matches)) problems.push(`expected a log line that matches ${matches}`);
  if (matchesNot !== undefined && has(matchesNot)) problems.push(`expected no log line that matches ${matchesNot}`);
  return problems;
}

/** go-ftw's two patterns: the native form, escaped or not, and JSON. */
export function loggedIds(log: readonly string[]): ReadonlySet<number> {
  const ids = new Set<number>();
  for (const line of log) {
    const native = [...line.matchAll(/\[(?:id |\\?"id\\?":)\\?"(\d+)\\?"\]/g)];
    const found = native.length > 0 ? native : [...line.matchAll(/(?:\{|,)\s*"(?:id|ruleId)":\s*"?(\d+)"?/g)];
    for (const match of found) ids.add(Number(match[1]));
  }
  return ids;
}

// Recorded requests under two sets of rules: which verdicts differ. Both are evaluations of the same recording, so what a
// recording lacks is lacking in both; how often the first of them does not agree with what really happened is counted
// too, since that is how much the answer is worth. It refuses to say anything about requests that were not recorded.

import { wafStoreLimits } from '#config/limits-waf-agent';
import type { RuleSet } from '../engine.ts';
import type { StoredRequest } from '../store/stored-request.ts';
import { evaluate, type Standing, standingOf } from './evaluate.ts';

export interface Change {
  readonly id: string;
  readonly at: number;
  readonly method: string;
  readonly target: string;
  readonly client: string;
  readonly before: Standing;
  readonly after: Standing;
  readonly found: readonly string[]; // in words, of the side that stops it
}

export interface Comparison {
  readonly requests: number; // that were evaluated
  readonly refused: number; // of them, before
  readonly nowPass: number;
  readonly nowRefused: number;
  readonly otherwise: number; // blocked and only detected change places
  readonly unlikeThen: number; // the first set does not say what was recorded
  readonly failed: number; // a rule could not be evaluated
  readonly changes: readonly Change[]; // the first of them
  readonly places: ReadonlyArray<{ readonly place: string; readonly requests: number }>; // `POST /editor/save`, most first
}

/** `before` undefined: what was recorded is what it is compared with. */
export function compare(requests: Iterable<StoredRequest>, before: RuleSet | undefined, after: RuleSet): Comparison {
  const tally = { requests: 0, refused: 0, nowPass: 0, nowRefused: 0, otherwise: 0, unlikeThen: 0, failed: 0 };
  const changes: Change[] = [];
  const places = new Map<string, number>();
  for (const request of requests) {
    tally.requests += 1;
    const sides = sidesOf(request, before, after);
    if (sides === undefined) {
      tally.failed += 1;
      continue;
    }
    if (sides.before !== request.verdict) tally.unlikeThen += 1;
    if (sides.before !== 'passed') tally.refused += 1;
    if (sides.before === sides.after) continue;
    const place = `${request.method} ${request.target.split('?', 1)[0]}`;
    places.set(place, (places.get(place) ?? 0) + 1);
    tally[sides.after === 'passed' ? 'nowPass' : sides.before === 'passed' ? 'nowRefused' : 'otherwise'] += 1;
    if (changes.length < wafStoreLimits.shownRequestsMax) changes.push({ ...summaryOf(request), ...sides });
  }
  const counted = [...places].map(([place, count]) => ({ place, requests: count }));
  const most = counted.toSorted((one, other) => other.requests - one.requests);
  return { ...tally, changes, places: most.slice(0, wafStoreLimits.shownRequestsMax) };
}

function sidesOf(
  request: StoredRequest,
  before: RuleSet | undefined,
  after: RuleSet,
): Pick<Change, 'before' | 'after' | 'found'> | undefined {
  try {
    const first = before === undefined ? undefined : evaluate(before, request);
    const second = evaluate(after, request);
    const stopping = second.outcome ?? first?.outcome;
    const found = stopping?.facts['found'];
    return {
      before: first === undefined ? request.verdict : standingOf(first),
      after: standingOf(second),
      found: Array.isArray(found) ? found.map(String) : wordsOf(request),
    };
  } catch {
    return undefined; // a mistake of ours in one rule must not hide the other thousand answers
  }
}

const wordsOf = ({ findings }: StoredRequest): readonly string[] =>
  findings
    .filter(({ where }) => where !== undefined && !/^&?TX(?::|$)/.test(where))
    .slice(0, 5)
    .map(({ message, where, ruleId }) => `${message ?? `rule ${ruleId}`} in ${where}`);

export const summaryOf = ({ id, at, method, target, client }: StoredRequest) => ({
  id,
  at,
  method,
  target: target.slice(0, 200),
  client,
});

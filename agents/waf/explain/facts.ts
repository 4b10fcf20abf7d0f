// One request through the rules, and what that came to, as facts: what was seen, every match with the value as it was
// found and as it was tested, the score as it grew, and what ran, was skipped or was taken out. Words are the work of
// view.ts. The engine is the one that serves; only its trace is on.

import {
  beginTransaction,
  type Explanation,
  explanationOf,
  type RuleSet,
  type TraceEvent,
  type Transaction,
  type Verdict,
} from '../engine.ts';
import type { AskedRequest } from './address.ts';

export interface Match {
  readonly ruleId: number;
  readonly phase: number;
  readonly target: string; // `ARGS:id`
  readonly found: string; // the value as it came
  readonly tested: string; // after the transformations
  readonly transformations: readonly string[];
  readonly message: string | undefined; // of the rule, filled in
  readonly data: string | undefined;
  readonly added: number; // to the score
  readonly score: number; // after it
  readonly isLogged: boolean;
}

export interface Explained {
  readonly request: AskedRequest;
  readonly client: string;
  readonly route: string | undefined;
  readonly verdict: Verdict;
  readonly stoppedIn: number | undefined; // phase
  readonly score: number;
  readonly threshold: number | undefined;
  readonly seen: Explanation['seen'];
  readonly matches: readonly Match[];
  readonly ran: readonly number[];
  readonly skipped: ReadonlyArray<{ readonly id: number; readonly by: number; readonly to: string }>;
  readonly removed: readonly number[];
  readonly work: Work;
  readonly events: readonly TraceEvent[];
  readonly isCut: boolean;
}

/** What it costs the firewall that serves, which leaves out what cannot match; here every rule was asked. */
export interface Work {
  readonly units: number;
  readonly budget: number;
  readonly unfinished: string | undefined; // the budget does not suffice: the verdict is this, whatever was found
}

export interface Asking {
  readonly request: AskedRequest;
  readonly client: string;
  readonly route: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

export function explainRequest(ruleSet: RuleSet, { request, client, route, environment, nowMs }: Asking): Explained {
  const options = {
    connection: { clientAddress: client, clientPort: 50_000, serverAddress: '127.0.0.1', serverPort: 80 },
    uniqueId: 'explained',
    startedAtMs: nowMs,
    environment,
  };
  const served = judged(beginTransaction(ruleSet, options), request, nowMs);
  const transaction = judged(beginTransaction(ruleSet, { ...options, explains: true }), request, nowMs);
  const verdict = served.verdict.isUnfinished ? served.verdict : transaction.verdict;
  const { seen, ranIds, events, isCut } = explanationOf(transaction);
  const { state } = transaction;
  const matches = matchesOf(ruleSet, transaction, events);
  return {
    request,
    client,
    route,
    verdict,
    stoppedIn: (verdict.isUnfinished ? served : transaction).state.interruption?.phase,
    score: verdict.score ?? matches.at(-1)?.score ?? 0,
    threshold: numberOf(state.tx.get('inbound_anomaly_score_threshold')),
    seen,
    matches,
    ran: ranIds,
    skipped: events.flatMap((one) => (one.kind === 'skipped' ? [{ id: one.id, by: one.by, to: one.to }] : [])),
    removed: [...new Set(events.flatMap((one) => (one.kind === 'removed' ? [one.id] : [])))],
    work: {
      units: served.state.work.spent,
      budget: served.state.work.budget,
      unfinished: served.state.work.unfinished,
    },
    events,
    isCut,
  };
}

function judged(transaction: Transaction, request: AskedRequest, nowMs: number): Transaction {
  transaction.requestHead(request, nowMs);
  if (request.body !== undefined) transaction.addRequestBody(request.body);
  transaction.requestBody(nowMs);
  return transaction;
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined || !/^\d{1,9}$/.test(text) ? undefined : Number(text);

/** What rules add for each match: CRS 4 and ours, CRS 3. The sums of all levels are made of these later. */
const isPart = (name: string): boolean => /^TX:(?:inbound_)?anomaly_score_pl[1-4]$/i.test(name);

type Growing = { -readonly [Key in keyof Match]: Match[Key] };

/** A match is a value that the last link of a rule matched; the score that it added is set right behind it. */
function matchesOf(ruleSet: RuleSet, { state }: Transaction, events: readonly TraceEvent[]): readonly Match[] {
  const rules = new Map(
    ruleSet.phases.flat().flatMap((step) => (step.kind === 'rule' ? [[step.id, step] as const] : [])),
  );
  const alerts = Map.groupBy(state.alerts, ({ rule }) => rule.id);
  const matches: Growing[] = [];
  let score = 0;
  for (const event of events) {
    if (event.kind === 'set' && isPart(event.name)) {
      const added = Number(event.after ?? 0) - Number(event.before ?? 0);
      score += added;
      const last = matches.at(-1);
      if (last?.ruleId === event.id) [last.added, last.score] = [last.added + added, score];
    }
    const rule = event.kind === 'test' && event.isMatch ? rules.get(event.id) : undefined;
    if (rule === undefined || event.kind !== 'test' || event.link !== rule.links.length - 1) continue;
    const alert = alerts.get(rule.id)?.shift();
    matches.push({
      ruleId: rule.id,
      phase: rule.phase,
      target: event.name,
      found: event.value,
      tested: event.tested,
      transformations: rule.links[event.link]?.transformations.map(({ name }) => name) ?? [],
      message: alert?.message,
      data: alert?.data,
      added: 0,
      score,
      isLogged: alert?.isLogged === true,
    });
  }
  return matches;
}

// What is said about a transaction at any moment: whether it goes on, and if not, how it is to be answered; which rules
// matched, how high the score is, and the tags of what was logged. A value made from the state, never kept in it.

import { leadingInteger } from './item.ts';
import type { Alert, InterruptionKind, TransactionState } from './state.ts';

export interface Verdict {
  readonly kind: 'pass' | InterruptionKind;
  readonly status: number | undefined;
  readonly location: string | undefined; // of a redirect
  readonly ruleId: number | undefined; // that stopped it; none where a limit did
  readonly reason: string | undefined;
  readonly ruleIds: readonly number[]; // that matched and are logged
  readonly tags: readonly string[];
  readonly isUnfinished: boolean; // its budget of work was spent before every rule was asked
  readonly score: number | undefined; // the inbound anomaly score of rules that keep one as CRS does
}

/** CRS 4 sums up in the first; before that the second holds; the third is CRS 3. */
const scoreNames = ['blocking_inbound_anomaly_score', 'inbound_anomaly_score', 'anomaly_score'] as const;

export function verdictOf(tx: TransactionState): Verdict {
  const { interruption } = tx;
  if (interruption === undefined && tx.alerts.length === 0 && tx.work.unfinished === undefined)
    return { ...nothingSaid, score: scoreOf(tx) };
  return {
    kind: interruption?.kind ?? 'pass',
    status: interruption?.status,
    location: interruption?.location,
    ruleId: interruption?.ruleId,
    reason: interruption?.reason ?? tx.work.unfinished,
    ...loggedOf(tx.alerts),
    isUnfinished: tx.work.unfinished !== undefined,
    score: scoreOf(tx),
  };
}

/** Each once, though a rule may have matched a thousand values. */
function loggedOf(alerts: readonly Alert[]): Pick<Verdict, 'ruleIds' | 'tags'> {
  const ruleIds = new Set<number>();
  const tagsOfRules = new Set<readonly string[]>(); // of most rules the same list each time
  for (const { rule, tags, isLogged } of alerts) {
    if (!isLogged) continue;
    ruleIds.add(rule.id);
    tagsOfRules.add(tags);
  }
  const allTags = new Set<string>();
  for (const tags of tagsOfRules) for (const tag of tags) allTags.add(tag);
  return { ruleIds: [...ruleIds], tags: [...allTags] };
}

const nothingSaid = {
  kind: 'pass',
  status: undefined,
  location: undefined,
  ruleId: undefined,
  reason: undefined,
  ruleIds: [],
  tags: [],
  isUnfinished: false,
} as const;

function scoreOf(tx: TransactionState): number | undefined {
  for (const name of scoreNames) {
    const value = tx.tx.byLowerName(name);
    if (value !== undefined) return leadingInteger(value);
  }
  return undefined;
}

// What an evaluation with a trace comes to, for `waf explain`: what was seen, which rules ran, which matched on what,
// which were skipped or taken out and by whom, and how the score grew. A value made from the state and the trace.

import { type Item, nameOf } from './item.ts';
import type { TransactionState } from './state.ts';
import type { TraceEvent } from './trace.ts';
import { variableByName } from './variables.ts';

export interface ScoreStep {
  readonly ruleId: number;
  readonly name: string; // `TX:inbound_anomaly_score_pl1`
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export interface Explanation {
  readonly seen: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  readonly ranIds: readonly number[];
  readonly matchedIds: readonly number[];
  readonly score: readonly ScoreStep[];
  readonly events: readonly TraceEvent[]; // all of it, in order
  readonly isCut: boolean; // there were more events than are kept
}

/** What a client sent, and what was made of it. Names of collections say the same again and are left out. */
const seenVariables = [
  'REQUEST_LINE',
  'REQUEST_HEADERS',
  'REQUEST_COOKIES',
  'ARGS_GET',
  'ARGS_POST',
  'FILES',
  'MULTIPART_PART_HEADERS',
  'REQBODY_PROCESSOR',
  'REQBODY_ERROR_MSG',
  'RESPONSE_STATUS',
  'RESPONSE_HEADERS',
  'RESPONSE_BODY',
] as const;

export function explain(tx: TransactionState): Explanation {
  const events = tx.trace?.events ?? [];
  const idsOf = (isWanted: (event: TraceEvent) => boolean): readonly number[] => [
    ...new Set(events.flatMap((event) => (isWanted(event) && event.kind !== 'phase' ? [event.id] : []))),
  ];
  return {
    seen: seenVariables.flatMap((name) => variableByName(name)?.items(tx, undefined).map(shown) ?? []),
    ranIds: idsOf(({ kind }) => kind === 'rule'),
    matchedIds: idsOf((event) => event.kind === 'outcome' && event.isMatch),
    score: events.flatMap(scoreStep),
    events,
    isCut: tx.trace?.isCut === true,
  };
}

const shown = (item: Item) => ({ name: nameOf(item), value: item.value });

function scoreStep(event: TraceEvent): readonly ScoreStep[] {
  if (event.kind !== 'set' || !/anomaly_score/i.test(event.name) || event.before === event.after) return [];
  return [{ ruleId: event.id, name: event.name, from: event.before, to: event.after }];
}

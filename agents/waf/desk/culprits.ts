// Which rules a request owes its verdict to, and what of it they looked at. From the trace: a rule counts if it added to
// the score or refused by itself; those that only judge the sum of others do not. What is named is what the first rule
// of a chain matched, since that is what an exclusion takes away. Pure.

import { wafStoreLimits } from '#config/limits-waf-agent';
import type { Rule } from '../compile/rule-set.ts';
import { explanationOf, type TraceEvent, type Transaction } from '../engine.ts';
import { isMasked } from '../store/masked-request.ts';
import type { StoredRequest } from '../store/stored-request.ts';

export interface Culprit {
  readonly ruleId: number;
  readonly target: string; // `ARGS:html`
  readonly message: string;
  readonly points: number; // that one match adds to the score
  readonly matched: string | undefined; // undefined: it was masked, so nobody knows
  readonly tags: readonly string[];
}

export function culpritsOf(transaction: Transaction, request: StoredRequest): Culprit[] {
  const { events } = explanationOf(transaction);
  const found = [...seenAgain(transaction, events), ...seenOnlyThen(transaction, request)];
  const known = new Map<string, Culprit>();
  for (const one of found) {
    const key = `${one.ruleId} ${one.target.toLowerCase()}`;
    if (!known.has(key) && known.size < wafStoreLimits.findingsMax) known.set(key, one);
  }
  return [...known.values()];
}

type Test = Extract<TraceEvent, { kind: 'test' }>;

function seenAgain({ state }: Transaction, events: readonly TraceEvent[]): Culprit[] {
  const points = pointsOf(events);
  return state.matchedRules.flatMap((rule) => {
    if (rule.phase > 2 || !isCulprit(rule, points)) return [];
    const matches = events.filter(
      (event): event is Test => event.kind === 'test' && event.id === rule.id && event.link === 0 && event.isMatch,
    );
    const alert = state.alerts.find((one) => one.rule === rule);
    const sum = points.get(rule.id) ?? 0;
    return matches.map(({ name, value }) => ({
      ruleId: rule.id,
      target: name,
      message: alert?.message ?? rule.meta.message?.source ?? `rule ${rule.id}`,
      points: sum,
      matched: excerpt(alert?.where === name ? alert.data : undefined, value),
      tags: tagsOf(rule),
    }));
  });
}

/** What was found in a value that is masked in the recording: no evaluation finds it again. */
function seenOnlyThen({ state }: Transaction, { findings, masked }: StoredRequest): Culprit[] {
  const rules = new Map(
    state.ruleSet.phases.flat().flatMap((step) => (step.kind === 'rule' ? [[step.id, step] as const] : [])),
  );
  return findings.flatMap(({ ruleId, where, message }) => {
    if (where === undefined || !isMasked(where, masked)) return [];
    const rule = rules.get(ruleId);
    return rule === undefined
      ? []
      : [{ ruleId, target: where, message: message ?? '', points: 0, matched: undefined, tags: tagsOf(rule) }];
  });
}

/** By a rule, the most that one match of it added. */
function pointsOf(events: readonly TraceEvent[]): ReadonlyMap<number, number> {
  const points = new Map<number, number>();
  for (const event of events) {
    if (event.kind !== 'set' || !/^TX:(?:inbound_)?anomaly_score(?:_pl\d)?$/i.test(event.name)) continue;
    const added = Number(event.after ?? 0) - Number(event.before ?? 0);
    points.set(event.id, Math.max(points.get(event.id) ?? 0, added));
  }
  return points;
}

/** Rules that only look at what others have counted are judges. */
function isCulprit({ id, links, disruption }: Rule, points: ReadonlyMap<number, number>): boolean {
  const isJudge = (links[0]?.targets ?? []).every(({ variable }) => variable === 'TX');
  if (isJudge) return false;
  return (
    (points.get(id) ?? 0) > 0 ||
    disruption.kind === 'deny' ||
    disruption.kind === 'drop' ||
    disruption.kind === 'redirect'
  );
}

const tagsOf = ({ meta }: Rule): readonly string[] => meta.tags.map(({ source }) => source);

const excerptCharacters = 120;

/** `<img`, of what rules write as `Matched Data: <img found within ARGS:html: …`, if it stands so in the value; else that. */
function excerpt(data: string | undefined, value: string): string {
  const piece = /^Matched Data: ([\s\S]{1,500}?) found within /.exec(data ?? '')?.[1] ?? '';
  const at = piece === '' ? -1 : value.toLowerCase().indexOf(piece.toLowerCase());
  const shown = at === -1 ? value : value.slice(at);
  return Buffer.from(shown.slice(0, excerptCharacters), 'latin1').toString('utf8');
}

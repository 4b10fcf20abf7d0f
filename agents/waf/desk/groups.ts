// Recorded refusals, looked at together: which rules refuse most, and which group of refusals looks like a mistake of the
// rules rather than an attack. The shaping decision: a group is a path with the rules and targets that found something
// there; it is the more likely a mistake the more clients it met and the fewer kinds of attack it names, and that is all
// that is claimed: a person decides. Pure. It refuses to look at what passed.

import { wafStoreLimits } from '#config/limits-waf-agent';
import type { Finding, StoredRequest } from '../store/stored-request.ts';

export interface TopRule {
  readonly ruleId: number;
  readonly message: string;
  readonly requests: number;
  readonly clients: number;
  readonly where: ReadonlyArray<{ readonly target: string; readonly requests: number }>; // most first
}

export function topRules(requests: Iterable<StoredRequest>): TopRule[] {
  const rules = new Map<
    number,
    { message: string; requests: number; clients: Set<string>; where: Map<string, number> }
  >();
  for (const { findings, client } of requests) {
    const seen = new Set<number>();
    for (const { ruleId, where, message } of findings.filter(isEvidence)) {
      const rule = rules.get(ruleId) ?? { message: message ?? '', requests: 0, clients: new Set(), where: new Map() };
      rules.set(ruleId, rule);
      if (where !== undefined) rule.where.set(where, (rule.where.get(where) ?? 0) + 1);
      if (seen.has(ruleId)) continue;
      seen.add(ruleId);
      rule.requests += 1;
      rule.clients.add(client);
    }
  }
  return [...rules]
    .map(([ruleId, { message, requests: count, clients, where }]) => ({
      ruleId,
      message,
      requests: count,
      clients: clients.size,
      where: [...where]
        .map(([target, times]) => ({ target, requests: times }))
        .toSorted((one, other) => other.requests - one.requests)
        .slice(0, targetsShown),
    }))
    .toSorted((one, other) => other.requests - one.requests)
    .slice(0, wafStoreLimits.groupsShownMax);
}

const targetsShown = 3;

export interface Group {
  readonly place: string; // `POST /editor/save`
  readonly requests: number;
  readonly clients: number;
  readonly found: ReadonlyArray<{ readonly ruleId: number; readonly where: string; readonly message: string }>;
  readonly example: StoredRequest; // the latest
}

/** Those that most clients met, first. */
export function groupsOf(requests: Iterable<StoredRequest>): Group[] {
  const groups = new Map<string, { requests: number; clients: Set<string>; example: StoredRequest }>();
  for (const request of requests) {
    const evidence = request.findings.filter(isEvidence);
    if (evidence.length === 0 || request.verdict === 'passed' || (request.phase ?? 0) > 2) continue;
    const key = `${placeOf(request)} ${[...new Set(evidence.map(({ ruleId, where }) => `${ruleId};${where}`))].toSorted().join(' ')}`;
    const group = groups.get(key) ?? { requests: 0, clients: new Set(), example: request };
    groups.set(key, group);
    group.requests += 1;
    group.clients.add(request.client);
  }
  return [...groups.values()]
    .map(({ requests: count, clients, example }) => ({
      place: placeOf(example),
      requests: count,
      clients: clients.size,
      found: foundIn(example),
      example,
    }))
    .toSorted((one, other) => other.clients - one.clients || other.requests - one.requests)
    .slice(0, wafStoreLimits.groupsShownMax);
}

const placeOf = ({ method, target }: StoredRequest): string => `${method} ${target.split('?', 1)[0]}`;

/** What rules found, not the sums they make of it. */
const isEvidence = ({ where, phase }: Finding): boolean =>
  where !== undefined && !/^&?TX(?::|$)/.test(where) && phase <= 2;

function foundIn({ findings }: StoredRequest): Group['found'] {
  return findings
    .filter(isEvidence)
    .map(({ ruleId, where, message }) => ({ ruleId, where: where ?? '', message: message ?? `rule ${ruleId}` }));
}

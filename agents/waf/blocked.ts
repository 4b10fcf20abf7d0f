// What people are told of a transaction that was refused, or would have been: the status, the score, and what was found
// where, in the words of the rules. Facts for one log line, nothing of it for the client. Pure.

import type { Alert, Transaction } from './engine.ts';

/** `undefined`: nothing that anybody wants to know. */
export interface Outcome {
  readonly event: 'waf-blocked' | 'waf-detected';
  readonly facts: Readonly<Record<string, unknown>>;
}

export function outcomeOf(transaction: Transaction, route: string | undefined): Outcome | undefined {
  const { state, verdict } = transaction;
  const wouldRefuse = state.alerts.find(({ rule }) => refuses(rule.disruption.kind));
  if (verdict.kind === 'pass' && wouldRefuse === undefined && !verdict.isUnfinished) return undefined;
  const ruleId = verdict.ruleId ?? wouldRefuse?.rule.id;
  return {
    event: verdict.kind === 'pass' ? 'waf-detected' : 'waf-blocked',
    facts: {
      request_id: state.uniqueId,
      client_ip: state.connection.clientAddress,
      method: state.request?.method,
      target: cut(state.request?.uriRaw ?? ''),
      route,
      status: verdict.status ?? wouldRefuse?.rule.status,
      score: verdict.score,
      rule: ruleId,
      rules: verdict.ruleIds.filter((id) => id !== ruleId).slice(0, rulesMax),
      found: foundIn(transaction, ruleId),
      reason: ruleId === undefined || verdict.isUnfinished ? (state.work.unfinished ?? verdict.reason) : undefined,
    },
  };
}

const refuses = (kind: string): boolean => kind === 'deny' || kind === 'drop' || kind === 'redirect';

/** `SQL injection in ARGS:id`, each once: what counted, not the sums and reports that rules make of it. */
function foundIn({ state }: Transaction, refusedBy: number | undefined): readonly string[] {
  const logged = state.alerts.filter(({ isLogged, phase }) => isLogged && phase !== 5);
  const found = logged.filter(({ where }) => where !== undefined && !where.startsWith('TX:'));
  const told = found.length > 0 ? found : logged;
  const words = told
    .toSorted((one, other) => weightOf(one, refusedBy) - weightOf(other, refusedBy))
    .map(({ message, where, rule }) => {
      const what = message ?? `rule ${rule.id}`;
      return cut(where === undefined ? what : `${what} in ${where.replace(matchedAgain, '')}`);
    });
  return [...new Set(words)].slice(0, foundMax);
}

/** What refused by itself first, then by severity: the first words are what people read. */
function weightOf({ rule }: Alert, refusedBy: number | undefined): number {
  return rule.id === refusedBy ? -1 : (rule.meta.severity ?? leastSevere);
}

// A chain that looks once more at what its first rule matched: people know it by its own name.
const matchedAgain = /^MATCHED_VARS:(?=.)/;
const leastSevere = 8;
const rulesMax = 50;
const foundMax = 5;
const charactersMax = 300;

/** As the text that its bytes most likely are. */
const cut = (bytes: string): string => Buffer.from(bytes.slice(0, charactersMax), 'latin1').toString('utf8');

// One request through the plain evaluator and the fast one, and everything that rules leave behind: what matched and how
// it is told, the score, captures and all of TX. The fast one may differ in nothing.

import assert from 'node:assert/strict';
import { beginTransaction, type RuleSet, type Transaction } from '../../../../agents/waf/engine.ts';
import type { AskedRequest } from '../../../bench/modsecurity/library.ts';

const connection = { clientAddress: '192.0.2.1', clientPort: 50_000, serverAddress: '192.0.2.2', serverPort: 443 };

const leftBehind = (...asked: Parameters<typeof begun>) => begun(...asked)();

/** With its head judged; the rest comes when the function is called. */
export function begun(ruleSet: RuleSet, request: Omit<AskedRequest, 'name'>, isPlain: boolean) {
  const transaction = beginTransaction(ruleSet, { connection, uniqueId: 'unique-1', startedAtMs: 0, isPlain });
  transaction.requestHead(request, 0);
  return () => ended(transaction, request);
}

function ended(transaction: Transaction, request: Omit<AskedRequest, 'name'>) {
  if (request.body !== undefined) transaction.addRequestBody(request.body);
  transaction.requestBody(0);
  const { response } = request;
  if (response !== undefined) {
    transaction.responseHead({ protocol: 'HTTP/1.1', status: response.status, headers: response.headers }, 0);
    transaction.addResponseBody(response.body);
    transaction.responseBody(0);
  }
  const verdict = transaction.end(0);
  const { state } = transaction;
  return {
    verdict,
    alerts: state.alerts.map(({ rule, ...rest }) => ({ id: rule.id, ...rest })),
    alertsLost: state.alertsLost,
    rules: state.matchedRules.map(({ id }) => id),
    tx: state.tx.items('TX'),
    matched: state.matched,
    severity: state.highestSeverity,
    environment: [...state.environment],
    sanitations: state.sanitations,
    settings: [state.engine, state.auditMode, state.auditParts, state.requestProcessor, state.isRequestBodyForced],
    removals: [state.ruleRemovals.size, state.targetRemovals.size],
    isRelevant: state.isRelevant,
    workUnits: state.work.spent,
  };
}

/** Twice by the fast one: what it remembers of the first must not change the second. Returns how many rules matched. */
export function assertSame(ruleSet: RuleSet, request: Omit<AskedRequest, 'name'>): number {
  const { workUnits: _, ...plain } = leftBehind(ruleSet, request, true);
  const [first, second] = [leftBehind(ruleSet, request, false), leftBehind(ruleSet, request, false)];
  for (const { workUnits, ...fast } of [first, second]) assert.deepEqual(fast, plain, JSON.stringify(request));
  assert.equal(first.workUnits, second.workUnits, JSON.stringify(request));
  return plain.rules.length;
}

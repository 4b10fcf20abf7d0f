// A recorded request, evaluated again by a set of rules: what came of it then, and what would come of it now. As the
// agent does it, without a socket. What a recording has not (a reply, counters of other requests, secrets) the evaluation
// has not either; who calls says so. Pure but for the time that it takes.

import { type Outcome, outcomeOf } from '../blocked.ts';
import { beginTransaction, type RuleSet, type Transaction } from '../engine.ts';
import { routeVariable } from '../setup-text.ts';
import type { StoredRequest } from '../store/stored-request.ts';

export interface Evaluated {
  readonly transaction: Transaction;
  readonly outcome: Outcome | undefined; // undefined: it passes
}

export function evaluate(ruleSet: RuleSet, request: StoredRequest, explains = false): Evaluated {
  const { route, at } = request;
  const transaction = beginTransaction(ruleSet, {
    connection: { clientAddress: request.client, clientPort: 0, serverAddress: '', serverPort: 0 },
    uniqueId: request.id,
    startedAtMs: at,
    environment: route === undefined ? {} : { [routeVariable]: route },
    explains,
  });
  const { method, target, protocol, headers, body } = request;
  transaction.requestHead({ method, target, protocol, headers }, at);
  if (body !== undefined) transaction.addRequestBody(body);
  if (request.isBodyCut) transaction.cutRequestBody();
  transaction.requestBody(at);
  transaction.end(at);
  return { transaction, outcome: outcomeOf(transaction, route) };
}

export type Standing = 'blocked' | 'detected' | 'passed';

export function standingOf({ outcome }: Evaluated): Standing {
  if (outcome === undefined) return 'passed';
  return outcome.event === 'waf-blocked' ? 'blocked' : 'detected';
}

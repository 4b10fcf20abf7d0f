// Recorded requests for tests of what keeps and reads them.

import assert from 'node:assert/strict';
import { outcomeOf } from '../../../../agents/waf/blocked.ts';
import { beginTransaction, type RuleSet, type Transaction } from '../../../../agents/waf/engine.ts';
import { type StoredRequest, storedRequest } from '../../../../agents/waf/store/stored-request.ts';
import { ruleSetOf } from '../agent-support.ts';

export const scoring = `SecAction "id:1,phase:1,pass,nolog,setvar:tx.inbound_anomaly_score_pl1=0"
SecRule ARGS|ARGS_NAMES|REQUEST_COOKIES "@contains <script" "id:100,phase:2,pass,log,msg:'Script',tag:'attack-xss',setvar:tx.inbound_anomaly_score_pl1=+5"
SecRule ARGS "@contains or 1=1" "id:101,phase:2,pass,log,msg:'SQL',tag:'attack-sqli',setvar:tx.inbound_anomaly_score_pl1=+5"
SecRule &ARGS "@ge 9" "id:102,phase:2,pass,log,msg:'Many',setvar:tx.inbound_anomaly_score_pl1=+5"
SecRule TX:inbound_anomaly_score_pl1 "@ge %{tx.inbound_anomaly_score_threshold}" "id:900,phase:2,deny,status:403,log,msg:'Score'"`;

const theScoringSet = ruleSetOf(scoring);
export const scoringSet = (): RuleSet => theScoringSet;

export interface Sent {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: ReadonlyArray<readonly [string, string]>;
  readonly body?: string;
  readonly id?: string;
  readonly client?: string;
}

export function transactionOf(ruleSet: RuleSet, sent: Sent): Transaction {
  const { method = 'GET', target = '/', headers = [], body, id = 'u1', client = '192.0.2.1' } = sent;
  const transaction = beginTransaction(ruleSet, {
    connection: { clientAddress: client, clientPort: 1, serverAddress: '', serverPort: 0 },
    uniqueId: id,
    startedAtMs: 1000,
  });
  transaction.requestHead({ method, target, protocol: 'HTTP/1.1', headers }, 0);
  if (body !== undefined) transaction.addRequestBody(body);
  transaction.requestBody(0);
  transaction.end(0);
  return transaction;
}

export function storedOf(ruleSet: RuleSet, sent: Sent, bodyBytesMax = 1000): StoredRequest {
  const transaction = transactionOf(ruleSet, sent);
  assert(transaction.state.request !== undefined);
  return storedRequest(transaction, { route: 'r', status: 403, outcome: outcomeOf(transaction, 'r'), bodyBytesMax });
}

export const form = [['Content-Type', 'application/x-www-form-urlencoded']] as const;

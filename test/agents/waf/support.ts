// Rules written in a test, and one transaction through them: what the tests of the engine have in common.

import assert from 'node:assert/strict';
import {
  beginTransaction,
  type CollectionStore,
  loadRules,
  logLinesOf,
  type RuleSet,
  type Transaction,
} from '../../../agents/waf/engine.ts';

export function ruleSetOf(text: string): RuleSet {
  const loaded = loadRules([{ file: 'test.conf', text }], { read: () => undefined });
  assert('ruleSet' in loaded, JSON.stringify('problems' in loaded && loaded.problems, undefined, 2));
  return loaded.ruleSet;
}

export interface Ask {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: ReadonlyArray<readonly [string, string]>;
  readonly body?: string;
  readonly response?: {
    readonly status?: number;
    readonly headers?: ReadonlyArray<readonly [string, string]>;
    readonly body?: string;
  };
  readonly store?: CollectionStore;
  readonly nowMs?: number;
  readonly explains?: boolean;
}

export const begin = (rules: string | RuleSet, { store, nowMs = 0, explains = false }: Ask = {}): Transaction =>
  beginTransaction(typeof rules === 'string' ? ruleSetOf(rules) : rules, {
    connection: { clientAddress: '192.0.2.1', clientPort: 50_000, serverAddress: '192.0.2.2', serverPort: 443 },
    uniqueId: 'unique-1',
    startedAtMs: nowMs,
    explains,
    ...(store === undefined ? {} : { store }),
  });

/** All phases, one after the other. */
export function run(rules: string | RuleSet, ask: Ask = {}): Transaction {
  const { method = 'GET', target = '/', headers = [], body, response = {}, nowMs = 0 } = ask;
  const transaction = begin(rules, ask);
  const length: [string, string][] = body === undefined ? [] : [['Content-Length', String(body.length)]];
  transaction.requestHead({ method, target, protocol: 'HTTP/1.1', headers: [...headers, ...length] }, nowMs);
  if (body !== undefined) transaction.addRequestBody(body);
  transaction.requestBody(nowMs);
  transaction.responseHead(
    { protocol: 'HTTP/1.1', status: response.status ?? 200, headers: response.headers ?? [] },
    nowMs,
  );
  transaction.addResponseBody(response.body ?? '');
  transaction.responseBody(nowMs);
  transaction.end(nowMs);
  return transaction;
}

/** Ids in the order of their log lines, repeated where a rule matched several values. */
export const logged = (transaction: Transaction): readonly number[] =>
  logLinesOf(transaction).map((line) => Number(/\[id "(\d+)"\]/.exec(line)?.[1]));

export const form = [['Content-Type', 'application/x-www-form-urlencoded']] as const;

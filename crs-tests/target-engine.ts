// The target inside this process: a stage's bytes go through the strict front, the engine and the built-in backend, with
// no socket between them. What comes out is what a client and a log reader would have seen.

import { randomUUID } from 'node:crypto';
import { beginTransaction, explanationOf, logLinesOf, type RuleSet, type TraceEvent, type Transaction } from '#waf';
import { answer, type BackendResponse } from './backend.ts';
import type { Stage } from './case.ts';
import { type ParsedRequest, readRequest } from './front.ts';
import type { Outcome } from './judge.ts';
import { requestBytes } from './request-bytes.ts';

export interface StageRun {
  readonly request: string;
  readonly outcome: Outcome;
  readonly events: readonly TraceEvent[];
  readonly refusal: string | undefined; // of the front: the engine saw nothing
}

export function runStage(ruleSet: RuleSet, stage: Stage, nowMs: number, explains: boolean): StageRun {
  return runBytes(ruleSet, requestBytes(stage.input), stage.input.port, nowMs, explains);
}

export function runBytes(
  ruleSet: RuleSet,
  request: string,
  serverPort: number,
  nowMs: number,
  explains: boolean,
): StageRun {
  const parsed = readRequest(request);
  if (parsed.kind === 'refusal') {
    const { status, reason } = parsed;
    return { request, outcome: { status, responseHead: '', log: [] }, events: [], refusal: reason };
  }
  const connection = {
    clientAddress: '127.0.0.1',
    clientPort: 50_000,
    serverAddress: '127.0.0.1',
    serverPort,
  };
  const transaction = beginTransaction(ruleSet, { connection, uniqueId: randomUUID(), startedAtMs: nowMs, explains });
  const outcome = exchange(transaction, parsed, nowMs);
  return { request, outcome, events: explanationOf(transaction).events, refusal: undefined };
}

/** All phases in the order of a proxy. A verdict that stops the transaction is the answer. */
function exchange(transaction: Transaction, request: ParsedRequest, nowMs: number): Outcome {
  const response = respond(transaction, request, nowMs);
  transaction.end(nowMs);
  return { ...response, log: logLinesOf(transaction) };
}

function respond(transaction: Transaction, request: ParsedRequest, nowMs: number): Omit<Outcome, 'log'> {
  transaction.requestHead(request, nowMs);
  if (request.hasBody) transaction.addRequestBody(request.body);
  const asked = transaction.requestBody(nowMs);
  if (asked.kind !== 'pass') return { status: asked.status, responseHead: '' };
  const path = request.target.split('?', 1)[0] ?? '';
  const reply = answer({ method: request.method, path, body: request.body });
  transaction.responseHead({ protocol: 'HTTP/1.1', status: reply.status, headers: reply.headers }, nowMs);
  transaction.addResponseBody(reply.body);
  const answered = transaction.responseBody(nowMs);
  if (answered.kind !== 'pass') return { status: answered.status, responseHead: '' };
  return { status: reply.status, responseHead: headText(reply) };
}

const headText = ({ status, headers, body }: BackendResponse): string =>
  `HTTP/1.1 ${status}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;

// One transaction, driven from outside: what arrives is handed over in order, each step answers with a verdict. After a
// step that stops it the later ones only answer the same; `end` runs the logging phase in any case. Byte strings in, no
// socket, clock or disk: the time is an argument of every step. What rules do with it is the work of evaluate.ts.

import { wafPlanLimits } from '#config/limits-waf-plan';
import type { Phase, RuleSet } from '../compile/rule-set.ts';
import { isPlanAwaited } from '../plan/plan.ts';
import { runPlannedPhase } from '../plan/run-phase.ts';
import { runPhase } from './evaluate.ts';
import { guarded } from './fault.ts';
import { isSameName } from './item.ts';
import { factsOf, headerOf, mergeHeaders, type Pair, type RequestHead, type ResponseHead } from './request.ts';
import { finishRequestBody, readQuery } from './request-body.ts';
import { type Alert, newState, type StateOptions, type TransactionState } from './state.ts';
import { forgetTransformed } from './transformed.ts';
import { type Verdict, verdictOf } from './verdict.ts';
import { closeBudget, openBudget, unbounded, WorkSpent } from './work.ts';

export class Transaction {
  readonly state: TransactionState; // for logs, audit records and explanations; nobody outside changes it
  #done: Phase | 0 = 0;

  constructor(ruleSet: RuleSet, options: StateOptions) {
    this.state = newState(ruleSet, options);
  }

  get verdict(): Verdict {
    return verdictOf(this.state);
  }

  /** Phase 1. */
  requestHead(head: RequestHead, nowMs: number): Verdict {
    guarded(() => readHead(this.state, head));
    return this.#run(1, nowMs);
  }

  /** Whether rules want to see the body that follows. */
  get wantsRequestBody(): boolean {
    return this.state.isRequestBodyRead && this.state.interruption === undefined && this.state.engine !== 'off';
  }

  /** A piece of the request body. Past SecRequestBodyLimit it is refused, or what is past it is not looked at. */
  addRequestBody(bytes: string): Verdict {
    const tx = this.state;
    tx.isBodyExpected = true;
    if (!this.wantsRequestBody) return this.verdict;
    const room = tx.requestBytesMax - tx.bodyBytes;
    const kept = bytes.length <= room ? bytes : bytes.slice(0, room);
    if (kept !== '') tx.bodyPieces.push(kept);
    tx.bodyBytes += kept.length;
    if (bytes.length > room) this.#overRequestLimit();
    return this.verdict;
  }

  /** The rest of the body is not going to be shown: INBOUND_DATA_ERROR. */
  cutRequestBody(): void {
    this.state.isBodyCut = true;
  }

  #overRequestLimit(): void {
    const tx = this.state;
    tx.isBodyCut = true;
    if (tx.ruleSet.settings.requestBodyLimitAction === 'process-partial' || tx.engine !== 'on') return;
    const reason = `Request body is larger than the configured limit (${tx.requestBytesMax}).`;
    tx.interruption = { kind: 'deny', status: 413, location: undefined, ruleId: undefined, phase: 2, reason };
  }

  /** The body, or that there is none, is complete: phase 2. */
  requestBody(nowMs: number): Verdict {
    if (this.state.interruption === undefined && this.state.engine !== 'off')
      guarded(() => finishRequestBody(this.state));
    return this.#run(2, nowMs);
  }

  /** Phase 3. */
  responseHead(head: ResponseHead, nowMs: number): Verdict {
    this.state.response = head;
    this.state.responseHeaders = mergeHeaders(head.headers);
    return this.#run(3, nowMs);
  }

  /** Whether rules want to see the body of this response: access is on, and its type is one of those listed. */
  get wantsResponseBody(): boolean {
    const tx = this.state;
    if (!tx.isResponseBodyRead || tx.interruption !== undefined || tx.engine === 'off') return false;
    const type = (headerOf(tx.responseHeaders, 'Content-Type') ?? '').split(';', 1)[0]?.trim() ?? '';
    return tx.ruleSet.settings.responseBodyTypes.some((known) => isSameName(known, type === '' ? '(null)' : type));
  }

  addResponseBody(bytes: string): Verdict {
    const tx = this.state;
    if (!this.wantsResponseBody) return this.verdict;
    const room = tx.responseBytesMax - tx.responseBytes;
    const kept = bytes.length <= room ? bytes : bytes.slice(0, room);
    if (kept !== '') tx.responsePieces.push(kept);
    tx.responseBytes += kept.length;
    if (bytes.length > room) this.#overResponseLimit();
    return this.verdict;
  }

  #overResponseLimit(): void {
    const tx = this.state;
    tx.isResponseCut = true;
    if (tx.ruleSet.settings.responseBodyLimitAction === 'process-partial' || tx.engine !== 'on') return;
    const reason = `Response body is larger than the configured limit (${tx.responseBytesMax}).`;
    tx.interruption = { kind: 'deny', status: 500, location: undefined, ruleId: undefined, phase: 4, reason };
  }

  /** The response is complete: phase 4. */
  responseBody(nowMs: number): Verdict {
    if (this.wantsResponseBody) this.state.responseText = this.state.responsePieces.join('');
    return this.#run(4, nowMs);
  }

  /** The logging phase, whatever happened before; then persistent records are brought up to date. Once. */
  end(nowMs: number): Verdict {
    if (this.#done === 5) return this.verdict;
    this.#done = 5;
    const tx = this.state;
    tx.nowMs = nowMs;
    this.#evaluate(5);
    for (const record of tx.changedRecords) record.touch(Math.floor(nowMs / 1000));
    return this.verdict;
  }

  get alerts(): readonly Alert[] {
    return this.state.alerts;
  }

  #run(phase: Phase, nowMs: number): Verdict {
    if (this.#done >= phase || this.state.interruption !== undefined || this.state.work.unfinished !== undefined)
      return this.verdict;
    this.#done = phase;
    this.state.nowMs = nowMs;
    this.#evaluate(phase);
    return this.verdict;
  }

  /** An explanation tells of every rule, so every rule is run, whatever that costs. */
  #evaluate(phase: Phase): void {
    const tx = this.state;
    const runsAll = tx.isPlain || tx.trace !== undefined;
    openBudget(runsAll ? unbounded : phase === 5 ? tx.work.budget : tx.work.budget - tx.work.spent); // what is logged is logged
    try {
      if (runsAll || this.#isUnplanned()) runPhase(tx, phase);
      else runPlannedPhase(tx, phase);
    } catch (error) {
      if (!(error instanceof WorkSpent)) throw error;
      stopUnfinished(tx, phase);
    } finally {
      tx.work.spent += closeBudget();
      forgetTransformed();
    }
  }

  /** While a plan is being made. Once a transaction knows one it keeps to it; a long text is worth waiting for the plan. */
  #isUnplanned(): boolean {
    const { ruleSet, bodyBytes } = this.state;
    return isPlanAwaited(ruleSet) && bodyBytes < wafPlanLimits.unplannedBytesMax;
  }
}

/** What could not be judged to its end does not pass, unless nothing is to be stopped. */
function stopUnfinished(tx: TransactionState, phase: Phase): void {
  const reason = `The work budget (${tx.work.budget}) was spent in phase ${phase}: not every rule has been asked.`;
  tx.work.unfinished = reason;
  tx.isRelevant = true;
  if (phase === 5 || tx.engine !== 'on' || tx.interruption !== undefined) return;
  tx.interruption = { kind: 'deny', status: 403, location: undefined, ruleId: undefined, phase, reason };
}

function readHead(tx: TransactionState, head: RequestHead): void {
  tx.request = factsOf(head, tx.ruleSet.settings.cookieVersion);
  readQuery(tx, tx.request.query);
  tx.isBodyExpected = isBodyExpected(tx.request.headers);
  tx.requestProcessor = processorFor(headerOf(tx.request.headers, 'Content-Type') ?? '');
}

const isBodyExpected = (headers: readonly Pair[]): boolean =>
  headerOf(headers, 'Content-Length') !== undefined ||
  (headerOf(headers, 'Transfer-Encoding') ?? '').toLowerCase().includes('chunked');

/** Known before phase 1, so that rules there can choose another (modsecurity.c, modsecurity_tx_init). */
function processorFor(contentType: string): string {
  const type = contentType.toLowerCase();
  if (type.startsWith('application/x-www-form-urlencoded')) return 'URLENCODED';
  return type.startsWith('multipart/form-data') ? 'MULTIPART' : '';
}

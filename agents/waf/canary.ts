// Another set of rules beside the one that decides: it judges what has been judged, and says where it would have decided
// otherwise. The shaping decision: it runs when the exchange is over, on what was seen of it, so no answer waits for it,
// and nothing that it does or fails to do reaches a client. It refuses to decide.

import { wafAgentLimits } from '#config/limits-waf-agent';
import type { Logger } from '#config/log';
import { type Outcome, outcomeOf } from './blocked.ts';
import { beginTransaction, isRuleFault, newStore, type RuleSet, type Transaction } from './engine.ts';
import type { Inspection } from './inspect.ts';
import { LineLimit } from './line-limit.ts';
import { routeVariable } from './setup-text.ts';

/** `unseen`: the live set refused before the body came, so nobody knows. */
export type Comparison = 'same' | 'only-live' | 'only-canary' | 'unseen' | 'failed';

export interface CanarySettings {
  readonly ruleSet: RuleSet;
  readonly percent: number; // of exchanges that it judges
}

export interface CanaryTold {
  readonly log: Logger;
  count(comparison: Comparison): void;
  readonly clock: () => number;
  readonly chance: () => number; // from 0 to 1
}

export class Canary {
  readonly #settings: CanarySettings;
  readonly #told: CanaryTold;
  readonly #store = newStore(); // its counters are its own
  readonly #lines: LineLimit;

  constructor(settings: CanarySettings, told: CanaryTold) {
    this.#settings = settings;
    this.#told = told;
    this.#lines = new LineLimit(wafAgentLimits.blockedLinesPerSecond, told.clock);
  }

  /** Of an exchange that is over. */
  judge(inspection: Inspection): void {
    if (this.#told.chance() * 100 >= this.#settings.percent) return;
    try {
      const transaction = this.#replay(inspection);
      const live = outcomeOf(inspection.transaction, inspection.route);
      const canary = outcomeOf(transaction, inspection.route);
      const comparison = compare(inspection.transaction, live, canary);
      this.#told.count(comparison);
      if (comparison === 'only-live' || comparison === 'only-canary') this.#tell(comparison, live ?? canary);
    } catch (error) {
      this.#told.count('failed');
      if (isRuleFault(error) && this.#lines.may(() => undefined))
        this.#told.log.warn('waf-rule-failed', { rule: error.ruleId, canary: true, error: String(error) });
    }
  }

  #replay({ transaction: { state }, head, route }: Inspection): Transaction {
    const now = state.nowMs;
    const transaction = beginTransaction(this.#settings.ruleSet, {
      connection: state.connection,
      uniqueId: state.uniqueId,
      startedAtMs: state.startedAtMs,
      store: this.#store,
      environment: route === undefined ? {} : { [routeVariable]: route },
    });
    transaction.requestHead(head, now);
    for (const piece of state.bodyPieces) transaction.addRequestBody(piece);
    if (state.isBodyCut) transaction.cutRequestBody();
    transaction.requestBody(now);
    if (state.response !== undefined) transaction.responseHead(state.response, now);
    for (const piece of state.responsePieces) transaction.addResponseBody(piece);
    if (state.response !== undefined) transaction.responseBody(now);
    transaction.end(now);
    return transaction;
  }

  #tell(comparison: Comparison, outcome: Outcome | undefined): void {
    const { log } = this.#told;
    if (this.#lines.may((lines) => log.warn('waf-lines-left-out', { lines })))
      log.warn('waf-canary-differs', { ...outcome?.facts, refused_by: comparison === 'only-live' ? 'live' : 'canary' });
  }
}

function compare({ state }: Transaction, live: Outcome | undefined, canary: Outcome | undefined): Comparison {
  if ((live === undefined) === (canary === undefined)) return 'same';
  if (live === undefined) return 'only-canary';
  const isBodyUnseen = state.isBodyExpected && state.interruption?.phase === 1;
  return isBodyUnseen ? 'unseen' : 'only-live';
}

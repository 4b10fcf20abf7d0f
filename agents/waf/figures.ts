// What the firewall counts of itself: transactions by outcome, rules by hits, time by phase, scores. The shaping decision:
// plain maps with an end, turned into families when somebody asks; a rule past the bound is counted with the others
// that have no counter of their own. It refuses to log.

import { counter, type Family, gauge, histogram, type NumberRow } from '#config/figures/family';
import { wafAgentLimits } from '#config/limits-waf-agent';
import type { Transaction } from './engine.ts';
import type { StoreCounts } from './store/request-store.ts';

/** Of one score; what is beyond the last is one more. */
const scoreBounds = [0, 2, 4, 5, 7, 10, 15, 20, 30, 50];

export type Counted = 'passed' | 'blocked' | 'detected' | 'failed';

export class WafFigures {
  readonly #transactions = new Map<Counted, number>();
  readonly #hits = new Map<string, number>();
  readonly #blocks = new Map<string, number>();
  readonly #canary = new Map<string, number>();
  readonly #seconds = new Map<string, number>();
  readonly #scores = new Array<number>(scoreBounds.length + 1).fill(0);
  #scoreSum = 0;
  #unfinished = 0;
  #info: readonly string[] = ['', '', ''];
  #rules = 0;

  loaded(info: { readonly name: string; readonly version: string; readonly sha256: string }, rules: number): void {
    this.#info = [info.name, info.version, info.sha256];
    this.#rules = rules;
  }

  phase(phase: number, ms: number): void {
    add(this.#seconds, String(phase), ms / 1000);
  }

  compared(comparison: string): void {
    add(this.#canary, comparison, 1);
  }

  failed(): void {
    add(this.#transactions, 'failed', 1);
  }

  ended(outcome: Exclude<Counted, 'failed'>, { verdict }: Transaction): void {
    add(this.#transactions, outcome, 1);
    if (verdict.isUnfinished) this.#unfinished += 1;
    for (const id of verdict.ruleIds) addBounded(this.#hits, String(id));
    if (outcome === 'blocked') addBounded(this.#blocks, categoryOf(verdict.tags));
    if (verdict.score === undefined) return;
    const bucket = scoreBounds.findIndex((bound) => (verdict.score ?? 0) <= bound);
    const index = bucket === -1 ? scoreBounds.length : bucket;
    this.#scores[index] = (this.#scores[index] ?? 0) + 1;
    this.#scoreSum += verdict.score;
  }

  families(inFlight: number, recorded: StoreCounts = { written: 0, dropped: 0 }): Family[] {
    return [
      counter(
        'sentinel_waf_transactions_total',
        'Exchanges that the firewall looked at, by what came of it.',
        ['verdict'],
        rowsOf(this.#transactions),
      ),
      counter(
        'sentinel_waf_rule_hits_total',
        'Matches of a rule that logs, once per exchange.',
        ['rule'],
        rowsOf(this.#hits),
      ),
      counter(
        'sentinel_waf_blocks_total',
        'Exchanges that were refused, by what they were an attack on.',
        ['category'],
        rowsOf(this.#blocks),
      ),
      counter(
        'sentinel_waf_budget_exhausted_total',
        'Exchanges whose work budget was spent before every rule was asked.',
        [],
        [[[], this.#unfinished]],
      ),
      counter('sentinel_waf_phase_seconds_total', 'Time that the phases took.', ['phase'], rowsOf(this.#seconds)),
      ...(this.#canary.size === 0
        ? []
        : [
            counter(
              'sentinel_waf_canary_total',
              'Exchanges that the other set of rules judged, too, by how the two agree.',
              ['result'],
              rowsOf(this.#canary),
            ),
          ]),
      histogram('sentinel_waf_score', 'Anomaly scores of requests.', [], scoreBounds, [
        [[], [...this.#scores], this.#scoreSum],
      ]),
      counter(
        'sentinel_waf_recorded_requests_total',
        'Requests for `waf explain` and its kin: written down, or dropped for want of room.',
        ['outcome'],
        [
          [['written'], recorded.written],
          [['dropped'], recorded.dropped],
        ],
      ),
      gauge('sentinel_waf_transactions', 'Exchanges under way.', [], [[[], inFlight]]),
      gauge('sentinel_waf_rules', 'Rules that are loaded.', [], [[[], this.#rules]], 'most'),
      gauge(
        'sentinel_waf_ruleset_info',
        'The set of rules that decides.',
        ['name', 'version', 'sha256'],
        [[this.#info, 1]],
        'most',
      ),
    ];
  }
}

function rowsOf(table: ReadonlyMap<string, number>): NumberRow[] {
  return Array.from(table, ([label, value]): NumberRow => [[label], value]);
}

function add<K>(table: Map<K, number>, key: K, more: number): void {
  table.set(key, (table.get(key) ?? 0) + more);
}

/** Tags may hold what a client sent, so their number has an end. */
function addBounded(table: Map<string, number>, key: string): void {
  add(table, table.has(key) || table.size < wafAgentLimits.reportedRulesMax ? key : 'other', 1);
}

/** `sqli` of the first tag `attack-sqli`. */
function categoryOf(tags: readonly string[]): string {
  const tag = tags.find((one) => /^attack-[a-z0-9-]{1,40}$/.test(one));
  return tag?.slice('attack-'.length) ?? 'other';
}

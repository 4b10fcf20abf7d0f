// What is kept of transactions: counters, a line for people when something is refused, a line per match for programs that
// read Apache's error log, an audit record. The shaping decision: the counters have everything; the line for people has an
// end per second, since whoever attacks chooses how many there are. It refuses to decide about a request.

import { randomBytes } from 'node:crypto';
import { wafAgentLimits } from '#config/limits-waf-agent';
import type { Logger } from '#config/log';
import { outcomeOf } from './blocked.ts';
import type { Canary } from './canary.ts';
import { auditTextOf, logLinesOf, type Transaction } from './engine.ts';
import type { WafFigures } from './figures.ts';
import type { Inspection, Keeper } from './inspect.ts';
import { LineLimit } from './line-limit.ts';
import type { RecordFile } from './record-files.ts';
import type { RecordFolder } from './record-folder.ts';
import type { RequestStore } from './store/request-store.ts';
import { type Around, storedRequest } from './store/stored-request.ts';

export interface Records {
  readonly audit: RecordFile | undefined;
  readonly folder: RecordFolder | undefined; // records are files there, and `audit` has a line for each
  readonly alerts: RecordFile | undefined;
  readonly canary?: Canary | undefined; // judges what is over
  readonly requests?: KeptRequests | undefined;
}

/** What people can ask about afterwards. */
export interface KeptRequests {
  readonly store: RequestStore;
  readonly bodyBytesMax: number;
  readonly passingSampleMs: number; // 0: none that passes
}

export class RecordKeeper implements Keeper {
  readonly #log: Logger;
  readonly #figures: WafFigures;
  readonly #records: Records;
  readonly #clock: () => number;
  readonly #lines: LineLimit;
  #sampledAt = 0;

  constructor(log: Logger, figures: WafFigures, records: Records, clock: () => number = Date.now) {
    this.#log = log;
    this.#figures = figures;
    this.#records = records;
    this.#clock = clock;
    this.#lines = new LineLimit(wafAgentLimits.blockedLinesPerSecond, clock);
  }

  onEnd(inspection: Inspection, status: number): void {
    const { transaction, route } = inspection;
    const outcome = outcomeOf(transaction, route);
    this.#figures.ended(
      outcome === undefined ? 'passed' : outcome.event === 'waf-blocked' ? 'blocked' : 'detected',
      transaction,
    );
    if (outcome !== undefined && this.#lines.may((lines) => this.#log.warn('waf-lines-left-out', { lines })))
      this.#log.warn(outcome.event, outcome.facts);
    if (this.#records.alerts !== undefined)
      for (const line of logLinesOf(transaction)) this.#records.alerts.append(stamped(line, this.#clock()));
    this.#audit(transaction, status);
    this.#records.canary?.judge(inspection);
    this.#keep(transaction, { route, status, outcome });
  }

  #keep(transaction: Transaction, around: Omit<Around, 'bodyBytesMax'>): void {
    const { requests } = this.#records;
    if (requests === undefined || transaction.state.request === undefined) return;
    if (around.outcome === undefined && !this.#isSampled(requests)) return;
    if (requests.store.hasRoom())
      requests.store.put(storedRequest(transaction, { ...around, bodyBytesMax: requests.bodyBytesMax }));
  }

  #isSampled({ passingSampleMs }: KeptRequests): boolean {
    if (passingSampleMs === 0 || this.#clock() - this.#sampledAt < passingSampleMs) return false;
    this.#sampledAt = this.#clock();
    return true;
  }

  #audit(transaction: Transaction, status: number): void {
    const { audit, folder } = this.#records;
    const text = audit === undefined ? undefined : auditTextOf(transaction, status, randomBytes(4).toString('hex'));
    if (audit === undefined || text === undefined) return;
    if (folder === undefined) return audit.append(text);
    const { uniqueId, connection, request } = transaction.state;
    const place = folder.put(text, uniqueId, this.#clock());
    const line = {
      time: new Date(this.#clock()).toISOString(),
      request_id: uniqueId,
      client_ip: connection.clientAddress,
      method: request?.method,
      status,
      file: place ?? null,
    };
    audit.append(JSON.stringify(line));
  }

  onPhase(phase: number, ms: number): void {
    this.#figures.phase(phase, ms);
  }

  onRuleFault(ruleId: number, error: unknown, requestId: string): void {
    this.#figures.failed();
    const stack = error instanceof Error && error.cause instanceof Error ? error.cause.stack : undefined;
    this.#log.error('waf-rule-failed', { rule: ruleId, request_id: requestId, error: String(error), stack });
  }
}

/** As Apache dates its error log: fail2ban reads it. */
function stamped(line: string, nowMs: number): string {
  const [, day, date, month, year, time] =
    /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(nowMs).toUTCString()) ?? [];
  return `[${day} ${month} ${date} ${time}.000000 ${year}] [security2:error] ${line}`;
}

// What is kept of transactions: counters, a line for people when something is refused, a line per match for programs that
// read Apache's error log, an audit record. The shaping decision: the counters have everything; the line for people has an
// end per second, since whoever attacks chooses how many there are. It refuses to decide about a request.

import { randomBytes } from 'node:crypto';
import { wafAgentLimits } from '#config/limits-waf-agent';
import type { Logger } from '#config/log';
import { outcomeOf } from './blocked.ts';
import { auditTextOf, logLinesOf, type Transaction } from './engine.ts';
import type { WafFigures } from './figures.ts';
import type { Inspection, Keeper } from './inspect.ts';
import type { RecordFile } from './record-files.ts';
import type { RecordFolder } from './record-folder.ts';

export interface Records {
  readonly audit: RecordFile | undefined;
  readonly folder: RecordFolder | undefined; // records are files there, and `audit` has a line for each
  readonly alerts: RecordFile | undefined;
}

export class RecordKeeper implements Keeper {
  readonly #log: Logger;
  readonly #figures: WafFigures;
  readonly #records: Records;
  readonly #clock: () => number;
  #second = 0;
  #linesInSecond = 0;

  constructor(log: Logger, figures: WafFigures, records: Records, clock: () => number = Date.now) {
    this.#log = log;
    this.#figures = figures;
    this.#records = records;
    this.#clock = clock;
  }

  onEnd({ transaction, route }: Inspection, status: number): void {
    const outcome = outcomeOf(transaction, route);
    this.#figures.ended(
      outcome === undefined ? 'passed' : outcome.event === 'waf-blocked' ? 'blocked' : 'detected',
      transaction,
    );
    if (outcome !== undefined && this.#mayTell()) this.#log.warn(outcome.event, outcome.facts);
    if (this.#records.alerts !== undefined)
      for (const line of logLinesOf(transaction)) this.#records.alerts.append(stamped(line, this.#clock()));
    this.#audit(transaction, status);
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

  #mayTell(): boolean {
    const second = Math.floor(this.#clock() / 1000);
    if (second !== this.#second) {
      const leftOut = this.#linesInSecond - wafAgentLimits.blockedLinesPerSecond;
      if (leftOut > 0) this.#log.warn('waf-lines-left-out', { lines: leftOut });
      this.#second = second;
      this.#linesInSecond = 0;
    }
    this.#linesInSecond += 1;
    return this.#linesInSecond <= wafAgentLimits.blockedLinesPerSecond;
  }
}

/** As Apache dates its error log: fail2ban reads it. */
function stamped(line: string, nowMs: number): string {
  const [, day, date, month, year, time] =
    /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(nowMs).toUTCString()) ?? [];
  return `[${day} ${month} ${date} ${time}.000000 ${year}] [security2:error] ${line}`;
}

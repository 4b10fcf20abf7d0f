// The events of an exchange as the phases of a transaction, and its verdicts as answers. The shaping decision: a
// transaction is kept from the head of a request to the word that the exchange is over, in a table with an end: past its
// bound, or without a word for too long, what is known is let go. It refuses to write anywhere: what a transaction came
// to is handed to whoever keeps the records.

import { allow, needBody } from '#agent';
import { wafAgentLimits } from '#config/limits-waf-agent';
import { pairsOf } from '#protocol/headers';
import type {
  AgentReply,
  RequestBodyChunkEvent,
  RequestCompleteEvent,
  RequestHeadersEvent,
  ResponseBodyChunkEvent,
  ResponseHeadersEvent,
} from '#protocol/message';
import {
  beginTransaction,
  type CollectionStore,
  isRuleFault,
  type RequestHead,
  type RuleSet,
  type Transaction,
  type Verdict,
} from './engine.ts';
import { replyTo } from './reply.ts';
import { headerOf } from './run/request.ts';
import { routeVariable } from './setup-text.ts';
import { UnderWay } from './under-way.ts';

/** A transaction under way. */
export interface Inspection {
  readonly transaction: Transaction;
  readonly head: RequestHead; // as it came
  readonly route: string | undefined;
  touchedMs: number;
}

export interface Keeper {
  /** The exchange is over, with the status that its client got. */
  onEnd(inspection: Inspection, status: number): void;
  onPhase(phase: 1 | 2 | 3 | 4, ms: number): void;
  onRuleFault(ruleId: number, error: unknown, requestId: string): void;
}

export class Inspector {
  readonly #ruleSet: RuleSet;
  readonly #store: CollectionStore;
  readonly #keeper: Keeper;
  readonly #inspections = new UnderWay<Inspection>();

  constructor(ruleSet: RuleSet, store: CollectionStore, keeper: Keeper) {
    this.#ruleSet = ruleSet;
    this.#store = store;
    this.#keeper = keeper;
  }

  get size(): number {
    return this.#inspections.size;
  }

  onRequestHeaders({ metadata, method, uri, headers }: RequestHeadersEvent): AgentReply {
    if (this.#inspections.size >= wafAgentLimits.transactionsMax) throw new Error('too many transactions at once');
    const now = Date.now();
    const head = { method, target: uri, protocol: metadata.protocol, headers: pairsOf(headers) };
    const inspection: Inspection = {
      transaction: beginTransaction(this.#ruleSet, {
        connection: {
          clientAddress: metadata.clientIp,
          clientPort: metadata.clientPort,
          serverAddress: '',
          serverPort: 0,
        },
        uniqueId: metadata.requestId,
        startedAtMs: now,
        store: this.#store,
        environment: metadata.routeId === undefined ? {} : { [routeVariable]: metadata.routeId },
      }),
      head,
      route: metadata.routeId,
      touchedMs: now,
    };
    this.#inspections.put(metadata.correlationId, inspection);
    const { transaction } = inspection;
    const first = this.#step(inspection, 1, () => transaction.requestHead(head, now));
    if (first.kind !== 'pass') return replyTo(first);
    if (transaction.wantsRequestBody && hasBody(head.headers)) return needBody();
    return replyTo(this.#step(inspection, 2, () => transaction.requestBody(now)));
  }

  onRequestBodyChunk({ correlationId, data, isLast, totalSize, bytesReceived }: RequestBodyChunkEvent): AgentReply {
    const inspection = this.#known(correlationId);
    const { transaction } = inspection;
    const added = transaction.addRequestBody(bytesOf(data));
    if (isLast && totalSize !== undefined && totalSize > bytesReceived) transaction.cutRequestBody();
    if (added.kind !== 'pass') return replyTo(added);
    if (!isLast) return needBody();
    return replyTo(this.#step(inspection, 2, () => transaction.requestBody(Date.now())));
  }

  onResponseHeaders({ correlationId, status, headers }: ResponseHeadersEvent): AgentReply {
    const inspection = this.#known(correlationId);
    const { transaction } = inspection;
    const head = { protocol: 'HTTP/1.1', status, headers: pairsOf(headers) };
    return replyTo(this.#step(inspection, 3, () => transaction.responseHead(head, Date.now())));
  }

  onResponseBodyChunk({ correlationId, data, isLast }: ResponseBodyChunkEvent): AgentReply {
    const inspection = this.#known(correlationId);
    const { transaction } = inspection;
    const added = transaction.addResponseBody(bytesOf(data));
    if (added.kind !== 'pass') return replyTo(added);
    if (!isLast) return allow();
    return replyTo(this.#step(inspection, 4, () => transaction.responseBody(Date.now())));
  }

  onRequestComplete({ correlationId, status }: RequestCompleteEvent): void {
    const inspection = this.#inspections.take(correlationId);
    if (inspection !== undefined) this.#end(inspection, status);
  }

  /** Those that nobody has spoken of for too long: a proxy that ended. Returns how many. */
  sweep(nowMs: number): number {
    let lost = 0;
    for (const [id, inspection] of this.#inspections.all()) {
      if (nowMs - inspection.touchedMs < wafAgentLimits.transactionMs) continue;
      this.#inspections.take(id);
      this.#end(inspection, 0);
      lost += 1;
    }
    return lost;
  }

  #end(inspection: Inspection, status: number): void {
    try {
      inspection.transaction.end(Date.now());
    } catch (error) {
      this.#tellFault(inspection, error);
    }
    this.#keeper.onEnd(inspection, status);
  }

  #known(correlationId: string): Inspection {
    const inspection = this.#inspections.get(correlationId);
    if (inspection === undefined) throw new Error('asked about an exchange whose request was not seen here');
    inspection.touchedMs = Date.now();
    return inspection;
  }

  /** One phase, timed. A fault of the engine ends what it knows of the exchange; the proxy's failure mode decides. */
  #step(inspection: Inspection, phase: 1 | 2 | 3 | 4, run: () => Verdict): Verdict {
    const begun = performance.now();
    try {
      return run();
    } catch (error) {
      this.#tellFault(inspection, error);
      throw error;
    } finally {
      this.#keeper.onPhase(phase, performance.now() - begun);
    }
  }

  #tellFault({ transaction }: Inspection, error: unknown): void {
    if (isRuleFault(error)) this.#keeper.onRuleFault(error.ruleId, error, transaction.state.uniqueId);
  }
}

/** By the list that is there: a table of the names would be a tenth of what a request makes. */
const hasBody = (headers: RequestHead['headers']): boolean =>
  headerOf(headers, 'transfer-encoding') !== undefined || !/^0+$/.test(headerOf(headers, 'content-length') ?? '0');

/** A character of the engine is a byte. */
function bytesOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
}

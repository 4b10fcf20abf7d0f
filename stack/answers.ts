// Answers about the whole stack: children are asked how they are, what they say is added up, and an answer is made of it.
// For the admin side, which a worker serves and which asks over the worker's channel, and for the control socket. The
// shaping decision: one question to the children serves everybody who asks within a moment, so neither a scraper in a loop
// nor a worker that was taken over costs more than a bound. Nothing here parses what comes from a network.

import { answer, type Known, type PastPoint, type Question } from '#config/figures/answers';
import type { Family } from '#config/figures/family';
import { obstaclesOf } from '#config/figures/readiness';
import { trafficOf } from '#config/figures/tables';
import { adminLimits, figureLimits, supervisorLimits } from '#config/limits';
import type { Config } from '#config/schema';
import { readVersion } from '#config/version';
import type { StackStatus } from './control.ts';
import type { Journal } from './journal.ts';
import { Ledger, type Said } from './ledger.ts';
import { ChildCounts, stackFigures } from './own-figures.ts';
import { Recent } from './recent.ts';
import type { Fact } from './state.ts';
import type { Observed } from './status.ts';

/** The loop, as far as answers need it. */
export interface Asked {
  readonly journal: Journal;
  reports(timeoutMs: number): Promise<unknown>;
  onFact(listener: (fact: Fact) => void): () => void;
  /** Told what children say of themselves, and asked what they want to know. */
  listen(listener: ChildListener): void;
}

export interface ChildListener {
  onReport(id: string, said: Said): void;
  onEnded(id: string, name: string, used: Pick<Observed, 'cpuSeconds'>): void;
  onAsk(question: Question, since: number): Promise<string>;
}

export class Answers {
  readonly #loop: Asked;
  readonly #status: () => StackStatus;
  readonly #config: () => Config;
  readonly #ledger = new Ledger();
  readonly #counts = new ChildCounts();
  readonly #recent = new Recent();
  readonly #history: PastPoint[] = [];
  #version = '';
  #asking: Promise<unknown> | undefined;
  #askedAt = -Infinity; // when what is known was
  #merged: readonly Family[] | undefined; // until somebody reports again
  #costMs = 0; // of the last answer: with ten thousand routes it is half a second
  #polling: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(loop: Asked, status: () => StackStatus, config: () => Config) {
    this.#loop = loop;
    this.#status = status;
    this.#config = config;
    loop.journal.onLine((line) => this.#recent.hear(line));
    loop.onFact((fact) => this.#hear(fact));
    loop.listen({
      onReport: (id, said) => {
        this.#ledger.heard(id, said);
        this.#merged = undefined;
      },
      onEnded: (id, name, { cpuSeconds }) => {
        this.#ledger.ended(id);
        this.#merged = undefined;
        this.#counts.ended(name, cpuSeconds);
      },
      onAsk: (question, since) => this.answer(question, since),
    });
    this.#pollSoon();
  }

  async answer(question: Question, since = 0): Promise<string> {
    const isFresh = question !== 'config';
    if (isFresh) await this.#ask(question === 'readiness' ? figureLimits.readinessMs : figureLimits.freshMs);
    this.#version ||= await readVersion();
    const began = performance.now();
    const text = answer(question, this.#known(), since);
    if (isFresh) this.#costMs = performance.now() - began;
    return text;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#polling);
  }

  #hear(fact: Fact): void {
    this.#counts.hear(fact);
    if (fact.type === 'change-ended')
      this.#counts.forgetAllBut(new Set(this.#status().children.map(({ name }) => name)));
  }

  /** At most as old as that, or as makes answering a tenth of our time; who comes while children are being asked waits for the same answers. */
  async #ask(oldestMs: number): Promise<void> {
    if (performance.now() - this.#askedAt <= Math.max(oldestMs, figureLimits.answerTimeFactor * this.#costMs)) return;
    this.#asking ??= this.#askNow();
    await this.#asking;
  }

  async #askNow(): Promise<void> {
    const began = performance.now();
    await this.#loop.reports(supervisorLimits.reportMs);
    this.#askedAt = began;
    this.#asking = undefined;
  }

  #known(): Known {
    const status = this.#status();
    const config = this.#config();
    this.#merged ??= this.#ledger.figures();
    const reported = this.#merged;
    const { phase, children } = status;
    const ready = obstaclesOf({ phase, children, config, figures: reported }).length === 0;
    return {
      at: Date.now(),
      version: this.#version,
      config,
      figures: [...stackFigures(status, this.#counts, { version: this.#version, ready }), ...reported],
      status: { ...status, children: status.children.map((child) => ({ ...child })) },
      events: this.#recent.events,
      refusals: this.#ledger.refusals(),
      history: this.#history,
    };
  }

  /** What was counted is known even of a process that is killed, up to the last poll. Long reports are asked for less often. */
  #pollSoon(): void {
    if (this.#isClosed) return;
    const { pollMs, pollPerCharacterMs } = figureLimits;
    const delayMs = pollMs + pollPerCharacterMs * this.#ledger.charactersMost;
    this.#polling = setTimeout(() => void this.#poll(), delayMs).unref();
  }

  async #poll(): Promise<void> {
    await this.#ask(figureLimits.freshMs);
    this.#remember();
    this.#pollSoon();
  }

  #remember(): void {
    const { requests, byStatus, refusals, bytesOut, inFlight, durations } = trafficOf(this.#known().figures);
    this.#history.push({
      at: Date.now(),
      requests,
      failures: byStatus['5xx'] ?? 0,
      refusals: Object.values(refusals).reduce((all, one) => all + one, 0),
      bytesOut,
      inFlight,
      counts: durations.counts,
    });
    if (this.#history.length > adminLimits.historyMax) this.#history.shift();
  }
}

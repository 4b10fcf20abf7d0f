// Where the admin side has its answers from. Under a supervisor: from it, over the worker's channel, so that an answer is
// about the whole stack whichever worker gives it. In a proxy that runs alone: from its own figures. An answer that does
// not come in time is `undefined`: the supervisor is gone, and nobody here knows more than this worker.

import { hearSupervisor, tellSupervisor } from '#config/child-side';
import { answer, type Question } from '#config/figures/answers';
import { gauge } from '#config/figures/family';
import { figureLimits } from '#config/limits';
import { readVersion } from '#config/version';
import type { Worker } from '../worker.ts';
import { figuresOf } from './figures.ts';

export interface Source {
  /** `since`: of events, those that came after this one. */
  ask(question: Question, since?: number): Promise<string | undefined>;
}

export class SupervisorSource implements Source {
  readonly #waiting = new Map<number, (text: string) => void>();
  #asked = 0;

  constructor() {
    hearSupervisor((heard) => {
      if (heard.type === 'answer') this.#waiting.get(heard.id)?.(heard.text);
    });
  }

  async ask(question: Question, since = 0): Promise<string | undefined> {
    if (!process.connected || this.#waiting.size >= figureLimits.asksMax) return undefined;
    this.#asked += 1;
    const id = this.#asked;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const timer = setTimeout(() => resolve(undefined), figureLimits.askMs);
    this.#waiting.set(id, resolve);
    void tellSupervisor({ type: 'ask', id, question, since });
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(id);
    });
  }
}

/** A proxy alone is a stack of one worker, without events and without a past. */
export class OwnSource implements Source {
  readonly #worker: Worker;
  readonly #startedAt = Date.now();

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  async ask(question: Question): Promise<string> {
    const { config, isDraining, refusalSample } = this.#worker;
    const version = await readVersion();
    const build = gauge(
      'sentinel_build_info',
      'What runs here.',
      ['version', 'node'],
      [[[version, process.version], 1]],
    );
    const state = isDraining ? 'stopping' : 'ready';
    const self = {
      name: 'proxy',
      kind: 'worker' as const,
      role: 'current',
      state,
      pid: process.pid,
      since: this.#startedAt,
    };
    const phase = isDraining ? 'stopping' : 'running';
    return answer(question, {
      at: Date.now(),
      version,
      config,
      figures: [build, ...figuresOf(this.#worker)],
      status: { phase, pid: process.pid, startedAt: this.#startedAt, children: [self] },
      events: [],
      refusals: refusalSample.seen,
      history: [],
    });
  }
}

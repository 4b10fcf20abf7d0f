// Transcripts for the supervisor's policy: events go in, actions come out, and time passes only when told to.
//
//   playbook(plan).tell(exited('waf', 1)).expect('tell child-exited waf', 'schedule waf restart 200').advance(200).expect('spawn waf', …)
//
// An action is written as a short line. Timers that were scheduled fire in `advance`, in their order.

import assert from 'node:assert/strict';
import type { AgentSpec, ChildSpec, Plan, WorkerSpec } from '../../stack/plan.ts';
import {
  type Action,
  type Child,
  type Event,
  type Exit,
  type Fact,
  initialState,
  type State,
} from '../../stack/state.ts';
import { decide } from '../../stack/supervisor.ts';

export function playbook(children: readonly ChildSpec[], { shutdownMs = 30_000, chance = 0 } = {}): Playbook {
  return new Playbook(planOf(children, shutdownMs), chance);
}

export function planOf(children: readonly ChildSpec[], shutdownMs = 30_000): Plan {
  const workers = children.filter(({ kind }) => kind === 'worker').length;
  return {
    children,
    external: [],
    listening: { http: ['127.0.0.1:8080'] },
    generations: new Map(),
    socketSets: workers,
    shutdownMs,
    strangerGraceMs: 1000,
  };
}

interface Due {
  readonly at: number;
  readonly event: Event & { type: 'timer' };
}

export class Playbook {
  readonly #chance: number;
  #state: State;
  #now = 1000;
  #due: Due[] = [];
  #done: Action[] = [];
  readonly facts: Fact[] = [];

  constructor(plan: Plan, chance: number) {
    this.#chance = chance;
    this.#state = initialState(plan, this.#now);
  }

  tell(...events: Event[]): this {
    for (const event of events) this.#feed(event);
    return this;
  }

  /** Exactly these actions since the last time. */
  expect(...lines: string[]): this {
    assert.deepEqual(this.#done.map(asLine), lines);
    this.#done = [];
    return this;
  }

  /** For the parts of a story that another test tells. */
  skip(): this {
    this.#done = [];
    return this;
  }

  advance(ms: number): this {
    const until = this.#now + ms;
    for (let next = this.#soonest(until); next !== undefined; next = this.#soonest(until)) {
      this.#due = this.#due.filter((due) => due !== next);
      this.#now = next.at;
      this.#feed(next.event);
    }
    this.#now = until;
    return this;
  }

  phase(child: string): string | undefined {
    return this.#state.children.get(child)?.phase;
  }

  /** By id: `proxy/1`, or `proxy/1+2` for one that took its place. */
  child(id: string): Child | undefined {
    return this.#state.children.get(id);
  }

  get state(): State {
    return this.#state;
  }

  #soonest(until: number): Due | undefined {
    return this.#due.filter(({ at }) => at <= until).toSorted((one, other) => one.at - other.at)[0];
  }

  #feed(event: Event): void {
    const { state, actions } = decide(this.#state, event, this.#now, this.#chance);
    this.#state = state;
    for (const action of actions) this.#note(action);
  }

  #note(action: Action): void {
    this.#done.push(action);
    if (action.type === 'tell') this.facts.push(action.fact);
    if (action.type === 'cancel') this.#due = this.#due.filter(({ event }) => event.child !== action.child);
    if (action.type !== 'schedule') return;
    const { child, timer, ms } = action;
    this.#due = this.#due.filter(({ event }) => event.child !== child || event.timer !== timer);
    this.#due.push({ at: this.#now + ms, event: { type: 'timer', child, timer } });
  }
}

function asLine(action: Action): string {
  switch (action.type) {
    case 'spawn':
    case 'load':
    case 'let-go':
      return `${action.type} ${action.child}`;
    case 'schedule':
      return `schedule ${action.child} ${action.timer} ${action.ms}`;
    case 'cancel':
      return `cancel ${action.child}`;
    case 'stop':
      return `stop ${action.child} ${action.drainMs}`;
    case 'cover':
      return `cover ${action.worker} by ${action.child}`;
    case 'kill':
      return `kill ${action.child}`;
    case 'settle-sockets':
      return `settle-sockets ${action.taken ? 'taken' : 'not taken'}`;
    case 'hurry':
    case 'close-sockets':
      return action.type;
    case 'tell':
      return `tell ${action.fact.type}${'child' in action.fact ? ` ${action.fact.child}` : ''}`;
    case 'end':
      return `end ${action.code}`;
  }
}

export const begin: Event = { type: 'begin' };
export const stop: Event = { type: 'stop', reason: 'SIGINT' };

export function ready(child: string): Event {
  return { type: 'ready', child, detail: '' };
}

export function exited(child: string, code: number | null, how: Partial<Exit> = {}): Event {
  const signal = code === null ? 'SIGKILL' : null;
  return { type: 'exited', child, exit: { code, signal, killed: false, notStarted: undefined, ...how } };
}

export function agent(name: string, changes: Partial<AgentSpec> = {}): AgentSpec {
  return {
    kind: 'agent',
    offer: undefined,
    config: undefined,
    hasOthers: false,
    name,
    program: 'agent',
    args: [],
    env: {},
    failureMode: 'closed',
    isStranger: false,
    socketPath: `/run/${name}.sock`,
    after: [],
    startupMs: 10_000,
    restart: restartsMost(10),
    ...care,
    ...changes,
  };
}

export function worker(number: number, changes: Partial<WorkerSpec> = {}): WorkerSpec {
  return {
    kind: 'worker',
    name: `proxy/${number}`,
    worker: number,
    config: '{}',
    sockets: [],
    ticketSecret: 'secret',
    isStranger: false,
    program: 'proxy',
    args: [],
    env: {},
    startupMs: 10_000,
    restart: restartsMost(Number.POSITIVE_INFINITY),
    ...care,
    ...changes,
  };
}

const care = {
  workingDirectory: undefined,
  account: undefined,
  liveness: { intervalMs: 2000, missesMax: 3 },
  memoryBytesMax: undefined,
} as const;

function restartsMost(restartsMax: number): AgentSpec['restart'] {
  return { when: 'always', delayMs: 200, delayMaxMs: 30_000, restartsMax, windowMs: 60_000, failedRetryMs: 60_000 };
}

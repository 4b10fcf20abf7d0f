// A state in the making: each change is one small word here, and collects the action that goes with it. What two parts of
// the policy need to say about a child stands here too. It refuses to decide when: supervisor.ts and replace.ts do.

import assert from 'node:assert/strict';
import { supervisorLimits } from '#config/limits';
import type { ExitCode } from './command.ts';
import type { ChildSpec } from './plan.ts';
import {
  type Action,
  type Change,
  type Child,
  type Decision,
  type Fact,
  newChild,
  type StartFailure,
  type State,
  type Timer,
} from './state.ts';

export class Draft {
  readonly now: number;
  readonly killed: string[];
  connections: number;
  cut: number;
  readonly #state: State;
  readonly #children: Map<string, Child>;
  readonly #actions: Action[] = [];
  phase: State['phase'];
  since: number;
  startedMs: number | undefined;
  plan: State['plan'];
  change: Change | undefined;
  failure: StartFailure | undefined;
  hurried: boolean;
  #replacements: number;

  constructor(state: State, now: number) {
    this.now = now;
    this.#state = state;
    this.#children = new Map(state.children);
    this.killed = [...state.killed];
    this.connections = state.connections;
    this.cut = state.cut;
    this.phase = state.phase;
    this.since = state.since;
    this.startedMs = state.startedMs;
    this.plan = state.plan;
    this.change = state.change;
    this.failure = state.failure;
    this.hurried = state.hurried;
    this.#replacements = state.replacements;
  }

  decision(): Decision {
    const { phase, since, startedMs, plan, change, failure, hurried, killed, connections, cut } = this;
    const own = { phase, since, startedMs, plan, change, failure, hurried, killed, connections, cut };
    const state = { ...this.#state, ...own, children: this.#children, replacements: this.#replacements };
    return { state, actions: this.#actions };
  }

  child(id: string): Child {
    const child = this.#children.get(id);
    assert(child !== undefined, `an event names a child that there is: ${id}`);
    return child;
  }

  has(id: string): boolean {
    return this.#children.has(id);
  }

  /** All, those that come and leave too. */
  children(kind?: ChildSpec['kind']): Child[] {
    return [...this.#children.values()].filter(({ spec }) => kind === undefined || spec.kind === kind);
  }

  /** The one of that name which is, and not the one which comes or leaves. */
  current(name: string): Child | undefined {
    return this.children().find((child) => child.role === 'current' && child.spec.name === name);
  }

  coming(name: string): Child | undefined {
    return this.children().find((child) => child.role === 'coming' && child.spec.name === name);
  }

  add(spec: ChildSpec, role: Child['role']): Child {
    this.#replacements += 1;
    const id = this.#children.has(spec.name) || role === 'coming' ? `${spec.name}+${this.#replacements}` : spec.name;
    const child = { ...newChild(id, spec, this.now), role };
    this.#children.set(id, child);
    return child;
  }

  remove(id: string): void {
    this.cancel(id);
    this.#children.delete(id);
  }

  update(id: string, changes: Partial<Child>): void {
    this.#children.set(id, { ...this.child(id), ...changes });
  }

  become(id: string, phase: Child['phase'], changes: Partial<Child> = {}): void {
    this.update(id, { ...changes, phase, since: this.now });
  }

  enter(phase: State['phase']): void {
    this.phase = phase;
    this.since = this.now;
  }

  /** A process for it. It has its time to become ready, unless that runs already. */
  start(child: Child, deadlineRuns = false): void {
    const { id } = child;
    this.#actions.push({ type: 'spawn', child: id });
    this.#begin(child, deadlineRuns);
  }

  /** A process that reads its code meanwhile; its time to become ready begins when it is let go. */
  load({ id }: Child): void {
    this.#actions.push({ type: 'load', child: id });
    this.become(id, 'loading');
  }

  letGo(child: Child): void {
    this.#actions.push({ type: 'let-go', child: child.id });
    this.#begin(child, false);
  }

  #begin({ id, spec }: Child, deadlineRuns: boolean): void {
    if (!deadlineRuns) this.schedule(id, 'ready', spec.startupMs);
    const fresh = { problem: undefined, slow: false, silentMs: undefined, dueAt: undefined, then: undefined };
    this.become(id, 'starting', fresh);
  }

  schedule(child: string, timer: Timer, ms: number): void {
    this.#actions.push({ type: 'schedule', child, timer, ms });
  }

  cancel(child: string): void {
    this.#actions.push({ type: 'cancel', child });
  }

  stop(child: string, drainMs: number): void {
    this.#actions.push({ type: 'stop', child, drainMs });
    this.become(child, 'stopping');
  }

  kill(child: string): void {
    this.#actions.push({ type: 'kill', child });
  }

  cover(child: string, worker: number): void {
    this.#actions.push({ type: 'cover', child, worker });
  }

  hurry(): void {
    this.hurried = true;
    this.#actions.push({ type: 'hurry' });
  }

  closeSockets(): void {
    this.#actions.push({ type: 'close-sockets' });
  }

  settleSockets(taken: boolean): void {
    this.#actions.push({ type: 'settle-sockets', taken });
  }

  tell(fact: Fact): void {
    this.#actions.push({ type: 'tell', fact });
  }

  failed(failure: StartFailure): void {
    this.failure = failure;
    this.tell({ type: 'start-failed', failure });
  }

  end(code: ExitCode): void {
    this.#actions.push({ type: 'end', code });
    this.enter('ended');
  }

  drainMs(kind: ChildSpec['kind']): number {
    if (this.hurried || this.failure !== undefined) return 0;
    const { shutdownMs } = this.plan;
    if (kind === 'worker') return shutdownMs + supervisorLimits.drainMarginMs;
    return Math.min(shutdownMs, supervisorLimits.agentDrainMaxMs);
  }
}

export function isUp({ phase }: Child): boolean {
  return phase === 'loading' || phase === 'starting' || phase === 'ready';
}

export function isOpen({ spec }: Child): boolean {
  return spec.kind === 'agent' && spec.failureMode === 'open';
}

export function failureOf({ spec, lastExit, problem }: Child, afterMs: number | undefined): StartFailure {
  return { child: spec.name, kind: spec.kind, exit: lastExit, problem, afterMs };
}

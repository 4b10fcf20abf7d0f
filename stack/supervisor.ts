// The whole policy: decide(state, event, now, chance) -> the next state and what to do. READ run.ts FIRST; it performs.
// Pure, so that every story (an agent that dies at start, a second Ctrl-C) is a transcript in a test, without a clock.
// Order of a start: all agents at once; when each is ready or may be missing (fail-open), all workers. Order of a stop:
// the sockets, so that nobody connects any more; workers; and when no exchange can ask any more, agents.
// It refuses to know what a process, a signal or a socket is, and what people are told in which words.

import assert from 'node:assert/strict';
import { supervisorLimits } from '#config/limits';
import { type ExitCode, exitCodes } from './command.ts';
import type { ChildSpec, Listening, Plan } from './plan.ts';
import { nextRestart, type Verdict } from './restart.ts';

/** How a process ended, as far as the system tells. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly killed: boolean; // by us, because it did not stop
  readonly notStarted: string | undefined; // why it could not even be started
}

export type Timer = 'ready' | 'restart';
export type StopReason = 'SIGINT' | 'SIGTERM';

export type Event =
  | { readonly type: 'begin' }
  | { readonly type: 'ready'; readonly child: string; readonly detail: string }
  | { readonly type: 'problem'; readonly child: string; readonly code: string; readonly what: string }
  | { readonly type: 'exited'; readonly child: string; readonly exit: Exit }
  | { readonly type: 'timer'; readonly child: string; readonly timer: Timer }
  | { readonly type: 'stop'; readonly reason: StopReason };

export type Action =
  | { readonly type: 'spawn'; readonly child: string }
  | { readonly type: 'schedule'; readonly child: string; readonly timer: Timer; readonly ms: number }
  | { readonly type: 'cancel'; readonly child: string }
  | { readonly type: 'stop'; readonly child: string; readonly drainMs: number }
  | { readonly type: 'cover'; readonly child: string; readonly worker: number }
  | { readonly type: 'hurry' }
  | { readonly type: 'close-sockets' }
  | { readonly type: 'tell'; readonly fact: Fact }
  | { readonly type: 'end'; readonly code: ExitCode };

/** Why a start did not succeed. */
export interface StartFailure {
  readonly child: string;
  readonly kind: ChildSpec['kind'];
  readonly exit: Exit | undefined; // of the last time it ended, if it did
  readonly problem: ChildProblem | undefined;
  readonly afterMs: number | undefined; // it had this long; undefined: it ended before, for good
}

export interface ChildProblem {
  readonly code: string;
  readonly what: string;
}

/** Everything worth telling, as facts; words.ts has the words. */
export type Fact =
  | {
      readonly type: 'child-ready';
      readonly child: string;
      readonly detail: string;
      readonly ms: number;
      readonly again: boolean;
    }
  | { readonly type: 'child-missing'; readonly child: string } // the start goes on without it
  | {
      readonly type: 'child-exited';
      readonly child: string;
      readonly exit: Exit;
      readonly problem: ChildProblem | undefined;
      readonly uptimeMs: number;
      readonly slowMs: number | undefined; // we ended it: it was not ready after this long
      readonly verdict: Verdict | undefined; // undefined: the stack is stopping
      readonly failureMode: 'open' | 'closed' | undefined;
    }
  | {
      readonly type: 'stack-ready';
      readonly listening: Listening;
      readonly missing: readonly string[];
      readonly ms: number;
    }
  | { readonly type: 'start-failed'; readonly failure: StartFailure }
  | { readonly type: 'stack-stopping'; readonly reason: StopReason; readonly hurried: boolean }
  | { readonly type: 'stack-stopped'; readonly ms: number; readonly killed: readonly string[] };

export interface Child {
  readonly spec: ChildSpec;
  /** current: the one of its name · coming: started to take its place · leaving: its place was taken, it drains */
  readonly role: 'current' | 'coming' | 'leaving';
  /** waiting: never started · stopping: asked to stop, still there · failed: restarted rarely · stopped: stays down */
  readonly phase: 'waiting' | 'starting' | 'ready' | 'stopping' | 'backoff' | 'failed' | 'stopped';
  readonly settled: boolean; // was ready once, or the start goes on without it
  readonly since: number; // of the phase
  readonly score: number; // see restart.ts
  readonly problem: ChildProblem | undefined; // what it said before it ended
  readonly lastExit: Exit | undefined;
  readonly slow: boolean; // asked to stop because it was not ready in time
}

export interface State {
  readonly phase: 'new' | 'starting' | 'running' | 'stopping' | 'ended';
  readonly since: number;
  readonly children: ReadonlyMap<string, Child>; // in start order
  readonly listening: Listening;
  readonly shutdownMs: number;
  readonly failure: StartFailure | undefined;
  readonly hurried: boolean;
  readonly killed: readonly string[];
}

export interface Decision {
  readonly state: State;
  readonly actions: readonly Action[];
}

export function initialState(plan: Plan, now: number): State {
  const children = plan.children.map((spec): [string, Child] => [
    spec.name,
    {
      spec,
      role: 'current',
      phase: 'waiting',
      settled: false,
      since: now,
      score: 0,
      problem: undefined,
      lastExit: undefined,
      slow: false,
    },
  ]);
  return {
    phase: 'new',
    since: now,
    children: new Map(children),
    listening: plan.listening,
    shutdownMs: plan.shutdownMs,
    failure: undefined,
    hurried: false,
    killed: [],
  };
}

export function decide(state: State, event: Event, now: number, chance: number): Decision {
  const draft = new Draft(state, now);
  react(draft, event, chance);
  if (draft.phase === 'starting') continueStart(draft);
  if (draft.phase === 'stopping') continueStop(draft);
  return draft.decision();
}

function react(draft: Draft, event: Event, chance: number): void {
  if (event.type === 'begin') draft.enter('starting');
  else if (event.type === 'stop') onStop(draft, event.reason);
  else if (event.type === 'problem') draft.change(event.child, { problem: { code: event.code, what: event.what } });
  else if (event.type === 'ready') onReady(draft, draft.child(event.child), event.detail);
  else if (event.type === 'exited') onExited(draft, draft.child(event.child), event.exit, chance);
  else if (event.timer === 'ready') onSlow(draft, draft.child(event.child));
  else onRestart(draft, draft.child(event.child));
}

function onReady(draft: Draft, child: Child, detail: string): void {
  if (child.phase !== 'starting') return; // it was asked to stop meanwhile
  const { name } = child.spec;
  const ms = draft.now - child.since;
  draft.cancel(name);
  draft.tell({ type: 'child-ready', child: name, detail, ms, again: child.settled });
  draft.become(name, 'ready', { settled: true });
  coverOthers(draft, draft.child(name));
}

/** A worker that came up serves the sockets of those that are down, too. */
function coverOthers(draft: Draft, { spec }: Child): void {
  if (spec.kind !== 'worker') return;
  for (const { phase, spec: other } of draft.children())
    if (other.kind === 'worker' && (phase === 'backoff' || phase === 'failed')) draft.cover(spec.name, other.worker);
}

function onExited(draft: Draft, child: Child, exit: Exit, chance: number): void {
  const { spec } = child;
  const uptimeMs = child.phase === 'ready' ? draft.now - child.since : 0;
  draft.change(spec.name, { lastExit: exit });
  if (draft.phase === 'stopping') onExitedWhileStopping(draft, child, exit, uptimeMs);
  else {
    const ended = { clean: exit.code === 0, uptimeMs };
    const { score, verdict } = nextRestart(spec.restart, child.score, ended, chance);
    const isFatal = holdsStart(draft, child) && (spec.kind === 'worker' || verdict.next !== 'restart');
    if (isFatal) {
      draft.become(spec.name, 'stopped');
      failStart(draft, draft.child(spec.name), undefined);
    } else settleBack(draft, child, exit, { score, verdict, uptimeMs });
  }
}

interface Settlement {
  readonly score: number;
  readonly verdict: Verdict;
  readonly uptimeMs: number;
}

function settleBack(draft: Draft, child: Child, exit: Exit, { score, verdict, uptimeMs }: Settlement): void {
  const { problem, spec } = child;
  const { name } = spec;
  // A child that holds the start keeps its deadline across restarts: the start waits so long for it and no longer.
  if (!holdsStart(draft, child)) draft.cancel(name);
  const failureMode = spec.kind === 'agent' ? spec.failureMode : undefined;
  const slowMs = child.slow ? spec.startupMs : undefined;
  draft.tell({ type: 'child-exited', child: name, exit, problem, uptimeMs, slowMs, verdict, failureMode });
  if (isOpen(child) && !child.settled) goOnWithout(draft, name);
  if (verdict.next !== 'leave') draft.schedule(name, 'restart', verdict.delayMs);
  draft.become(name, phaseAfter[verdict.next], { score });
  if (spec.kind === 'worker') coverFor(draft, spec.worker);
}

/** Those that are up serve its sockets, too, until they end themselves: connections do not wait for its return. */
function coverFor(draft: Draft, worker: number): void {
  for (const { phase, spec } of draft.children('worker')) if (phase === 'ready') draft.cover(spec.name, worker);
}

const phaseAfter = { restart: 'backoff', failed: 'failed', leave: 'stopped' } as const;

/** True for a child that the start cannot do without, and that has not been ready yet. */
function holdsStart(draft: Draft, child: Child): boolean {
  return draft.phase === 'starting' && !child.settled && !isOpen(child);
}

function isOpen({ spec }: Child): boolean {
  return spec.kind === 'agent' && spec.failureMode === 'open';
}

function goOnWithout(draft: Draft, name: string): void {
  draft.change(name, { settled: true });
  draft.tell({ type: 'child-missing', child: name });
}

function onExitedWhileStopping(draft: Draft, child: Child, exit: Exit, uptimeMs: number): void {
  const { name } = child.spec;
  if (exit.killed) draft.killed.push(name);
  const asWanted = exit.code === 0 || exit.killed || exit.signal === 'SIGTERM';
  const { failure } = draft;
  // With the failure of the start, which all workers may have for the same reason.
  const told =
    failure?.child === name || (failure?.problem !== undefined && failure.problem.what === child.problem?.what);
  if (!asWanted && !told) {
    const { problem } = child;
    draft.tell({
      type: 'child-exited',
      child: name,
      exit,
      problem,
      uptimeMs,
      slowMs: undefined,
      verdict: undefined,
      failureMode: undefined,
    });
  }
  draft.become(name, 'stopped');
}

/** Not ready in time. A stack that runs stops the process and tries again; one that starts may fail of it. */
function onSlow(draft: Draft, child: Child): void {
  if (holdsStart(draft, child)) failStart(draft, child, child.spec.startupMs);
  else if (child.phase === 'starting') stopSlow(draft, child);
}

function stopSlow(draft: Draft, child: Child): void {
  const { name } = child.spec;
  draft.change(name, { slow: true });
  if (!child.settled) goOnWithout(draft, name);
  draft.stop(name, 0);
}

function onRestart(draft: Draft, child: Child): void {
  if (child.phase === 'backoff' || child.phase === 'failed') start(draft, child);
}

function onStop(draft: Draft, reason: StopReason): void {
  const again = draft.phase === 'stopping';
  if (again && draft.hurried) return;
  draft.tell({ type: 'stack-stopping', reason, hurried: again });
  if (again) draft.hurry();
  else beginStop(draft);
}

function failStart(draft: Draft, child: Child, afterMs: number | undefined): void {
  const { name, kind } = child.spec;
  draft.failed({ child: name, kind, exit: child.lastExit, problem: child.problem, afterMs });
  beginStop(draft);
}

function beginStop(draft: Draft): void {
  for (const { spec, phase } of draft.children()) {
    draft.cancel(spec.name);
    if (phase === 'waiting' || phase === 'backoff' || phase === 'failed') draft.become(spec.name, 'stopped');
  }
  draft.closeSockets();
  draft.enter('stopping');
}

/** Whatever happened: is there now a next step of the start to take? */
function continueStart(draft: Draft): void {
  const agents = draft.children('agent');
  const workers = draft.children('worker');
  for (const agent of agents) if (agent.phase === 'waiting') start(draft, agent);
  if (!agents.every(({ settled }) => settled)) return;
  for (const worker of workers) if (worker.phase === 'waiting') start(draft, worker);
  if (!workers.every(({ settled }) => settled)) return;
  const missing = agents.filter(({ phase }) => phase !== 'ready').map(({ spec }) => spec.name);
  draft.tell({ type: 'stack-ready', listening: draft.listening(), missing, ms: draft.now - draft.since });
  draft.enter('running');
}

function start(draft: Draft, child: Child): void {
  const { name, startupMs } = child.spec;
  draft.spawn(name);
  const deadlineRuns = holdsStart(draft, child) && child.phase !== 'waiting';
  if (!deadlineRuns) draft.schedule(name, 'ready', startupMs);
  draft.become(name, 'starting', { problem: undefined, slow: false });
}

/** Workers first; agents when no worker is left to ask them, or at once in a hurry. */
function continueStop(draft: Draft): void {
  const gone = ({ phase }: Child) => phase === 'stopped';
  for (const { spec, phase } of draft.children('worker')) if (isUp(phase)) draft.stop(spec.name, draft.workerDrainMs());
  if (draft.children('worker').every(gone) || draft.hurried) {
    for (const { spec, phase } of draft.children('agent')) if (isUp(phase)) draft.stop(spec.name, draft.agentDrainMs());
  }
  if (!draft.children().every(gone)) return;
  draft.tell({ type: 'stack-stopped', ms: draft.now - draft.since, killed: draft.killed });
  const code =
    draft.failure !== undefined ? exitCodes.notStarted : draft.killed.length > 0 ? exitCodes.killed : exitCodes.done;
  draft.end(code);
}

function isUp(phase: Child['phase']): boolean {
  return phase === 'starting' || phase === 'ready';
}

/** A state in the making: each change is one small word here, and collects the action that goes with it. */
class Draft {
  readonly now: number;
  readonly killed: string[];
  readonly #state: State;
  readonly #children: Map<string, Child>;
  readonly #actions: Action[] = [];
  phase: State['phase'];
  since: number;
  failure: StartFailure | undefined;
  hurried: boolean;

  constructor(state: State, now: number) {
    this.now = now;
    this.#state = state;
    this.#children = new Map(state.children);
    this.killed = [...state.killed];
    this.phase = state.phase;
    this.since = state.since;
    this.failure = state.failure;
    this.hurried = state.hurried;
  }

  decision(): Decision {
    const { phase, since, failure, hurried, killed } = this;
    const children = this.#children;
    return {
      state: { ...this.#state, phase, since, children, failure, hurried, killed },
      actions: this.#actions,
    };
  }

  child(name: string): Child {
    const child = this.#children.get(name);
    assert(child !== undefined, `an event names a child of the plan: ${name}`);
    return child;
  }

  children(kind?: ChildSpec['kind']): Child[] {
    return [...this.#children.values()].filter(({ spec }) => kind === undefined || spec.kind === kind);
  }

  change(name: string, changes: Partial<Child>): void {
    this.#children.set(name, { ...this.child(name), ...changes });
  }

  become(name: string, phase: Child['phase'], changes: Partial<Child> = {}): void {
    this.change(name, { ...changes, phase, since: this.now });
  }

  enter(phase: State['phase']): void {
    this.phase = phase;
    this.since = this.now;
  }

  listening(): Listening {
    return this.#state.listening;
  }

  spawn(child: string): void {
    this.#actions.push({ type: 'spawn', child });
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

  workerDrainMs(): number {
    return this.hurried || this.failure !== undefined ? 0 : this.#state.shutdownMs + supervisorLimits.drainMarginMs;
  }

  agentDrainMs(): number {
    return this.hurried || this.failure !== undefined
      ? 0
      : Math.min(this.#state.shutdownMs, supervisorLimits.agentDrainMaxMs);
  }
}

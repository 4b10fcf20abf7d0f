// What the policy works with: the state, the events that change it, the actions that come out, and the facts worth
// telling. Only shapes, and the state before the first event. A child is known by an id: its name, or, where it was
// started to take the place of another of its name, the name and a number.

import type { ExitCode } from './command.ts';
import type { Complaint } from './complain.ts';
import type { ChildSpec, Listening, Plan } from './plan.ts';
import type { Verdict } from './restart.ts';

/** How a process ended, as far as the system tells. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly killed: boolean; // by us, because it did not stop
  readonly notStarted: string | undefined; // why it could not even be started
}

export type Timer = 'ready' | 'restart';
export type StopReason = 'SIGINT' | 'SIGTERM' | 'asked';

/** `child` is an id, `name` a name. */
export type Event =
  | { readonly type: 'begin' }
  | { readonly type: 'ready'; readonly child: string; readonly detail: string }
  | { readonly type: 'problem'; readonly child: string; readonly code: string; readonly what: string }
  | { readonly type: 'drained'; readonly child: string; readonly connections: number; readonly cut: number }
  | { readonly type: 'exited'; readonly child: string; readonly exit: Exit }
  | { readonly type: 'silent'; readonly child: string; readonly ms: number } // it answers no pings
  | { readonly type: 'too-big'; readonly child: string; readonly bytes: number }
  | { readonly type: 'timer'; readonly child: string; readonly timer: Timer }
  | { readonly type: 'reload'; readonly plan: Plan }
  | { readonly type: 'restart'; readonly names: readonly string[] }
  | { readonly type: 'stop-child'; readonly name: string }
  | { readonly type: 'start-child'; readonly name: string }
  | { readonly type: 'stop'; readonly reason: StopReason };

export type Action =
  | { readonly type: 'spawn'; readonly child: string }
  | { readonly type: 'load'; readonly child: string } // a process that reads its code, and is told nothing yet
  | { readonly type: 'let-go'; readonly child: string } // it is told now
  | { readonly type: 'schedule'; readonly child: string; readonly timer: Timer; readonly ms: number }
  | { readonly type: 'cancel'; readonly child: string }
  | { readonly type: 'stop'; readonly child: string; readonly drainMs: number }
  | { readonly type: 'kill'; readonly child: string }
  | { readonly type: 'cover'; readonly child: string; readonly worker: number }
  | { readonly type: 'hurry' }
  | { readonly type: 'close-sockets' }
  /** Of the sockets of two plans, those of the one that was not taken are closed. */
  | { readonly type: 'settle-sockets'; readonly taken: boolean }
  | { readonly type: 'tell'; readonly fact: Fact }
  | { readonly type: 'end'; readonly code: ExitCode };

/** Why a child did not come up that had to. */
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

/** Everything worth telling, as facts; words.ts has the words. `child` is a name. */
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
      readonly silentMs: number | undefined; // we killed it: it answered no pings for so long
      readonly verdict: Verdict | undefined; // undefined: it was to end
      readonly failureMode: 'open' | 'closed' | undefined;
    }
  | { readonly type: 'child-too-big'; readonly child: string; readonly bytes: number; readonly bytesMax: number }
  | { readonly type: 'child-stopped'; readonly child: string } // by hand
  | { readonly type: 'child-not-replaced'; readonly failure: StartFailure } // the old one stays
  | {
      readonly type: 'stack-ready';
      readonly listening: Listening;
      readonly missing: readonly string[];
      readonly ms: number;
    }
  | { readonly type: 'start-failed'; readonly failure: StartFailure }
  | {
      readonly type: 'change-ended';
      readonly change: 'reload' | 'restart';
      readonly outcome: 'applied' | 'rolled-back';
      readonly replaced: readonly string[]; // the children of which a new process runs
      readonly removed: readonly string[];
      readonly ms: number;
      readonly failure: StartFailure | undefined;
    }
  | { readonly type: 'log-failed'; readonly path: string; readonly why: string }
  | { readonly type: 'log-resumed'; readonly path: string; readonly dropped: number }
  | { readonly type: 'reload-began' }
  | { readonly type: 'reload-refused'; readonly complaint: Complaint }
  | {
      readonly type: 'stack-status';
      readonly phase: string;
      readonly children: Readonly<Record<string, string>>;
    }
  | { readonly type: 'stack-stopping'; readonly reason: StopReason; readonly hurried: boolean }
  | {
      readonly type: 'stack-stopped';
      readonly ms: number;
      readonly killed: readonly string[];
      readonly connections: number; // of clients, closed while it stopped
      readonly cut: number; // requests that did not end in time
    };

export interface Child {
  readonly id: string;
  readonly spec: ChildSpec;
  /** current: the one of its name · coming: started to take its place · leaving: its place was taken, it drains */
  readonly role: 'current' | 'coming' | 'leaving';
  /** waiting: never started · loading: reads its code, held back until agents are there · stopping: asked to stop, still there · failed: restarted rarely · stopped: stays down */
  readonly phase: 'waiting' | 'loading' | 'starting' | 'ready' | 'stopping' | 'backoff' | 'failed' | 'stopped';
  readonly settled: boolean; // was ready once, or the start goes on without it
  readonly since: number; // of the phase
  readonly score: number; // see restart.ts
  readonly restarts: number; // by the restart policy
  readonly readyMs: number | undefined; // what its last start took
  readonly dueAt: number | undefined; // of the next try
  readonly problem: ChildProblem | undefined; // what it said before it ended
  readonly lastExit: Exit | undefined;
  readonly lastExitAt: number | undefined;
  readonly slow: boolean; // asked to stop because it was not ready in time
  readonly silentMs: number | undefined; // killed because it answered no pings for so long
  readonly then: 'restart' | 'stay' | undefined; // what was asked to follow its stop; undefined: as the policy says
}

/** A reload or a restart under way: children are replaced one after the other. */
export interface Change {
  readonly kind: 'reload' | 'restart' | 'rollback';
  readonly from: Plan; // to go back to
  readonly to: Plan;
  readonly queue: readonly string[]; // names, agents before workers
  readonly awaited: readonly string[]; // ids that must become ready
  readonly replaced: readonly string[];
  readonly since: number;
  readonly failure: StartFailure | undefined;
}

export interface State {
  readonly phase: 'new' | 'starting' | 'running' | 'stopping' | 'ended';
  readonly since: number;
  readonly startedMs: number | undefined; // how long it took until all was ready
  readonly children: ReadonlyMap<string, Child>; // by id, in start order
  readonly plan: Plan;
  readonly change: Change | undefined;
  readonly replacements: number; // so far: for ids
  readonly failure: StartFailure | undefined;
  readonly hurried: boolean;
  readonly killed: readonly string[];
  readonly connections: number; // closed by workers while the stack stops
  readonly cut: number; // requests likewise
}

export interface Decision {
  readonly state: State;
  readonly actions: readonly Action[];
}

export function initialState(plan: Plan, now: number): State {
  return {
    phase: 'new',
    since: now,
    startedMs: undefined,
    children: new Map(plan.children.map((spec) => [spec.name, newChild(spec.name, spec, now)])),
    plan,
    change: undefined,
    replacements: 0,
    failure: undefined,
    hurried: false,
    killed: [],
    connections: 0,
    cut: 0,
  };
}

export function newChild(id: string, spec: ChildSpec, now: number): Child {
  return {
    id,
    spec,
    role: 'current',
    phase: 'waiting',
    settled: false,
    since: now,
    score: 0,
    restarts: 0,
    readyMs: undefined,
    dueAt: undefined,
    problem: undefined,
    lastExit: undefined,
    lastExitAt: undefined,
    slow: false,
    silentMs: undefined,
    then: undefined,
  };
}

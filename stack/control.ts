// What the running stack offers to whoever operates it: the control socket, the admin side, a signal. Only types: run.ts
// has the one implementation, and everything that serves it (a socket, a page, a screen) is written against this file.
// The shaping decision: reading gives plain data as it is at that moment, and acting gives one outcome, when it is known
// what came of it. It refuses to know HTTP, files and words for people.

import type { Question } from '#config/figures/answers';
import type { ExitCode } from './command.ts';
import type { Complaint } from './complain.ts';
import type { KeptLine, LineQuery } from './journal.ts';
import type { Listening } from './plan.ts';
import type { Child, Exit, Fact, State } from './state.ts';

/** Times are milliseconds since 1970, durations milliseconds. */
export interface StackStatus {
  readonly phase: State['phase'];
  readonly pid: number;
  readonly startedAt: number;
  readonly readyMs: number | undefined; // from the start to the first time that all was ready
  readonly listening: Listening;
  readonly children: readonly ChildStatus[]; // agents, then workers; those that leave stand behind the one that follows
  readonly external: readonly { readonly name: string; readonly socketPath: string }[];
  readonly config: ConfigStatus;
  readonly reloads: Readonly<Record<ReloadResult, number>>;
  readonly changing: 'reload' | 'restart' | 'rollback' | undefined; // under way
}

export interface ConfigStatus {
  readonly file: string | undefined; // undefined: the embedded default
  readonly sha256: string; // of the effective configuration, secrets included
  readonly loadedAt: number;
}

export interface ChildStatus {
  readonly name: string; // `waf`, `proxy/1`
  readonly kind: 'agent' | 'worker';
  /** `coming`: started to take the place of another of its name; `leaving`: its place has been taken, it drains. */
  readonly role: Child['role'];
  readonly state: Child['phase'];
  readonly since: number; // of the state
  readonly pid: number | undefined;
  readonly restarts: number; // by the restart policy, since the stack started
  readonly readyMs: number | undefined; // from its last start to ready
  readonly lastExit: ExitStatus | undefined;
  readonly nextTryAt: number | undefined; // in `backoff` and `failed`
  readonly failureMode: 'open' | 'closed' | undefined; // of agents
  readonly memoryBytes: number | undefined; // resident, at the last sample
  readonly cpuSeconds: number | undefined; // used so far
  readonly cpuShare: number | undefined; // of one core, between the last two samples
}

export interface ExitStatus extends Exit {
  readonly at: number;
  readonly problem: string | undefined; // what it said before it ended
}

export type ReloadResult = 'unchanged' | 'applied' | 'refused' | 'rolled-back';

export type Outcome =
  | { readonly ok: true; readonly result: string; readonly changes: readonly string[]; readonly ms: number }
  | { readonly ok: false; readonly complaint: Complaint; readonly problems: readonly unknown[] }; // as `check --json`

/** What a child of ours says of itself when asked: JSON text, of its own making. */
export interface ChildReport {
  readonly name: string;
  readonly kind: 'agent' | 'worker';
  readonly text: string;
}

export interface StackControl {
  status(): StackStatus;
  /** Oldest first. */
  lines(query: LineQuery): readonly KeptLine[];
  /** Each line as it comes, until the function returned is called. */
  onLine(listener: (line: KeptLine) => void): () => void;
  /** Everything worth telling, as it happens. */
  onFact(listener: (fact: Fact) => void): () => void;
  /** Metrics as text, all else as JSON; the admin side and the control socket give it out as it is. */
  answer(question: Question, since?: number): Promise<string>;
  /** Asks all children of ours that are ready or drain; without those that do not answer in time. */
  reports(timeoutMs: number): Promise<readonly ChildReport[]>;
  reload(): Promise<Outcome>;
  /** A child, `proxy` for all workers, or everything; workers and agents that can are replaced without a gap. */
  restart(name: string | undefined): Promise<Outcome>;
  stop(name: string): Promise<Outcome>;
  start(name: string): Promise<Outcome>;
  drainAndStop(): Promise<ExitCode>;
}

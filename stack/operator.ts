// What operators ask of a running stack, done on top of its loop: each request becomes an event for the policy, and its
// outcome is read from the facts and the state that follow. One change at a time; who comes meanwhile waits for its turn.
// It refuses to serve anybody: a control socket, a page, a signal call it.

import type { Question } from '#config/figures/answers';
import { supervisorLimits } from '#config/limits';
import type { Config } from '#config/schema';
import { Answers, type Asked } from './answers.ts';
import type { ExitCode } from './command.ts';
import type { Complaint } from './complain.ts';
import type { ConfigStatus, Outcome, ReloadResult, StackControl, StackStatus } from './control.ts';
import type { KeptLine, LineQuery } from './journal.ts';
import type { Plan } from './plan.ts';
import type { Noted } from './runtime.ts';
import type { Child, Event, Fact, State } from './state.ts';
import { type Observed, statusOf } from './status.ts';
import { endWords, startFailureComplaint } from './words.ts';

/** What the stack has besides its processes. */
export interface Belongings {
  readonly config: ConfigStatus; // of the plan that was taken last
  readonly running: Config; // likewise
  /** Told what runs, for whoever takes over when we are gone. */
  note(processes: readonly Noted[]): void;
  /** Nobody is to connect any more: the workers close the sockets too, when they drain. */
  closeSockets(): void;
  /** The configuration as it is on the disk now, checked, with all its sockets open. */
  prepare(pids: readonly number[]): Promise<Prepared>;
  /** What came of the plan that was prepared. */
  settle(taken: boolean): void;
  /** Log files are opened anew. */
  reopen(): void;
  /** Serves operators until it is disposed of. */
  serve?(control: StackControl): AsyncDisposable | Promise<AsyncDisposable>;
}

export type Prepared =
  | { readonly ok: true; readonly plan: Plan; readonly changes: readonly string[] }
  | { readonly ok: false; readonly complaint: Complaint; readonly problems: readonly unknown[] };

/** The loop, as far as operators need it. */
export interface Operated extends Asked {
  readonly state: State;
  readonly ended: Promise<ExitCode>;
  post(event: Event): void;
  tell(fact: Fact): void;
  onState(listener: () => void): () => void;
  observe(id: string): Observed;
  pids(): number[];
  lastLines(child: string): readonly string[];
  reports: StackControl['reports'];
}

export class Operator implements StackControl {
  readonly #loop: Operated;
  readonly #belongings: Belongings;
  readonly #startedAt = Date.now();
  readonly #answers: Answers;
  readonly #reloads: Record<ReloadResult, number> = { unchanged: 0, applied: 0, refused: 0, 'rolled-back': 0 };
  #turn: Promise<unknown> = Promise.resolve();
  #reloadsWaiting = 0;

  constructor(loop: Operated, belongings: Belongings) {
    this.#loop = loop;
    this.#belongings = belongings;
    this.#answers = new Answers(
      loop,
      () => this.status(),
      () => belongings.running,
    );
  }

  close(): void {
    this.#answers.close();
  }

  answer(question: Question, since?: number): Promise<string> {
    return this.#answers.answer(question, since);
  }

  status(): StackStatus {
    const clock = { now: performance.now(), today: Date.now() };
    const known = { config: this.#belongings.config, reloads: { ...this.#reloads }, startedAt: this.#startedAt };
    return statusOf(this.#loop.state, (id) => this.#loop.observe(id), clock, known);
  }

  lines(query: LineQuery): readonly KeptLine[] {
    return this.#loop.journal.lines(query);
  }

  onLine(listener: (line: KeptLine) => void): () => void {
    return this.#loop.journal.onLine(listener);
  }

  onFact(listener: (fact: Fact) => void): () => void {
    return this.#loop.onFact(listener);
  }

  reports(timeoutMs: number = supervisorLimits.reportMs): ReturnType<StackControl['reports']> {
    return this.#loop.reports(timeoutMs);
  }

  tellStatus(): void {
    const { phase, children } = this.status();
    const states = Object.fromEntries(
      children.map(({ name, role, state }) => [name, role === 'current' ? state : role]),
    );
    this.#loop.tell({ type: 'stack-status', phase, children: states });
  }

  /** One reload that waits does for all that are asked for meanwhile: it reads the files when its turn comes. */
  async reload(): Promise<Outcome> {
    if (this.#reloadsWaiting > reloadsWaitingMax) return refusal('stack-busy', 'a reload is waiting already');
    this.#reloadsWaiting += 1;
    return this.#inTurn(async () => {
      this.#reloadsWaiting -= 1;
      const outcome = await this.#reloadNow();
      return outcome;
    });
  }

  async #reloadNow(): Promise<Outcome> {
    if (this.#loop.state.phase !== 'running') return this.#notRunning();
    const began = performance.now();
    this.#loop.tell({ type: 'reload-began' });
    const prepared = await this.#belongings.prepare([process.pid, ...this.#loop.pids()]);
    if (!prepared.ok) {
      this.#reloads.refused += 1;
      this.#loop.tell({ type: 'reload-refused', complaint: prepared.complaint });
      return prepared;
    }
    if (this.#loop.state.phase !== 'running') {
      this.#belongings.settle(false);
      return this.#notRunning();
    }
    const ended = await this.#change({ type: 'reload', plan: prepared.plan });
    const outcome = this.#outcome(ended, prepared.changes, began);
    const result = !outcome.ok ? 'rolled-back' : prepared.changes.length === 0 ? 'unchanged' : 'applied';
    this.#reloads[result] += 1;
    return outcome.ok ? { ...outcome, result } : outcome;
  }

  /** Settles when the change that this event begins has ended, or the stack stops. */
  #change(event: Event): Promise<ChangeEnded | undefined> {
    return new Promise((resolve) => {
      const forget = this.#loop.onFact((fact) => {
        if (fact.type !== 'change-ended' && fact.type !== 'stack-stopping') return;
        forget();
        resolve(fact.type === 'change-ended' ? fact : undefined);
      });
      this.#loop.post(event);
    });
  }

  #outcome(ended: ChangeEnded | undefined, changes: readonly string[], began: number): Outcome {
    if (ended === undefined) return this.#notRunning();
    const ms = Math.round(performance.now() - began);
    if (ended.failure === undefined) return { ok: true, result: ended.outcome, changes, ms };
    const complaint = startFailureComplaint(ended.failure, this.#loop.lastLines(ended.failure.child));
    return { ok: false, complaint, problems: [] };
  }

  restart(name: string | undefined): Promise<Outcome> {
    return this.#inTurn(async () => {
      if (this.#loop.state.phase !== 'running') return this.#notRunning();
      const children = this.#named(name);
      if (children.length === 0) return this.#unknown(name);
      const down = children.filter(({ phase }) => phase === 'stopped');
      for (const { spec } of down) this.#loop.post({ type: 'start-child', name: spec.name });
      const names = children.filter((child) => !down.includes(child)).map(({ spec }) => spec.name);
      const began = performance.now();
      return this.#outcome(await this.#change({ type: 'restart', names }), names, began);
    });
  }

  stop(name: string): Promise<Outcome> {
    return this.#inTurn(() => this.#byHand('stop-child', name, ({ phase }) => phase === 'stopped'));
  }

  start(name: string): Promise<Outcome> {
    return this.#inTurn(() => this.#byHand('start-child', name, ({ phase }) => phase === 'ready'));
  }

  async drainAndStop(): Promise<ExitCode> {
    this.#loop.post({ type: 'stop', reason: 'asked' });
    return this.#loop.ended;
  }

  async #byHand(type: 'stop-child' | 'start-child', name: string, isDone: (child: Child) => boolean): Promise<Outcome> {
    if (this.#loop.state.phase !== 'running') return this.#notRunning();
    const names = this.#named(name).map(({ spec }) => spec.name);
    if (names.length === 0) return this.#unknown(name);
    const began = performance.now();
    for (const one of names) this.#loop.post({ type, name: one });
    const isGivenUp = ({ phase }: Child) => type === 'start-child' && (phase === 'backoff' || phase === 'failed');
    await this.#until(() => this.#current(names).every((child) => isDone(child) || isGivenUp(child)));
    const failed = this.#current(names).find((child) => !isDone(child));
    if (failed === undefined) {
      const result = type === 'stop-child' ? 'stopped' : 'started';
      return { ok: true, result, changes: names, ms: Math.round(performance.now() - began) };
    }
    return this.#notStarted(failed);
  }

  #notStarted({ spec, lastExit, problem }: Child): Outcome {
    const why = lastExit === undefined ? 'it did not become ready' : endWords(lastExit, problem);
    const what = `${spec.name} did not come up: ${why}`;
    const lines = this.#loop.lastLines(spec.name);
    return { ok: false, complaint: { code: 'agent-not-ready', what, lines }, problems: [] };
  }

  #until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isTrue() && this.#loop.state.phase === 'running') return;
        forget();
        resolve();
      };
      const forget = this.#loop.onState(look);
      look();
    });
  }

  /** `proxy` stands for all workers, the name of an agent for all its instances, nothing for all. */
  #named(name: string | undefined): Child[] {
    const children = [...this.#loop.state.children.values()].filter(({ role }) => role === 'current');
    if (name === undefined) return children;
    return children.filter(({ spec }) => spec.name === name || spec.name.startsWith(`${name}/`));
  }

  #current(names: readonly string[]): Child[] {
    return this.#named(undefined).filter(({ spec }) => names.includes(spec.name));
  }

  #unknown(name: string | undefined): Outcome {
    const known = this.#named(undefined).map(({ spec }) => spec.name);
    return refusal('child-unknown', `there is no child named "${name}"`, `there are: ${known.join(', ')}`);
  }

  #notRunning(): Outcome {
    const { phase } = this.#loop.state;
    const what = phase === 'new' || phase === 'starting' ? 'the stack is still starting' : 'the stack stops';
    return refusal('stack-busy', what, 'try again when it runs');
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

type ChangeEnded = Extract<Fact, { type: 'change-ended' }>;

const reloadsWaitingMax = 1;

function refusal(code: Complaint['code'], what: string, hint?: string): Outcome {
  return { ok: false, complaint: { code, what, hint }, problems: [] };
}

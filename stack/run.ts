// READ THIS FIRST. The supervisor's loop: take an event, decide, act. It is the sole owner of the state: children,
// timers and signals only put events into the mailbox, and only what decide() returns is done.
//
//   child exit, ready, timer, signal -> mailbox -> decide(state, event, now, chance) -> state, actions -> perform
//
// One event is handled to its end before the next is taken. It refuses to have a policy: that is supervisor.ts.

import assert from 'node:assert/strict';
import { type RunningChild, startChild } from './child.ts';
import type { Context, ExitCode } from './command.ts';
import { Journal } from './journal.ts';
import type { ChildSpec, Plan } from './plan.ts';
import { type Action, decide, type Event, type Fact, initialState, type State, type Timer } from './supervisor.ts';

/** Where the running stack shows itself; face.ts makes them. */
export interface Face {
  started(child: string, pid: number): void;
  tell(fact: Fact, lastLines: (child: string) => readonly string[]): void;
  line(child: string, stream: 'stdout' | 'stderr', text: string): void;
}

/** What the stack has besides its processes. */
export interface Belongings {
  /** Told which processes run that would not notice if we were gone. */
  noteStrangers(pids: readonly number[]): void;
  /** Nobody is to connect any more: the workers close the sockets too, when they drain. */
  closeSockets(): void;
}

export async function runStack(
  plan: Plan,
  face: Face,
  onSignal: Context['onSignal'],
  belongings: Belongings,
): Promise<ExitCode> {
  const loop = new Loop(plan, face, belongings);
  const signals = (['SIGINT', 'SIGTERM'] as const).map((reason) =>
    onSignal(reason, () => loop.post({ type: 'stop', reason })),
  );
  loop.post({ type: 'begin' });
  const code = await loop.ended;
  for (const forget of signals) forget();
  return code;
}

class Loop {
  readonly ended: Promise<ExitCode>;
  readonly #specs: ReadonlyMap<string, ChildSpec>;
  readonly #face: Face;
  readonly #belongings: Belongings;
  readonly #end: (code: ExitCode) => void;
  readonly #hurry = new AbortController();
  readonly #running = new Map<string, RunningChild>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #journal = new Journal();
  readonly #marks = new Map<string, number>(); // where the last run of a child begins in the journal
  readonly #mailbox: Event[] = [];
  #state: State;
  #busy = false;

  constructor(plan: Plan, face: Face, belongings: Belongings) {
    this.#belongings = belongings;
    this.#specs = new Map(plan.children.map((spec) => [spec.name, spec]));
    this.#face = face;
    this.#state = initialState(plan, performance.now());
    const { promise, resolve } = Promise.withResolvers<ExitCode>();
    this.ended = promise;
    this.#end = resolve;
  }

  post(event: Event): void {
    this.#mailbox.push(event);
    if (this.#busy) return; // posted by an action: its turn comes
    this.#busy = true;
    for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) this.#handle(next);
    this.#busy = false;
  }

  #handle(event: Event): void {
    const { state, actions } = decide(this.#state, event, performance.now(), Math.random());
    this.#state = state;
    for (const action of actions) this.#perform(action);
  }

  #perform(action: Action): void {
    switch (action.type) {
      case 'spawn':
        this.#spawn(action.child);
        break;
      case 'schedule':
        this.#schedule(action.child, action.timer, action.ms);
        break;
      case 'cancel':
        for (const timer of ['ready', 'restart'] as const) this.#cancel(action.child, timer);
        break;
      case 'stop':
        this.#running.get(action.child)?.stop(action.drainMs, this.#hurry.signal);
        break;
      case 'cover':
        this.#running.get(action.child)?.cover(action.worker);
        break;
      case 'hurry':
        this.#hurry.abort();
        break;
      case 'close-sockets':
        this.#belongings.closeSockets();
        break;
      case 'tell':
        this.#face.tell(action.fact, (child) => this.#lastLines(child));
        break;
      case 'end':
        this.#end(action.code);
        break;
    }
  }

  #spawn(name: string): void {
    const spec = this.#specs.get(name);
    assert(spec !== undefined, 'only children of the plan are started');
    this.#marks.set(name, this.#journal.mark);
    const child = startChild(spec, {
      ready: (detail) => this.post({ type: 'ready', child: name, detail }),
      problem: (code, what) => this.post({ type: 'problem', child: name, code, what }),
      note: (text) => this.#passOn(spec, text),
      line: (stream, text) => {
        this.#journal.add(name, stream, text);
        this.#face.line(name, stream, text);
      },
      exited: (exit) => {
        this.#running.delete(name);
        if (spec.isStranger) this.#note();
        this.post({ type: 'exited', child: name, exit });
      },
    });
    this.#running.set(name, child);
    if (child.pid !== undefined) this.#face.started(name, child.pid);
    if (spec.isStranger) this.#note();
  }

  /** From one worker to the others. No event: it changes nothing here. */
  #passOn(from: ChildSpec, text: string): void {
    if (from.kind !== 'worker') return;
    for (const [name, child] of this.#running)
      if (name !== from.name && this.#specs.get(name)?.kind === 'worker') child.note(from.worker, text);
  }

  #note(): void {
    const strangers = [...this.#running].filter(([name]) => this.#specs.get(name)?.isStranger === true);
    this.#belongings.noteStrangers(strangers.flatMap(([, { pid }]) => (pid === undefined ? [] : [pid])));
  }

  #lastLines(child: string): string[] {
    return this.#journal.textsSince(this.#marks.get(child) ?? 0, child, lastLinesShown);
  }

  #schedule(child: string, timer: Timer, ms: number): void {
    this.#cancel(child, timer);
    this.#timers.set(
      `${timer} ${child}`,
      setTimeout(() => this.post({ type: 'timer', child, timer }), ms),
    );
  }

  #cancel(child: string, timer: Timer): void {
    clearTimeout(this.#timers.get(`${timer} ${child}`));
    this.#timers.delete(`${timer} ${child}`);
  }
}

const lastLinesShown = 15;

// READ THIS FIRST. The supervisor's loop: take an event, decide, act. It is the sole owner of the state: children,
// timers, signals and operators only put events into the mailbox, and only what decide() returns is done.
//
//   child exit, ready, timer, signal -> mailbox -> decide(state, event, now, chance) -> state, actions -> perform
//
// One event is handled to its end before the next is taken. It refuses to have a policy: that is supervisor.ts; and to
// serve operators: operator.ts does, on top of it.

import assert from 'node:assert/strict';
import type { Question } from '#config/figures/answers';
import { figureLimits, sharingLimits, supervisorLimits } from '#config/limits';
import { removeLeftover } from '#config/system-sockets';
import type { ChildListener } from './answers.ts';
import { type RunningChild, startChild, type Watcher } from './child.ts';
import type { Context, ExitCode, SystemSignal } from './command.ts';
import type { StackControl } from './control.ts';
import { Journal } from './journal.ts';
import { mind } from './minder.ts';
import { type Belongings, Operator } from './operator.ts';
import type { ChildSpec, Plan } from './plan.ts';
import { Pulse, type Pulsed } from './pulse.ts';
import { isStopped, usageOf } from './sample.ts';
import { type Action, type Child, type Event, type Fact, initialState, type State, type Timer } from './state.ts';
import type { Observed } from './status.ts';
import { decide } from './supervisor.ts';
import { asEvent } from './words.ts';

/** Where the running stack shows itself; the faces are made elsewhere. */
export interface Face {
  started(child: string, pid: number): void;
  tell(fact: Fact, lastLines: (child: string) => readonly string[]): void;
  line(child: string, stream: 'stdout' | 'stderr', text: string): void;
}

export async function runStack(
  plan: Plan,
  face: Face,
  onSignal: Context['onSignal'],
  belongings: Belongings,
): Promise<ExitCode> {
  const loop = new Loop(plan, face, belongings);
  const operator = new Operator(loop, belongings);
  const listeners: Readonly<Record<SystemSignal, () => void>> = {
    SIGINT: () => loop.post({ type: 'stop', reason: 'SIGINT' }),
    SIGTERM: () => loop.post({ type: 'stop', reason: 'SIGTERM' }),
    SIGHUP: () => void operator.reload(),
    SIGUSR1: () => {
      belongings.reopen();
      loop.reopenLogs();
    },
    SIGUSR2: () => operator.tellStatus(),
  };
  const signals = (Object.keys(listeners) as SystemSignal[]).map((signal) => onSignal(signal, listeners[signal]));
  const served = belongings.serve?.(operator);
  loop.post({ type: 'begin' });
  const code = await loop.ended;
  for (const forget of signals) forget();
  operator.close();
  await (await served)?.[Symbol.asyncDispose]();
  return code;
}

interface Running {
  readonly child: RunningChild;
  readonly spec: ChildSpec; // as it was started
  readonly unmind: () => void;
  pulse: Pulse | undefined;
  usage: Omit<Observed, 'pid'>;
  usedAt: number;
  questions: number; // that wait for their answer
}

const unknownUsage = { memoryBytes: undefined, cpuSeconds: undefined, cpuShare: undefined };

export class Loop {
  readonly ended: Promise<ExitCode>;
  readonly journal = new Journal();
  readonly #face: Face;
  readonly #belongings: Belongings;
  readonly #end: (code: ExitCode) => void;
  readonly #hurry = new AbortController();
  readonly #running = new Map<string, Running>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #marks = new Map<string, number>(); // where the last run of a child begins in the journal
  readonly #mailbox: Event[] = [];
  readonly #factListeners = new Set<(fact: Fact) => void>();
  readonly #stateListeners = new Set<() => void>();
  readonly #asked = new Map<number, (text: string) => void>();
  readonly #sampling: NodeJS.Timeout;
  #listener: ChildListener | undefined;
  #lastAsked = 0;
  #state: State;
  #busy = false;

  constructor(plan: Plan, face: Face, belongings: Belongings) {
    this.#belongings = belongings;
    this.#face = face;
    this.#state = initialState(plan, performance.now());
    const { promise, resolve } = Promise.withResolvers<ExitCode>();
    this.ended = promise;
    this.#end = resolve;
    this.#sampling = setInterval(() => void this.#sample(), supervisorLimits.sampleMs);
  }

  get state(): State {
    return this.#state;
  }

  post(event: Event): void {
    this.#mailbox.push(event);
    if (this.#busy) return; // posted by an action: its turn comes
    this.#busy = true;
    for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) this.#handle(next);
    this.#busy = false;
  }

  /** Called after every event, until the function returned is called. */
  onState(listener: () => void): () => void {
    this.#stateListeners.add(listener);
    return () => void this.#stateListeners.delete(listener);
  }

  onFact(listener: (fact: Fact) => void): () => void {
    this.#factListeners.add(listener);
    return () => void this.#factListeners.delete(listener);
  }

  tell(fact: Fact): void {
    this.#face.tell(fact, (child) => this.lastLines(child));
    const event = asEvent(fact, []);
    if (event !== undefined)
      this.journal.add('stack', 'event', JSON.stringify({ level: event.level, event: event.event, ...event.facts }));
    for (const listener of this.#factListeners) listener(fact);
  }

  lastLines(child: string): string[] {
    return this.journal.textsSince(this.#marks.get(child) ?? 0, child, lastLinesShown);
  }

  observe(id: string): Observed {
    const running = this.#running.get(id);
    return { pid: running?.child.pid, ...(running?.usage ?? unknownUsage) };
  }

  listen(listener: ChildListener): void {
    this.#listener = listener;
  }

  /** Workers have files of their own: access lines and audit. */
  reopenLogs(): void {
    for (const { child, spec } of this.#running.values()) if (spec.kind === 'worker') child.reopen();
  }

  /** The process ids of everything that runs. */
  pids(): number[] {
    return [...this.#running.values()].flatMap(({ child }) => child.pid ?? []);
  }

  async reports(timeoutMs: number): ReturnType<StackControl['reports']> {
    const ready = [...this.#running].filter(
      ([id, { spec }]) => !spec.isStranger && canReport.has(this.#state.children.get(id)?.phase),
    );
    const answers = ready.map(async ([, { child, spec }]) => {
      const text = await this.#ask(child, 'report', timeoutMs);
      return text === undefined ? undefined : { name: spec.name, kind: spec.kind, text };
    });
    return (await Promise.all(answers)).filter((one) => one !== undefined);
  }

  #ask(child: RunningChild, what: 'report' | 'remember', timeoutMs: number): Promise<string | undefined> {
    this.#lastAsked += 1;
    const id = this.#lastAsked;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    this.#asked.set(id, resolve);
    child.ask(what, id);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#asked.delete(id);
    });
  }

  #handle(event: Event): void {
    const { state, actions } = decide(this.#state, event, performance.now(), Math.random());
    this.#state = state;
    for (const action of actions) this.#perform(action);
    for (const listener of [...this.#stateListeners]) listener();
  }

  #perform(action: Action): void {
    switch (action.type) {
      case 'spawn':
        this.#spawn(action.child, false);
        break;
      case 'load':
        this.#spawn(action.child, true);
        break;
      case 'let-go':
        this.#running.get(action.child)?.child.begin();
        break;
      case 'schedule':
        this.#schedule(action.child, action.timer, action.ms);
        break;
      case 'cancel':
        for (const timer of ['ready', 'restart'] as const) this.#cancel(action.child, timer);
        break;
      case 'stop':
        this.#stop(action.child, action.drainMs);
        break;
      case 'kill':
        this.#running.get(action.child)?.child.kill();
        break;
      case 'cover':
        this.#running.get(action.child)?.child.cover(action.worker);
        break;
      case 'hurry':
        this.#hurry.abort();
        break;
      case 'close-sockets':
        this.#belongings.closeSockets();
        break;
      case 'settle-sockets':
        this.#belongings.settle(action.taken);
        break;
      case 'tell':
        this.tell(action.fact);
        break;
      case 'end':
        clearInterval(this.#sampling);
        this.#end(action.code);
        break;
    }
  }

  #spawn(id: string, isHeld: boolean): void {
    const known = this.#state.children.get(id);
    assert(known !== undefined, 'only children of the state are started');
    const { spec, role } = known;
    this.#marks.set(spec.name, this.journal.mark); // the last lines are those of the last run
    const child = startChild(spec, this.#watcher(id, spec), { replaces: role === 'coming', isHeld });
    const { strangerGraceMs } = this.#state.plan;
    const unmind = spec.isStranger && child.pid !== undefined ? mind(child.pid, strangerGraceMs) : () => undefined;
    this.#running.set(id, {
      child,
      spec,
      unmind,
      pulse: undefined,
      usage: unknownUsage,
      usedAt: performance.now(),
      questions: 0,
    });
    if (child.pid !== undefined) this.#face.started(spec.name, child.pid);
    this.#note();
  }

  #watcher(id: string, spec: ChildSpec): Watcher {
    const { name } = spec;
    return {
      ready: (detail) => {
        this.post({ type: 'ready', child: id, detail });
        this.#beginPulse(id);
        if (spec.kind === 'agent') for (const worker of this.#otherWorkers(id)) worker.agentReady(name);
      },
      problem: (code, what) => this.post({ type: 'problem', child: id, code, what }),
      note: (text) => this.#passOn(id, text),
      drained: (connections, cut) => this.post({ type: 'drained', child: id, connections, cut }),
      recall: () => void this.#recall(id, spec),
      memory: (asked, text) => this.#asked.get(asked)?.(text),
      putAside: () => {
        if (spec.kind === 'worker') this.reopenLogs();
      },
      pong: () => this.#running.get(id)?.pulse?.heard(),
      report: (asked, text) => {
        this.#listener?.onReport(id, { child: name, kind: spec.kind, text });
        this.#asked.get(asked)?.(text);
      },
      ask: (asked, question, since) => void this.#answer(id, asked, question, since),
      line: (stream, text) => {
        this.journal.add(name, stream, text);
        this.#face.line(name, stream, text);
      },
      exited: (exit) => {
        this.#forget(id);
        this.#note();
        this.post({ type: 'exited', child: id, exit });
      },
    };
  }

  #forget(id: string): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    if (running === undefined) return;
    running.pulse?.stop();
    running.unmind();
    if (running.spec.kind === 'worker') for (const other of this.#otherWorkers(id)) other.gone(running.child.pid ?? 0);
    this.#listener?.onEnded(id, running.spec.name, running.usage);
    // A program that was killed leaves its socket, and another start of it may refuse to replace it.
    const { spec } = running;
    if (spec.kind === 'agent' && spec.isStranger) void removeLeftover(spec.socketPath).catch(() => undefined);
  }

  /** Who asks without end is not answered: the questions are its own, the time for them is ours. */
  async #answer(id: string, asked: number, question: Question, since: number): Promise<void> {
    const running = this.#running.get(id);
    if (running === undefined || this.#listener === undefined || running.questions >= figureLimits.asksMax) return;
    running.questions += 1;
    running.child.answer(asked, await this.#listener.onAsk(question, since));
    running.questions -= 1;
  }

  #beginPulse(id: string): void {
    const running = this.#running.get(id);
    const state = this.#state.children.get(id);
    if (running === undefined || state?.phase !== 'ready') return;
    const asked = running.spec.isStranger ? this.#askOfStranger(id, running.child) : running.child;
    running.pulse ??= new Pulse(asked, state.spec.liveness, (ms) => this.post({ type: 'silent', child: id, ms }));
  }

  /** What it would not understand the kernel answers for it, as far as it can: that it is not stopped. */
  #askOfStranger(id: string, { pid }: RunningChild): Pulsed {
    const ask = async () => {
      if (pid !== undefined && !(await isStopped(pid))) this.#running.get(id)?.pulse?.heard();
    };
    return { ask: () => void ask() };
  }

  #stop(id: string, drainMs: number): void {
    const running = this.#running.get(id);
    running?.pulse?.stop(); // who drains has its own deadlines
    running?.child.stop(drainMs, this.#hurry.signal);
  }

  /** For a worker that starts: what one that serves remembers, of the same number if there is one. No event, as notes. */
  async #recall(id: string, { name }: ChildSpec): Promise<void> {
    const serving = [...this.#running].filter(
      ([other, { spec }]) =>
        other !== id && spec.kind === 'worker' && this.#state.children.get(other)?.phase === 'ready',
    );
    const [, source] = serving.find(([, { spec }]) => spec.name === name) ?? serving[0] ?? [];
    const text = source && (await this.#ask(source.child, 'remember', sharingLimits.memoryMs));
    this.#running.get(id)?.child.memory(text ?? '');
  }

  /** From one worker to the others. No event: it changes nothing here. */
  #passOn(from: string, text: string): void {
    const { spec: sender, child } = this.#running.get(from) ?? {};
    if (sender?.kind !== 'worker') return;
    for (const other of this.#otherWorkers(from)) other.note(child?.pid ?? 0, text);
  }

  #otherWorkers(id: string): RunningChild[] {
    const others = [...this.#running].filter(([other, { spec }]) => other !== id && spec.kind === 'worker');
    return others.map(([, { child }]) => child);
  }

  #note(): void {
    const processes = [...this.#running.values()].flatMap(({ child, spec }) =>
      child.pid === undefined ? [] : [{ pid: child.pid, kind: spec.isStranger ? ('stranger' as const) : spec.kind }],
    );
    this.#belongings.note(processes);
  }

  /** What every process uses by now; one that is over its bound is a matter for the policy. */
  async #sample(): Promise<void> {
    await Promise.all([...this.#running].map(([id, running]) => this.#sampleOne(id, running)));
  }

  async #sampleOne(id: string, running: Running): Promise<void> {
    const { pid } = running.child;
    const used = pid === undefined ? undefined : await usageOf(pid);
    if (used === undefined || this.#running.get(id) !== running) return;
    const now = performance.now();
    const before = running.usage.cpuSeconds ?? 0;
    const cpuShare = (used.cpuSeconds - before) / Math.max(0.001, (now - running.usedAt) / 1000);
    running.usage = { ...used, cpuShare };
    running.usedAt = now;
    const most = this.#state.children.get(id)?.spec.memoryBytesMax;
    if (most !== undefined && used.memoryBytes > most)
      this.post({ type: 'too-big', child: id, bytes: used.memoryBytes });
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
const canReport: ReadonlySet<string | undefined> = new Set(['ready', 'stopping'] satisfies Child['phase'][]);

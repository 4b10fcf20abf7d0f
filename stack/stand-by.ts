// What goes on beside a running stack, driven by its facts: systemd is kept informed, files are watched, and what a killed
// supervisor left serving is told to end once ours can serve. It refuses to change the stack but by what every operator
// may ask for.

import type { StackControl } from './control.ts';
import { type Notifier, openNotifier } from './notify.ts';
import { retireOrphans } from './orphans.ts';
import type { Environment, Orphan } from './runtime.ts';
import type { Fact } from './state.ts';
import type { Steering } from './steer.ts';
import { FileWatch } from './watch-files.ts';

export interface Surrounding {
  readonly env: Environment;
  readonly orphans: readonly Orphan[];
  readonly drainMs: number; // what orphans get to finish
  /** New connections go to our workers alone. */
  readonly steer: () => Promise<Steering | undefined>;
  /** As the configuration says now. */
  files(): readonly string[];
  watchesFiles(): boolean;
  /** So that the next start is a quick one. */
  readCode(signal: AbortSignal): Promise<void>;
}

export async function standBy(control: StackControl, around: Surrounding): Promise<AsyncDisposable> {
  const notifier = await openNotifier(around.env);
  const beside = new Beside(control, around, notifier);
  const forget = control.onFact((fact) => beside.hear(fact));
  return {
    async [Symbol.asyncDispose]() {
      await beside.stop();
      forget();
    },
  };
}

class Beside {
  readonly #control: StackControl;
  readonly #around: Surrounding;
  readonly #notifier: Notifier | undefined;
  readonly #stopping = new AbortController();
  readonly #hurried = Promise.withResolvers<void>();
  #retiring: Promise<void> | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #watch: FileWatch | undefined;

  constructor(control: StackControl, around: Surrounding, notifier: Notifier | undefined) {
    this.#control = control;
    this.#around = around;
    this.#notifier = notifier;
    this.#notifier?.send('STATUS=starting');
  }

  hear(fact: Fact): void {
    if (fact.type === 'reload-began') this.#onReloading();
    else if (fact.type === 'stack-ready') this.#onReady(fact.missing);
    else if (fact.type === 'change-ended' && fact.change === 'reload') this.#onReloaded();
    else if (fact.type === 'reload-refused') this.#notifier?.send('READY=1', 'STATUS=running; a reload was refused');
    else if (fact.type === 'stack-stopping') this.#onStopping(fact.hurried);
  }

  /** Where an operator wanted the end, nothing of the stack before serves on either; they had as much time as ours. */
  async stop(): Promise<void> {
    clearInterval(this.#watchdog);
    this.#watch?.[Symbol.dispose]();
    if (!this.#stopping.signal.aborted) return;
    const awake = setInterval(() => undefined, this.#around.drainMs + 1000); // nothing else may be left that keeps us here
    await Promise.race([this.#retiring, this.#hurried.promise]);
    clearInterval(awake);
  }

  #onStopping(isHurried: boolean): void {
    this.#notifier?.send('STOPPING=1', 'STATUS=draining');
    this.#stopping.abort();
    this.#retire();
    if (isHurried) this.#hurried.resolve();
  }

  /** Each is told once: a second signal would end it at once. */
  #retire(): void {
    const { orphans, drainMs, steer } = this.#around;
    this.#retiring ??= retireOrphans(orphans, drainMs, steer, this.#stopping.signal);
  }

  /** systemd's `Type=notify-reload` wants to know when it begins, by the clock that only counts. */
  #onReloading(): void {
    const microseconds = process.hrtime.bigint() / 1000n;
    this.#notifier?.send('RELOADING=1', `MONOTONIC_USEC=${microseconds}`, 'STATUS=reloading');
  }

  #onReady(missing: readonly string[]): void {
    const state = missing.length === 0 ? 'running' : `running without ${missing.join(', ')}`;
    this.#notifier?.send('READY=1', `MAINPID=${process.pid}`, `STATUS=${state}`);
    const everyMs = this.#notifier?.watchdogMs;
    if (everyMs !== undefined) this.#watchdog = setInterval(() => this.#notifier?.send('WATCHDOG=1'), everyMs);
    this.#retire();
    this.#watchFiles();
    void this.#around.readCode(this.#stopping.signal);
  }

  #onReloaded(): void {
    this.#notifier?.send('READY=1', 'STATUS=running');
    this.#watchFiles();
  }

  #watchFiles(): void {
    if (!this.#around.watchesFiles()) {
      this.#watch?.[Symbol.dispose]();
      this.#watch = undefined;
    } else if (this.#watch === undefined) {
      this.#watch = new FileWatch(this.#around.files(), () => void this.#control.reload());
    } else this.#watch.watch(this.#around.files());
  }
}

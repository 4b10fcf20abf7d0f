// The supervisor's own figures: its children, reloads and configuration, from the state as operators see it and from what
// was counted of facts. Pure. It refuses to know what children count of themselves.

import { counter, type Family, gauge, type NumberRow } from '#config/figures/family';
import type { ChildStatus, StackStatus } from './control.ts';
import type { Fact } from './state.ts';
import type { ChildExited } from './words.ts';

/** What no state says: how often each child was started again, and why; what processes that ended had used. */
export class ChildCounts {
  readonly restarts = new Map<string, Map<RestartReason, number>>();
  readonly #cpuSeconds = new Map<string, number>();

  hear(fact: Fact): void {
    if (fact.type === 'child-exited' && fact.verdict !== undefined && fact.verdict.next !== 'leave')
      this.#count(fact.child, reasonOf(fact));
    else if (fact.type === 'child-too-big') this.#count(fact.child, 'memory');
    else if (fact.type === 'change-ended' && fact.outcome === 'applied')
      for (const child of fact.replaced) this.#count(child, fact.change);
  }

  ended(child: string, cpuSeconds: number | undefined): void {
    this.#cpuSeconds.set(child, this.endedSeconds(child) + (cpuSeconds ?? 0));
  }

  endedSeconds(child: string): number {
    return this.#cpuSeconds.get(child) ?? 0;
  }

  /** Of children that are no more. */
  forgetAllBut(children: ReadonlySet<string>): void {
    for (const child of [...this.restarts.keys(), ...this.#cpuSeconds.keys()]) {
      if (children.has(child)) continue;
      this.restarts.delete(child);
      this.#cpuSeconds.delete(child);
    }
  }

  #count(child: string, reason: RestartReason): void {
    const counts = this.restarts.get(child) ?? new Map<RestartReason, number>();
    this.restarts.set(child, counts.set(reason, (counts.get(reason) ?? 0) + 1));
  }
}

/** `memory`, `reload` and `restart` replace a process that runs; the others are ends that were not asked for. */
export type RestartReason =
  | 'exit'
  | 'signal'
  | 'silent'
  | 'not-ready'
  | 'not-started'
  | 'memory'
  | 'reload'
  | 'restart';

function reasonOf({ exit, silentMs, slowMs }: ChildExited): RestartReason {
  if (silentMs !== undefined) return 'silent';
  if (slowMs !== undefined) return 'not-ready';
  if (exit.notStarted !== undefined) return 'not-started';
  return exit.signal === null ? 'exit' : 'signal';
}

export function stackFigures(
  status: StackStatus,
  counts: ChildCounts,
  { version, ready }: { readonly version: string; readonly ready: boolean },
): Family[] {
  const { config, reloads, startedAt } = status;
  return [
    gauge('sentinel_build_info', 'What runs here.', ['version', 'node'], [[[version, process.version], 1]]),
    gauge('sentinel_stack_ready', '1: `/readyz` says 200.', [], [[[], ready ? 1 : 0]]),
    gauge('sentinel_stack_started_timestamp_seconds', 'When the supervisor was started.', [], [[[], startedAt / 1000]]),
    counter(
      'sentinel_stack_reloads_total',
      'Reloads that were asked for, by what came of them.',
      ['outcome'],
      Object.entries(reloads).map(([outcome, count]) => [[outcome], count]),
    ),
    gauge('sentinel_stack_config_hash_info', 'The configuration in effect.', ['sha256'], [[[config.sha256], 1]]),
    gauge('sentinel_stack_config_loaded_timestamp_seconds', 'Since when it is.', [], [[[], config.loadedAt / 1000]]),
    ...childFigures(status.children, counts),
  ];
}

function childFigures(children: readonly ChildStatus[], counts: ChildCounts): Family[] {
  const names = [...new Set(children.map(({ name }) => name))];
  const sum = (read: (child: ChildStatus) => number | undefined, before: (name: string) => number = () => 0) =>
    names.flatMap((name): NumberRow[] => {
      const values = children.flatMap((one) => (one.name === name ? (read(one) ?? []) : []));
      const ended = before(name);
      return values.length === 0 && ended === 0 ? [] : [[[name], values.reduce((all, one) => all + one, ended)]];
    });
  const current = children.filter(({ role }) => role === 'current');
  return [
    gauge(
      'sentinel_stack_child_up',
      '1: the child is ready.',
      ['child'],
      names.map((name) => [[name], children.some((one) => one.name === name && one.state === 'ready') ? 1 : 0]),
    ),
    counter(
      'sentinel_stack_child_restarts_total',
      'Processes that took the place of another, by why.',
      ['child', 'reason'],
      [...counts.restarts].flatMap(([child, byReason]) =>
        Array.from(byReason, ([reason, count]): NumberRow => [[child, reason], count]),
      ),
    ),
    gauge(
      'sentinel_stack_child_ready_seconds',
      'From its last start to ready.',
      ['child'],
      current.flatMap(({ name, readyMs }): NumberRow[] => (readyMs === undefined ? [] : [[[name], readyMs / 1000]])),
    ),
    gauge(
      'sentinel_stack_child_memory_bytes',
      'Resident memory, as the system counts it.',
      ['child'],
      sum((one) => one.memoryBytes),
    ),
    counter(
      'sentinel_stack_child_cpu_seconds_total',
      'Processor time, as the system counts it.',
      ['child'],
      sum(
        ({ cpuSeconds }) => cpuSeconds,
        (name) => counts.endedSeconds(name),
      ),
    ),
  ];
}

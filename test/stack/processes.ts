// For tests that start processes: specs of fixtures, and waiting for a state instead of for a time.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { loadText } from '#config/load';
import type { Config } from '#config/schema';
import type { ExitCode, SystemSignal } from '../../stack/command.ts';
import type { StackControl } from '../../stack/control.ts';
import type { Prepared } from '../../stack/operator.ts';
import type { AgentSpec, ChildSpec, Plan, WorkerSpec } from '../../stack/plan.ts';
import { identify } from '../../stack/process-identity.ts';
import { runStack } from '../../stack/run.ts';
import type { Noted } from '../../stack/runtime.ts';
import type { Fact } from '../../stack/state.ts';
import { agent, planOf, worker } from './playbook.ts';

export const fixtures = join(import.meta.dirname, '..', 'fixtures');

export function agentFixture(name: string, fixture: string, changes: Partial<AgentSpec> = {}): AgentSpec {
  return agent(name, {
    program: process.execPath,
    args: [join(fixtures, fixture), '--socket'],
    env: path(),
    ...changes,
  });
}

export function workerFixture(number: number, fixture: string, changes: Partial<WorkerSpec> = {}): WorkerSpec {
  return worker(number, { program: process.execPath, args: [join(fixtures, fixture)], env: path(), ...changes });
}

function path(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '' };
}

/** What it is made from does not matter to most tests: a listener and a route. */
const running = runningConfig();

function runningConfig(): Config {
  const loaded = loadText(
    'test.kdl',
    'listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }',
  );
  assert(loaded.ok);
  return loaded.config;
}

/** A stack of fixtures that is stopped at the end of the test. */
export function startFixtures(children: readonly ChildSpec[], shutdownMs = 5000) {
  const signals = new EventEmitter();
  const facts: Fact[] = [];
  const lines: string[] = [];
  const pids = new Map<string, number[]>();
  const noted: (readonly Noted[])[] = [];
  let control: StackControl | undefined;
  const face = {
    started: (child: string, pid: number) => void pids.set(child, [...(pids.get(child) ?? []), pid]),
    tell: (fact: Fact, lastLines: (child: string) => readonly string[]) => {
      facts.push(fact);
      if (fact.type === 'start-failed') lines.push(...lastLines(fact.failure.child));
    },
    line: () => undefined,
  };
  const onSignal = (signal: SystemSignal, listener: () => void) => {
    signals.on(signal, listener);
    return () => void signals.off(signal, listener);
  };
  let code: ExitCode | undefined;
  let closed = 0;
  const settled: boolean[] = [];
  let nextPlan = (plan: Plan): Prepared => ({ ok: true, plan, changes: [] });
  const plan = { ...planOf(children, shutdownMs), listening: { http: ['127.0.0.1:50001'] } };
  const belongings = {
    config: { file: undefined, sha256: '', loadedAt: 0 },
    running,
    note: (list: readonly Noted[]) => void noted.push(list),
    closeSockets: () => {
      closed += 1;
    },
    prepare: async () => nextPlan(plan),
    settle: (taken: boolean) => void settled.push(taken),
    reopen: () => undefined,
    serve: (given: StackControl) => {
      control = given;
      return { [Symbol.asyncDispose]: async () => undefined };
    },
  };
  const ended = runStack(plan, face, onSignal, belongings).then((given) => {
    code = given;
    signals.emit('ended');
  });
  const told = (type: Fact['type']) => facts.filter((fact) => fact.type === type);
  const stopped = async () => {
    if (code === undefined) await once(signals, 'ended');
    return code;
  };
  return {
    plan,
    facts,
    lines,
    pids,
    noted,
    settled,
    control: () => {
      assert(control !== undefined);
      return control;
    },
    /** What the next reload finds. */
    next: (prepare: (plan: Plan) => Prepared) => {
      nextPlan = prepare;
    },
    closed: () => closed,
    told,
    stopped,
    signal: (signal: SystemSignal) => signals.emit(signal),
    listeners: () => signals.listenerCount('SIGINT') + signals.listenerCount('SIGTERM'),
    ready: () => eventually('stack-ready', () => told('stack-ready')[0]),
    async [Symbol.asyncDispose]() {
      signals.emit('SIGTERM');
      signals.emit('SIGTERM');
      await ended;
    },
  };
}

/** Waits until `look` finds something; fails after a deadline that no healthy run comes near. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const until = performance.now() + 20_000;
  while (performance.now() < until) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await setTimeout(20);
  }
  assert.fail(`it never happened: ${what}`);
}

/** False for a zombie too: it runs no more, whoever is slow to collect it. */
export async function isRunning(pid: number): Promise<boolean> {
  return (await identify(pid)) !== undefined;
}

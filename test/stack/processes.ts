// For tests that start processes: specs of fixtures, and waiting for a state instead of for a time.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { AgentSpec, WorkerSpec } from '../../stack/plan.ts';
import { identify } from '../../stack/process-identity.ts';
import { agent, worker } from './playbook.ts';

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

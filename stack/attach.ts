// Which running stack a command means, and what to say when there is none. The folder is the one that is named, else the
// one that the configuration names, else the usual ones; a configuration that is broken at the moment must not keep an
// operator from looking at what runs, so of such a file only its runtime folder is read. It refuses to start anything.

import { join } from 'node:path';
import type { z } from 'zod';
import { controlLimits } from '#config/limits';
import { loadConfig, runtimeDirOf } from '#config/load';
import { askStack, type Told } from './api/client.ts';
import { outcomeShape, type StatusShape, statusShape } from './api/shapes.ts';
import { type Context, type ExitCode, exitCodes } from './command.ts';
import { type Complaint, complain } from './complain.ts';
import { defaultRuntimeDir, lookAtFolder } from './runtime.ts';

/** The options of every command that is about a running stack. */
export const attachOptions = {
  config: {
    kind: 'file',
    short: 'c',
    value: 'FILE',
    summary: 'Its configuration, if it names a `runtime-dir` (sentinel.kdl here)',
  },
  'runtime-dir': { kind: 'file', value: 'DIR', summary: 'The runtime folder of the stack' },
} as const;

export interface Where {
  readonly config?: string | undefined;
  readonly 'runtime-dir'?: string | undefined;
}

export const socketName = 'control.sock';
const serviceDir = '/run/sentinel-stack';

/** The folders in which a stack may be, the likeliest first. */
export function foldersOf({ env, cwd }: Pick<Context, 'env' | 'cwd'>, where: Where): string[] {
  if (where['runtime-dir'] !== undefined) return [where['runtime-dir']];
  const loaded = loadConfig(where.config, { environment: env, cwd });
  const named = loaded.ok ? loaded.config.system.runtimeDir : runtimeDirOf(loaded.sources);
  return named === undefined ? [...new Set([defaultRuntimeDir(env), serviceDir])] : [named];
}

/** The first that a stack has; where none does, the likeliest. */
export async function folderInUse(folders: readonly string[]): Promise<string> {
  for (const folder of folders) if ((await lookAtFolder(folder)).lock === 'held') return folder;
  return folders[0] ?? '';
}

export class Attached {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  get socketPath(): string {
    return join(this.folder, socketName);
  }

  status(): Promise<Told<StatusShape>> {
    return this.ask('GET', '/v1/status', statusShape, controlLimits.answerMs);
  }

  act(path: string): Promise<Told<z.output<typeof outcomeShape>>> {
    return this.ask('POST', path, outcomeShape);
  }

  ask<T>(method: 'GET' | 'POST', path: string, shape: z.ZodType<T>, withinMs?: number): Promise<Told<T>> {
    return askStack(this.socketPath, { method, path, shape, withinMs });
  }
}

/** The stack with its status, or the complaint that has been made and the exit code that goes with it. */
export async function attach(
  context: Context,
  where: Where,
): Promise<{ readonly stack: Attached; readonly status: StatusShape } | ExitCode> {
  const folders = foldersOf(context, where);
  for (const folder of folders) {
    const stack = new Attached(folder);
    const told = await stack.status();
    if (told.ok) return { stack, status: told.value };
    if (told.complaint.code !== 'stack-not-running') return giveUp(context, told.complaint);
  }
  return giveUp(context, await absence(folders[0] ?? ''));
}

export function giveUp(context: Context, complaint: Complaint): ExitCode {
  complain(context, complaint);
  return complaint.code === 'stack-not-running' ? exitCodes.notRunning : exitCodes.refused;
}

/** Why nobody answers there: never was, is on its way, or was killed and left something. */
export async function absence(folder: string): Promise<Complaint> {
  const { lock, holder, orphans } = await lookAtFolder(folder);
  if (lock === 'held')
    return {
      code: 'control-no-answer',
      what: `a stack (pid ${holder}) has ${folder}, and its control socket is not there`,
      hint: 'it starts or ends at this moment; if that lasts, `sentinel-stack doctor`',
    };
  const start = 'start one: sentinel-stack up';
  if (lock === 'absent') return { code: 'stack-not-running', what: `no stack is running on ${folder}`, hint: start };
  const left =
    orphans.length === 0 ? 'nothing of it runs' : `${orphans.length} of its processes still serve, for a while`;
  const hint = `${start} (it takes the folder over, and what still serves)`;
  return { code: 'stack-not-running', what: `the stack on ${folder} was killed; ${left}`, hint };
}

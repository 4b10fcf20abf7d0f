// Questions about recorded requests, put to the program of the firewall in a process of its own: it reads what was
// recorded and evaluates it with the rules as they are configured. What comes back is narrowed here. It refuses to know
// rules, and to read the recording itself.

import { readdir, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { isCode } from '#config/errors';
import { wafCheckLimits } from '#config/limits-waf-agent';
import { parseJson } from '#config/parse-json';
import type { Config } from '#config/schema';
import { firewallConfig, isWafAgent, recordedRequestsName } from '#config/waf';
import { Attached, foldersOf, type Where } from './attach.ts';
import type { Context } from './command.ts';
import { type Complaint, complain } from './complain.ts';
import { loadOrComplain } from './loading.ts';
import { askFirewall } from './rule-check.ts';

/** The firewall that a question is about: what it is told, and where its recording may be. */
export interface Firewall {
  readonly told: unknown;
  readonly stores: readonly string[];
  readonly stack: Attached | undefined; // that runs it
}

/** Of the stack that runs, with the file that it was started with; else of the file named or found. */
export async function firewallOf(context: Context, where: Where): Promise<Firewall | undefined> {
  const running = await runningStack(context, where);
  const cwd = running?.cwd ?? context.cwd;
  const file = where.config === undefined ? running?.file : resolve(context.cwd, where.config);
  const loaded = loadOrComplain({ ...context, cwd }, file);
  if (loaded === undefined) return undefined;
  const told = firewallConfig(loaded.running);
  if (told === undefined) {
    complain(context, { code: 'config-missing-key', what: 'this configuration has no firewall', hint: 'add waf { }' });
    return undefined;
  }
  const folders = running === undefined ? foldersOf(context, where) : [running.stack.folder];
  return { told, stores: await storesOf(loaded.running, folders, cwd), stack: running?.stack };
}

/** What the firewall of another file would be told, for comparing. */
export function toldByFile(context: Context, file: string): unknown {
  const loaded = loadOrComplain(context, file);
  return loaded === undefined ? undefined : firewallConfig(loaded.running);
}

interface Running {
  readonly stack: Attached;
  readonly cwd: string; // relative paths of its configuration begin there
  readonly file: string | undefined;
}

async function runningStack(context: Context, where: Where): Promise<Running | undefined> {
  for (const folder of foldersOf(context, where)) {
    const stack = new Attached(folder);
    const told = await stack.status();
    if (!told.ok) continue;
    const { pid, config } = told.value;
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => context.cwd);
    return { stack, cwd, file: config.file };
  }
  return undefined;
}

/** A place that is named; else beside the socket, in the folder of the stack or of the user that the agent runs as. */
async function storesOf({ waf, agents }: Config, folders: readonly string[], cwd: string): Promise<string[]> {
  const named = waf?.recordedRequests.path;
  if (named !== undefined) return [resolve(cwd, named)];
  const sockets = agents.filter(isWafAgent).map(({ transport }) => transport.unixSocket ?? '');
  const own = await Promise.all(folders.map(users));
  const places = [...sockets.filter(isAbsolute).map(dirname), ...folders, ...own.flat()];
  return places.map((place) => join(place, recordedRequestsName));
}

async function users(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []); // another user's: the question will say so
  return names.filter((name) => name.startsWith('uid-')).map((name) => join(folder, name));
}

const refusal = z.object({
  ok: z.literal(false),
  error: z.object({
    code: z.string().transform((code) => (isCode(code) ? code : 'internal')),
    what: z.string(),
    hint: z.string().optional(),
  }),
});

/** The answer in the shape that is wanted, or the complaint. */
export async function askDesk<T>(
  question: Readonly<Record<string, unknown>>,
  shape: z.ZodType<T>,
): Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly complaint: Complaint }> {
  const { stdout, stderr, timedOut } = await askFirewall('--desk', question, wafCheckLimits.deskMs);
  const data = parseJson(stdout);
  const answer = shape.safeParse(data);
  if (answer.success) return { ok: true, value: answer.data };
  const refused = refusal.safeParse(data).data;
  if (refused !== undefined) return { ok: false, complaint: refused.error };
  const what = timedOut ? 'the question took too long' : 'the firewall could not answer';
  const lines = stderr.slice(-wafCheckLimits.tailCharactersMax).split('\n');
  return { ok: false, complaint: { code: 'internal', what, lines, hint: 'fewer requests: --requests 100' } };
}

// `sentinel-stack crs install | use | list | rollback`, in words. What is done is done by crs-store.ts.

import { join } from 'node:path';
import { formatProblems } from '#config/report';
import { crsFolderName, stateFolder } from '#config/state-folder';
import { type Context, type ExitCode, exitCodes, UsageError } from './command.ts';
import { complain } from './complain.ts';
import { installCrs, listCrs, NotInstalled, type Proof, rollBackCrs, useCrs } from './crs-store.ts';
import { paintFor } from './loading.ts';

export const versionActions = ['install', 'use', 'list', 'rollback'] as const;
export type VersionAction = (typeof versionActions)[number];

export function isVersionAction(action: string): action is VersionAction {
  return versionActions.some((one) => one === action);
}

export async function runVersionAction(
  context: Context,
  action: VersionAction,
  what: string | undefined,
  proof: Proof,
): Promise<ExitCode> {
  const home = join(stateFolder(context.env, process.getuid?.() === 0), crsFolderName);
  try {
    const told = await actions[action](home, what, proof);
    context.stdout.write(context.json ? `${JSON.stringify(told.data)}\n` : told.words);
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof NotInstalled)) throw error;
    if (error.problems.length > 0) context.stderr.write(formatProblems(error.problems, paintFor(context.stderr)));
    complain(context, error.complaint);
    return exitCodes.refused;
  }
}

interface Told {
  readonly data: unknown;
  readonly words: string;
}

const next = '  in effect with the next `sentinel-stack reload`, where the configuration says rules "crs"\n';

const actions: Readonly<
  Record<VersionAction, (home: string, what: string | undefined, proof: Proof) => Promise<Told>>
> = {
  async install(home, what, proof) {
    if (what === undefined)
      throw new UsageError('crs install needs an archive', 'sentinel-stack crs install FILE, or a URL with --sha256');
    const data = await installCrs(home, what, proof);
    const isFirst = (await listCrs(home)).every(({ isCurrent }) => !isCurrent);
    if (isFirst) await useCrs(home, data.version);
    const use = isFirst ? next : `  take it into use: sentinel-stack crs use ${data.version}\n`;
    return {
      data: { ...data, inUse: isFirst },
      words: `installed CRS ${data.version} in ${data.folder}\n  SHA-256 ${data.sha256}\n${use}`,
    };
  },
  async use(home, what) {
    if (what === undefined) throw new UsageError('crs use needs a version', 'see `sentinel-stack crs list`');
    const before = await useCrs(home, what);
    return { data: { before: before ?? null, now: what }, words: `CRS ${before ?? 'none'} -> ${what}\n${next}` };
  },
  async list(home) {
    const data = await listCrs(home);
    const marks = ({ isCurrent, isPrevious }: (typeof data)[number]) =>
      isCurrent ? '   in use' : isPrevious ? '   before' : '';
    const lines = data.map((one) => `  ${one.version.padEnd(10)}${marks(one)}\n`);
    return { data, words: lines.length === 0 ? `no Core Rule Set in ${home}\n` : lines.join('') };
  },
  async rollback(home) {
    const { from, to } = await rollBackCrs(home);
    return { data: { before: from ?? null, now: to }, words: `CRS ${from ?? 'none'} -> ${to}\n${next}` };
  },
};

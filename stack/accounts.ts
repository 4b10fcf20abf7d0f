// Whom children run as, where the stack was started as root: the account of `system { user }`, or an agent's own. The
// shaping decision: the supervisor stays root, since it opens ports below 1024 and starts others, and touches nothing that
// these accounts can write. So the runtime folder stays its own, may only be passed through, and holds a folder for each
// account, in which its programs have their sockets; the group of that folder is the workers', who are to connect. It
// refuses to start anything, and to guess: a name that the system does not know is a complaint.

import { chmod, chown, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Config } from '#config/schema';
import type { Complaint } from './complain.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface Accounts {
  readonly workers: Account | undefined; // undefined: as we are
  readonly agents: ReadonlyMap<string, Account>; // by agent, those that are not as we are
  /** Keys that mean nothing because we are not root and cannot be another user. */
  readonly ignored: readonly string[];
}

export const asWeAre: Accounts = { workers: undefined, agents: new Map(), ignored: [] };

export async function findAccounts(config: Config, isRoot: boolean): Promise<Accounts | Complaint> {
  const { user, group } = config.system;
  const own = config.agents.filter((agent) => agent.user !== undefined);
  if (!isRoot) {
    const keys = [...(user === undefined ? [] : ['system.user']), ...own.map(({ name }) => `agents.${name}.user`)];
    return { ...asWeAre, ignored: keys };
  }
  try {
    const workers = user === undefined ? undefined : await accountOf(user, group);
    const agents = new Map<string, Account>();
    for (const agent of config.agents) {
      const account = agent.user === undefined ? workers : await accountOf(agent.user);
      if (account !== undefined) agents.set(agent.name, account);
    }
    return { workers, agents, ignored: [] };
  } catch (error) {
    if (!(error instanceof UnknownName)) throw error;
    const { kind, name } = error;
    const hint = `\`useradd --system ${name}\` makes a user and a group of that name`;
    return { code: 'user-unknown', what: `this system has no ${kind} "${name}"`, hint };
  }
}

class UnknownName extends Error {
  readonly kind: 'user' | 'group';
  override readonly name: string;

  constructor(kind: 'user' | 'group', name: string) {
    super(name);
    this.kind = kind;
    this.name = name;
  }
}

async function accountOf(user: string, group?: string): Promise<Account> {
  const [, , uid, gid] = await entryOf('passwd', user);
  if (uid === undefined || gid === undefined) throw new UnknownName('user', user);
  if (group === undefined) return { uid: Number(uid), gid: Number(gid) };
  const [, , other] = await entryOf('group', group);
  if (other === undefined) throw new UnknownName('group', group);
  return { uid: Number(uid), gid: Number(other) };
}

/** The number of a group, or why there is none. */
export async function findGroup(name: string): Promise<number | Complaint> {
  const [, , gid] = await entryOf('group', name);
  if (gid !== undefined) return Number(gid);
  const hint = `\`groupadd --system ${name}\` makes one`;
  return { code: 'user-unknown', what: `this system has no group "${name}"`, hint };
}

/** The fields of passwd(5) and group(5), by name or number; `getent` knows those that a directory service has. */
async function entryOf(database: 'passwd' | 'group', name: string): Promise<readonly string[]> {
  const text = await readFile(`/etc/${database}`, 'utf8').catch(() => '');
  const known = text.split('\n').map((line) => line.split(':'));
  const found = known.find(([own]) => own === name) ?? known.find(([, , number]) => number === name);
  if (found !== undefined) return found;
  const { stdout, exitCode } = await execa('getent', [database, name], { reject: false });
  return exitCode === 0 ? stdout.trim().split(':') : [];
}

/** Where the programs of an account have their sockets. */
export function folderOf(account: Account | undefined, runtimeDir: string): string {
  return account === undefined ? runtimeDir : join(runtimeDir, `uid-${account.uid}`);
}

/** Before anything of theirs is started. */
export async function makeFolders({ workers, agents }: Accounts, runtimeDir: string): Promise<void> {
  const accounts = [...(workers === undefined ? [] : [workers]), ...agents.values()];
  if (accounts.length === 0) return;
  await chmod(runtimeDir, 0o711);
  for (const account of accounts) {
    const folder = folderOf(account, runtimeDir);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chown(folder, account.uid, workers?.gid ?? process.getgid?.() ?? account.gid);
    await chmod(folder, 0o2710); // what is made in it is of the workers' group, too
  }
}

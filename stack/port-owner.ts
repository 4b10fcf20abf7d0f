// Which program has an address: its process, its name, and where it cannot be looked into at least whose it is. From
// /proc: the table of sockets says which inode listens there, the descriptors of processes who has it open. Asked by `up`
// when an address is taken, and by `doctor`. It refuses to guess; where the kernel tells nothing, nothing is said.

import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { descriptorName, type SystemSocket, systemSockets } from '#config/system-sockets';
import type { Address } from '#config/value';
import { programName } from './process-identity.ts';

export interface Owner {
  readonly pid: number | undefined; // undefined: of another user, and we may not look
  readonly program: string | undefined;
  readonly user: string | undefined; // where there is no process id
}

/** Who listens there; `undefined`: nobody, as far as the kernel tells. */
export async function ownerOf(address: Address): Promise<Owner | undefined> {
  const sockets = (await systemSockets()).filter((one) => isInTheWay(one, address));
  const [first] = sockets;
  if (first === undefined) return undefined;
  const pid = await holderOf(new Set(sockets.map(({ name }) => name)));
  if (pid !== undefined) return { pid, program: await nameOf(pid), user: undefined };
  return { pid, program: undefined, user: first.userId === undefined ? undefined : await userName(first.userId) };
}

/** `nginx (pid 812)`, or as much of it as is known. */
export function ownerWords(owner: Owner | undefined): string {
  if (owner === undefined) return 'another program';
  if (owner.pid !== undefined) return `${owner.program ?? 'a program'} (pid ${owner.pid})`;
  const whose = owner.user === undefined ? 'one of another user' : `one of user ${owner.user}`;
  return `another program (${whose}: root can see which)`;
}

/** The next port above, or else below, on which nobody listens; `undefined`: none near. */
export async function freePortBeside(port: number): Promise<number | undefined> {
  const taken = new Set((await systemSockets()).flatMap(({ address }) => (address.kind === 'tcp' ? address.port : [])));
  const near = Array.from({ length: portsTried }, (_, index) => index + 1);
  const candidates = [...near.map((step) => port + step), ...near.map((step) => port - step)];
  return candidates.find((one) => one >= firstFreePort && one <= 65_535 && !taken.has(one));
}

const portsTried = 20;
const firstFreePort = 1024; // below, ports need rights

/** True if every socket that listens there is open in one of these processes, and there is one. */
export async function isHeldBy(where: number | string, pids: ReadonlySet<number>): Promise<boolean> {
  const sockets = new Set(
    (await systemSockets())
      .filter(({ address, isListening }) =>
        address.kind === 'tcp' ? address.port === where : isListening && address.path === where,
      )
      .map(({ name }) => name),
  );
  for (const pid of pids) for (const name of await socketsOf(pid)) sockets.delete(name);
  return sockets.size === 0;
}

/** A socket on every address stands in the way of one, and one in the way of all. */
function isInTheWay({ address, isListening }: SystemSocket, wanted: Address): boolean {
  if (!isListening) return false;
  if (address.kind === 'unix' || wanted.kind === 'unix')
    return address.kind === wanted.kind && 'path' in address && 'path' in wanted && address.path === wanted.path;
  if (address.port !== wanted.port) return false;
  return address.host === wanted.host || isEvery(address.host) || isEvery(wanted.host);
}

function isEvery(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** The first process, of those that we may look into, that has one of the sockets open. */
async function holderOf(sockets: ReadonlySet<string>): Promise<number | undefined> {
  const processes = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) if ((await socketsOf(Number(pid))).some((name) => sockets.has(name))) return Number(pid);
  return undefined;
}

async function socketsOf(pid: number): Promise<string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const names = await Promise.all(descriptors.map((fd) => descriptorName(Number(fd), pid)));
  return names.filter((name) => name !== undefined);
}

/** Of a stack or worker of ours its own name: `node` would not tell which. */
async function nameOf(pid: number): Promise<string | undefined> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  for (const word of words) {
    const ours = /\/(stack|proxy)\/main\.[jt]s$/.exec(word)?.[1];
    const marker = join(dirname(word), '..', 'config', 'default.kdl');
    if (ours !== undefined && (await exists(marker))) return ours === 'stack' ? 'sentinel-stack' : 'sentinel-proxy';
  }
  return programName(pid);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function userName(id: number): Promise<string> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  const line = lines.find((one) => one.split(':')[2] === String(id));
  return line?.split(':')[0] ?? String(id);
}

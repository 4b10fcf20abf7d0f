// What the doctor looks at: plain facts of this machine, gathered in one go. What cannot be read is `undefined`, and is no
// reason to stop. It refuses to judge: findings.ts does.

import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { BoundSocket } from 'node:net';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { placesOf } from '#config/handed-sockets';
import type { Loaded, Refused } from '#config/load';
import { type Address, parseAddress } from '#config/value';
import { explainListenError } from '../addresses.ts';
import type { Complaint } from '../complain.ts';
import { ownerOf } from '../port-owner.ts';
import { lookAtFolder } from '../runtime.ts';
import { isClockKept } from './clock.ts';
import { tryAddress } from './try-address.ts';

export interface MachineFacts {
  readonly node: { readonly version: string; readonly wanted: string };
  readonly addon: string | undefined; // why it cannot be loaded
  readonly holdsSockets: boolean; // this Node can hold a socket without accepting on it
  readonly loaded: Loaded | Refused;
  readonly folder: FolderFacts;
  readonly addresses: readonly AddressFacts[];
  readonly openFilesMax: number | undefined; // of one process
  readonly systemFiles: SystemFiles | undefined;
  readonly acceptQueueMax: number | undefined; // net.core.somaxconn
  readonly synQueueMax: number | undefined; // net.ipv4.tcp_max_syn_backlog
  readonly hasSynCookies: boolean;
  readonly ephemeralPorts: number | undefined;
  readonly memoryBytes: number | undefined; // available on this machine
  readonly memoryBoundBytes: number | undefined; // what the container or unit may use
  readonly cpus: number;
  readonly now: number;
  readonly installedAt: number | undefined;
  readonly isClockKept: boolean | undefined;
  readonly logs: readonly LogFacts[];
  readonly disks: readonly DiskFacts[];
}

/** Open files of all processes together. */
export interface SystemFiles {
  readonly used: number;
  readonly most: number;
}

export interface FolderFacts {
  readonly path: string;
  readonly uid: number | undefined; // undefined: it is not there
  readonly ownUid: number | undefined;
  readonly mode: number;
  readonly lock: 'absent' | 'stale' | 'held';
  readonly holder: number | undefined;
  readonly orphans: number;
}

export interface AddressFacts {
  readonly text: string; // as configured
  readonly trouble: Complaint | undefined; // undefined: it could be opened
  readonly isOurs: boolean; // taken by the stack that has the folder
}

export interface LogFacts {
  readonly what: string; // `access log`
  readonly path: string;
  readonly trouble: string | undefined; // the system's name of the error that writing would end in
  readonly isVital: boolean; // a stack does not start without it
}

export interface DiskFacts {
  readonly path: string;
  readonly freeBytes: number;
  readonly freeShare: number;
}

export async function gatherFacts(
  loaded: Loaded | Refused,
  runtimeDir: string,
  cwd = process.cwd(),
): Promise<MachineFacts> {
  const folder = await folderFacts(runtimeDir);
  const logs = await logFacts(loaded, cwd);
  return {
    node: { version: process.version, wanted: await wantedNode() },
    addon: await addonTrouble(),
    holdsSockets: typeof BoundSocket === 'function',
    loaded,
    folder,
    addresses: loaded.ok ? await addressFacts(loaded, folder.holder) : [],
    openFilesMax: await openFiles(),
    ...(await kernelFacts()),
    memoryBytes: await availableMemory(),
    memoryBoundBytes: process.constrainedMemory() || undefined,
    cpus: availableParallelism(),
    now: Date.now(),
    installedAt: (await stat(packageFile).catch(() => undefined))?.mtimeMs,
    isClockKept: await isClockKept(),
    logs,
    disks: await diskFacts([runtimeDir, ...logs.map(({ path }) => dirname(path))]),
  };
}

type Kernel = 'systemFiles' | 'acceptQueueMax' | 'synQueueMax' | 'hasSynCookies' | 'ephemeralPorts';

async function kernelFacts(): Promise<Pick<MachineFacts, Kernel>> {
  const [first, last] = (await numbers('/proc/sys/net/ipv4/ip_local_port_range')) ?? [];
  const [used, , most] = (await numbers('/proc/sys/fs/file-nr')) ?? [];
  return {
    systemFiles: used === undefined || most === undefined ? undefined : { used, most },
    acceptQueueMax: (await numbers('/proc/sys/net/core/somaxconn'))?.[0],
    synQueueMax: (await numbers('/proc/sys/net/ipv4/tcp_max_syn_backlog'))?.[0],
    hasSynCookies: (await numbers('/proc/sys/net/ipv4/tcp_syncookies'))?.[0] !== 0,
    ephemeralPorts: first === undefined || last === undefined ? undefined : last - first + 1,
  };
}

const packageFile = join(import.meta.dirname, '..', '..', 'package.json');

async function wantedNode(): Promise<string> {
  const { engines }: { engines?: { node?: string } } = JSON.parse(await readFile(packageFile, 'utf8'));
  return /\d+(?:\.\d+)*/.exec(engines?.node ?? '')?.[0] ?? '0';
}

async function addonTrouble(): Promise<string | undefined> {
  try {
    await import('re2');
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
  }
}

async function folderFacts(path: string): Promise<FolderFacts> {
  const status = await stat(path).catch(() => undefined);
  const { lock, holder, orphans } = await lookAtFolder(path);
  const own = { ownUid: process.getuid?.(), mode: (status?.mode ?? 0) & 0o777 };
  return { path, uid: status?.uid, ...own, lock, holder, orphans: orphans.length };
}

/** One after the other: two on one port must not take it from each other. */
async function addressFacts({ config }: Loaded, holder: number | undefined): Promise<AddressFacts[]> {
  const found: AddressFacts[] = [];
  for (const { address: text } of placesOf(config)) {
    const address = parseAddress(text);
    if (address !== undefined) found.push(await oneAddress(text, address, holder));
  }
  return found;
}

async function oneAddress(text: string, address: Address, holder: number | undefined): Promise<AddressFacts> {
  const code = await tryAddress(address);
  if (code === undefined) return { text, trouble: undefined, isOurs: false };
  const pid = code === 'EADDRINUSE' ? (await ownerOf(address))?.pid : undefined;
  const isOurs = pid !== undefined && (await isOf(pid, holder));
  return { text, trouble: await explainListenError(code, text, address), isOurs };
}

/** The holder itself or a child of it. */
async function isOf(pid: number, holder: number | undefined): Promise<boolean> {
  if (holder === undefined) return false;
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return pid === holder || Number(parent) === holder;
}

async function openFiles(): Promise<number | undefined> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(text) ?? [];
  return soft === undefined ? undefined : soft === 'unlimited' ? Infinity : Number(soft);
}

async function availableMemory(): Promise<number | undefined> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const [, kib] = /^MemAvailable:\s+(\d+) kB/m.exec(text) ?? [];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

async function numbers(path: string): Promise<number[] | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text?.trim().split(/\s+/).map(Number);
}

async function logFacts(loaded: Loaded | Refused, cwd: string): Promise<LogFacts[]> {
  if (!loaded.ok) return [];
  const { path, accessLog, auditLog } = loaded.config.observability.logging;
  const files = [
    { what: 'stack log', path, isVital: false }, // lines are dropped and counted until it can be written
    { what: 'access log', path: accessLog.path, isVital: true },
    { what: 'audit log', path: auditLog.path, isVital: true },
  ];
  const named = files.flatMap((one) =>
    one.path === undefined || one.path === 'stdout' ? [] : [{ ...one, path: resolve(cwd, one.path) }],
  );
  return Promise.all(named.map(async (one) => ({ ...one, trouble: await writingTrouble(one.path) })));
}

async function writingTrouble(path: string): Promise<string | undefined> {
  const isThere = (await stat(path).catch(() => undefined)) !== undefined;
  return access(isThere ? path : dirname(path), constants.W_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}

/** A folder that is not there yet stands for the one that it will be made in. */
async function diskFacts(folders: readonly string[]): Promise<DiskFacts[]> {
  const found = await Promise.all([...new Set(folders)].map(diskOf));
  return found.filter((one) => one !== undefined);
}

async function diskOf(path: string): Promise<DiskFacts | undefined> {
  for (let at = path; ; at = dirname(at)) {
    const disk = await statfs(at).catch(() => undefined);
    if (disk !== undefined)
      return { path, freeBytes: disk.bavail * disk.bsize, freeShare: disk.bavail / Math.max(1, disk.blocks) };
    if (at === dirname(at)) return undefined;
  }
}

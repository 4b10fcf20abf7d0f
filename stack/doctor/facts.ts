// What the doctor looks at: plain facts of this machine, gathered in one go. What cannot be read is `undefined`, and is no
// reason to stop. It refuses to judge: findings.ts does.

import { readFile, stat, statfs } from 'node:fs/promises';
import { BoundSocket } from 'node:net';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { Loaded, Refused } from '#config/load';
import { type Address, parseAddress } from '#config/value';
import { listenerOn } from '../addresses.ts';
import { lookAtFolder } from '../runtime.ts';

export interface MachineFacts {
  readonly node: { readonly version: string; readonly wanted: string };
  readonly addon: string | undefined; // why it cannot be loaded
  readonly holdsSockets: boolean; // this Node can hold a socket without accepting on it
  readonly loaded: Loaded | Refused;
  readonly folder: FolderFacts;
  readonly ports: readonly PortFacts[];
  readonly openFilesMax: number | undefined;
  readonly acceptQueueMax: number | undefined; // net.core.somaxconn
  readonly ephemeralPorts: number | undefined;
  readonly unprivilegedPort: number; // the first that everybody may open
  readonly isRoot: boolean;
  readonly memoryBytes: number | undefined; // available
  readonly cpus: number;
  readonly now: number;
  readonly installedAt: number | undefined;
  readonly disks: readonly DiskFacts[];
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

export interface PortFacts {
  readonly text: string; // as configured
  readonly port: number;
  readonly owner: string | undefined; // undefined: free
  readonly isOurs: boolean; // of the stack that has the folder
}

export interface DiskFacts {
  readonly path: string;
  readonly freeBytes: number;
  readonly freeShare: number;
}

export async function gatherFacts(loaded: Loaded | Refused, runtimeDir: string): Promise<MachineFacts> {
  const folder = await folderFacts(runtimeDir);
  const [first, last] = (await numbers('/proc/sys/net/ipv4/ip_local_port_range')) ?? [];
  const [queue] = (await numbers('/proc/sys/net/core/somaxconn')) ?? [];
  const [unprivilegedPort = 1024] = (await numbers('/proc/sys/net/ipv4/ip_unprivileged_port_start')) ?? [];
  return {
    node: { version: process.version, wanted: await wantedNode() },
    addon: await addonTrouble(),
    holdsSockets: typeof BoundSocket === 'function',
    loaded,
    folder,
    ports: loaded.ok ? await portFacts(loaded, folder.holder) : [],
    openFilesMax: await openFiles(),
    acceptQueueMax: queue,
    ephemeralPorts: first === undefined || last === undefined ? undefined : last - first + 1,
    unprivilegedPort,
    isRoot: process.getuid?.() === 0,
    memoryBytes: await availableMemory(),
    cpus: availableParallelism(),
    now: Date.now(),
    installedAt: (await stat(packageFile).catch(() => undefined))?.mtimeMs,
    disks: await diskFacts(loaded, runtimeDir),
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

async function portFacts({ config }: Loaded, holder: number | undefined): Promise<PortFacts[]> {
  const written = [...config.listeners.flatMap(({ address }) => address), config.admin.address ?? ''];
  const addresses = written.map((text) => ({ text, address: parseAddress(text) }));
  const ports = addresses.filter((one): one is typeof one & { address: Extract<Address, { kind: 'tcp' }> } =>
    one.address?.kind === 'tcp' ? one.address.port !== 0 : false,
  );
  return Promise.all(
    ports.map(async ({ text, address: { port } }) => {
      const owner = await listenerOn(port);
      const isOurs = owner?.pid !== undefined && (await isOf(owner.pid, holder));
      return { text, port, owner: owner?.words, isOurs };
    }),
  );
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

/** Where sockets and logs are written; a folder that is not there yet stands for the one that it will be made in. */
async function diskFacts(loaded: Loaded | Refused, runtimeDir: string): Promise<DiskFacts[]> {
  const logging = loaded.ok ? loaded.config.observability.logging : undefined;
  const files = [logging?.path, logging?.accessLog.path, logging?.auditLog.path];
  const logs = files.filter((path) => path !== undefined && path !== 'stdout').map((path) => dirname(path ?? ''));
  const found = await Promise.all([...new Set([runtimeDir, ...logs])].map(diskOf));
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

// Why an address cannot be listened on, in the words of who has to mend it: with the name of the program that has it,
// where the system tells us. It refuses to open anything; sockets.ts does.

import { readdir } from 'node:fs/promises';
import { descriptorName, systemSockets } from '#config/system-sockets';
import type { Address } from '#config/value';
import type { Complaint } from './complain.ts';
import { programName } from './process-identity.ts';

/** `code` is the system's name of the error, `text` the address as the configuration writes it. */
export async function explainListenError(code: string, text: string, address: Address): Promise<Complaint> {
  const cannot = `cannot listen on ${text}`;
  if (code === 'EADDRINUSE') {
    const owner = address.kind === 'tcp' ? await portOwner(address.port) : 'another program';
    const other = address.kind === 'tcp' ? ` such as ${beside(text, address.port)}` : '';
    const hint = `choose another address${other}, or stop that program`;
    return { code: 'listen-address-in-use', what: `${cannot}: in use by ${owner}`, hint };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const low = address.kind === 'tcp' && address.port < 1024;
    const hint = low
      ? 'ports below 1024 need rights: use a port from 1024 on, or give the program CAP_NET_BIND_SERVICE'
      : 'check the rights of its folder';
    return { code: 'listen-not-permitted', what: `${cannot}: this user may not`, hint };
  }
  const what = unusableWords[code] ?? code;
  return { code: 'listen-address-unusable', what: `${cannot}: ${what}`, hint: '`ip address` shows those it has' };
}

const unusableWords: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no host of that name',
};

/** The address with the next port: one to try. */
export function beside(text: string, port: number): string {
  const other = port < 65_535 ? port + 1 : port - 1;
  return `${text.slice(0, text.lastIndexOf(':'))}:${other}`;
}

/** `nginx (pid 812)`, or why that cannot be said. */
async function portOwner(port: number): Promise<string> {
  return (await listenerOn(port))?.words ?? 'another program (one of another user: root can see which)';
}

/** Who listens on a port now; `undefined`: nobody. */
export async function listenerOn(
  port: number,
): Promise<{ readonly pid: number | undefined; readonly words: string } | undefined> {
  const sockets = await listeningSockets(port);
  if (sockets.size === 0) return undefined;
  const pid = await holderOf(sockets);
  if (pid === undefined) return { pid, words: 'another program (one of another user: root can see which)' };
  return { pid, words: `${(await programName(pid)) ?? 'a program'} (pid ${pid})` };
}

/** True if every socket that listens there is open in one of these processes, and there is one. */
export async function isHeldBy(where: number | string, pids: ReadonlySet<number>): Promise<boolean> {
  const sockets = await listeningSockets(where);
  for (const pid of pids) for (const name of await socketsOf(pid)) sockets.delete(name);
  return sockets.size === 0;
}

/** The names of the sockets that listen on the port, or at the path. */
async function listeningSockets(where: number | string): Promise<Set<string>> {
  const matching = (await systemSockets()).filter(({ address, isListening }) =>
    address.kind === 'tcp' ? address.port === where : isListening && address.path === where,
  );
  return new Set(matching.map(({ name }) => name));
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

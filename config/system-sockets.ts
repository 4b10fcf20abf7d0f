// What the kernel says of the sockets that are open on this machine, read from /proc/net (proc(5)): which addresses are
// listened on, and by which inode. The shaping decision: one table of plain facts for everybody who asks (who has this
// port, what was this descriptor bound to, does anybody hold this path). It refuses to open, probe or close anything.

import { lstat, readFile, readlink, rm } from 'node:fs/promises';
import { connect, SocketAddress } from 'node:net';
import type { Address } from './value.ts';

export interface SystemSocket {
  readonly name: string; // `socket:[INODE]`, as a link in /proc/PID/fd shows it
  readonly address: Address;
  readonly isListening: boolean; // a Unix socket is here from its bind on
  readonly userId?: number; // whose program has it; the kernel tells only of TCP
}

/** Stream sockets that listen, or are a path's and may listen yet. What cannot be read is as if it were not there. */
export async function systemSockets(): Promise<readonly SystemSocket[]> {
  const [tcp, tcp6, unix] = await Promise.all(['tcp', 'tcp6', 'unix'].map(readTable));
  return [...[...(tcp ?? []), ...(tcp6 ?? [])].flatMap(tcpSocket), ...(unix ?? []).flatMap(unixSocket)];
}

/** The name of what a descriptor of a process is: of a socket as in the table above. */
export async function descriptorName(fd: number, pid: number | 'self' = 'self'): Promise<string | undefined> {
  return readlink(`/proc/${pid}/fd/${fd}`).catch(() => undefined);
}

/** A socket file stands in the way, but no program has it any more: it is removed, and true comes back. */
export async function removeLeftover(path: string): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined);
  if (status?.isSocket() !== true || !(await refusesClients(path))) return false;
  // Refused, too, is who connects to a socket that is bound and does not listen yet: a stack that starts just now.
  const isBound = (await systemSockets()).some(({ address }) => address.kind === 'unix' && address.path === path);
  if (isBound) return false;
  await rm(path, { force: true });
  return true;
}

function refusesClients(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
  });
}

async function readTable(name: string): Promise<string[]> {
  const text = await readFile(`/proc/net/${name}`, 'utf8').catch(() => '');
  return text.split('\n').slice(1);
}

const listenState = '0A'; // TCP_LISTEN in the kernel's net/tcp_states.h

/** `sl local:PORT remote st queues timer retransmits uid timeout inode`, addresses in hex. */
function tcpSocket(line: string): SystemSocket[] {
  const [, local = '', , state, , , , userId, , inode] = line.trim().split(/\s+/);
  const [hexHost = '', hexPort = ''] = local.split(':');
  if (state !== listenState) return [];
  const host = hexHost.length === 8 ? ipv4(hexHost) : ipv6(hexHost);
  const address = { kind: 'tcp', host, port: Number.parseInt(hexPort, 16) } as const;
  return [{ name: `socket:[${inode}]`, address, isListening: true, userId: Number(userId) }];
}

/** Words of four bytes in the order of the machine, which is little-endian on all that we run on. */
function bytesOf(hex: string): Buffer {
  return Buffer.from(hex, 'hex').swap32();
}

function ipv4(hex: string): string {
  return [...bytesOf(hex)].join('.');
}

function ipv6(hex: string): string {
  const groups = bytesOf(hex).toString('hex').match(/.{4}/g) ?? [];
  return canonicalHost(groups.join(':'));
}

/** One spelling per IPv6 address: `0:0::1` is `::1`. What is none stays as it is. */
export function canonicalHost(host: string): string {
  return host.includes(':') ? new SocketAddress({ address: host, family: 'ipv6' }).address : host;
}

const streamType = '0001';
const unconnected = '01'; // listens, or is bound only; accepted connections have the path of their listener too
const acceptsFlag = 0x1_00_00; // __SO_ACCEPTCON in the kernel's net.h

/** `num: references protocol flags type state inode path` */
function unixSocket(line: string): SystemSocket[] {
  const [, , , flags = '', type, state, inode] = line.trim().split(/\s+/);
  const path = line.slice(line.indexOf('/'));
  if (type !== streamType || state !== unconnected || !line.includes(' /')) return [];
  const isListening = (Number.parseInt(flags, 16) & acceptsFlag) !== 0;
  return [{ name: `socket:[${inode}]`, address: { kind: 'unix', path }, isListening }];
}

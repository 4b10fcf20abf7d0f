// Are the addresses that the proxy will listen on free? Found out by binding each before anything is started, so that a
// taken port is known at once and with the name of who has it. Bound without SO_REUSEPORT: with it, two stacks would
// share a port in silence. It keeps nothing open: the workers open their own.

import { readdir, readFile, readlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Config } from '#config/schema';
import { type Address, parseAddress } from '#config/value';
import type { Complaint } from './complain.ts';
import { programName } from './process-identity.ts';

/** One complaint per address that cannot be used, in the order of the configuration. */
export async function probeAddresses(config: Config): Promise<Complaint[]> {
  const admin = config.admin.address;
  const texts = [...config.listeners.flatMap(({ address }) => address), ...(admin === undefined ? [] : [admin])];
  const complaints: Complaint[] = [];
  for (const text of texts) {
    const address = parseAddress(text);
    const code = address === undefined ? undefined : await bindError(address);
    if (address !== undefined && code !== undefined) complaints.push(await explain(code, text, address));
  }
  return complaints;
}

/** The system's name of the error, or `undefined` if the address can be bound. */
function bindError(address: Address): Promise<string | undefined> {
  if (address.kind === 'unix') return unixError(address.path);
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: address.host, port: address.port, exclusive: true }, () =>
      server.close(() => resolve(undefined)),
    );
  });
}

/** A socket file that nobody accepts on is a leftover, and the worker replaces it. */
function unixError(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve('EADDRINUSE');
    });
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EACCES' ? code : undefined));
  });
}

async function explain(code: string, text: string, address: Address): Promise<Complaint> {
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
  const what = code === 'EADDRNOTAVAIL' ? 'this machine has no such address' : code;
  return { code: 'listen-address-unusable', what: `${cannot}: ${what}`, hint: '`ip address` shows those it has' };
}

function beside(text: string, port: number): string {
  const other = port < 65_535 ? port + 1 : port - 1;
  return `${text.slice(0, text.lastIndexOf(':'))}:${other}`;
}

/** `nginx (pid 812)`, or why that cannot be said. */
async function portOwner(port: number): Promise<string> {
  const sockets = await listeningSockets(port);
  const pid = await holderOf(sockets);
  if (pid === undefined) return 'another program (one of another user: root can see which)';
  return `${(await programName(pid)) ?? 'a program'} (pid ${pid})`;
}

const listenState = '0A'; // TCP_LISTEN in the kernel's net/tcp_states.h

/** The inodes of the sockets that listen on the port. A line: `sl local:PORT remote st … uid timeout inode` in hex. */
async function listeningSockets(port: number): Promise<Set<string>> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = tables.flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)));
  const matching = rows.filter(
    ([, local, , state]) => local?.endsWith(`:${hexPort}`) === true && state === listenState,
  );
  return new Set(matching.map((row) => `socket:[${row[9]}]`));
}

/** The first process, of those that we may look into, that has one of the sockets open. */
async function holderOf(sockets: ReadonlySet<string>): Promise<number | undefined> {
  const processes = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const fd of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (sockets.has(target)) return Number(pid);
    }
  }
  return undefined;
}

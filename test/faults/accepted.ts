// Which clients a process has: the ports of those whose connections it has accepted, read from the kernel's tables. What
// is lost when it is killed is told apart by it: a request on one of these connections was in flight, any other was not
// its to lose.

import { readdir, readFile, readlink } from 'node:fs/promises';

/** The clients' ports of the connections to `port` that the process has open. */
export async function acceptedBy(pid: number, port: number): Promise<ReadonlySet<number>> {
  const [table, names] = await Promise.all([readFile('/proc/net/tcp', 'utf8'), descriptorNames(pid)]);
  const clients = new Set<number>();
  for (const line of table.split('\n').slice(1)) {
    const [, local = '', remote = '', , , , , , , inode] = line.trim().split(/\s+/);
    if (portOf(local) === port && names.has(`socket:[${inode}]`)) clients.add(portOf(remote));
  }
  return clients;
}

async function descriptorNames(pid: number): Promise<ReadonlySet<string>> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const names = descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''));
  return new Set(await Promise.all(names));
}

/** Of an address as the kernel writes it: `0100007F:1F90`. */
function portOf(address: string): number {
  return Number.parseInt(address.slice(address.indexOf(':') + 1), 16);
}

// The listening sockets of the whole stack: bound before the first process is started and kept until the stack stops, so
// that a taken port is known at once, and connections wait in the kernel's queue while no worker is there to accept
// them. The shaping decision: this process binds and never accepts. A port has one socket per worker, among which the
// kernel shares connections out evenly (SO_REUSEPORT); every worker is started with all of them, calls listen(2) on its
// own, and on another's when that one ends. A socket file has one socket for all. Node opens everything close-on-exec,
// so agents inherit nothing. A reload makes a second set out of the first: an address that stays keeps its sockets, and
// whichever of the two is not taken closes only what the other has not.

import assert from 'node:assert/strict';
import { rename, rm } from 'node:fs/promises';
import { BoundSocket } from 'node:net';
import {
  type Activation,
  type HandedSocket,
  type Place,
  placesOf,
  type TcpAddress,
  takeSocket,
  withNumericHost,
} from '#config/handed-sockets';
import type { Config } from '#config/schema';
import { canonicalHost, removeLeftover } from '#config/system-sockets';
import { type Address, formatAddress, parseAddress } from '#config/value';
import { type AddressFlag, explainListenError } from './addresses.ts';
import type { Complaint } from './complain.ts';
import type { Listening } from './plan.ts';
import { isHeldBy } from './port-owner.ts';
import type { SharedPort } from './steer.ts';

export type Held =
  | { readonly ok: true; readonly held: HeldSockets }
  | { readonly ok: false; readonly complaints: readonly Complaint[] };

export interface HoldOptions {
  readonly activation?: Activation; // sockets that somebody opened for us
  readonly before?: HeldSockets; // those of the configuration until now
  readonly ours?: ReadonlySet<number>; // processes that may have the ports: they are of our own stack
}

/** All sockets; or none, and a complaint for each that cannot be had, in the order of the configuration. */
export async function holdSockets(config: Config, workers: number, options: HoldOptions = {}): Promise<Held> {
  const { activation = { sockets: [], unused: [] }, before, ours = new Set() } = options;
  const groups: SocketGroup[] = [];
  const known = [...(before?.groups ?? [])];
  const given = [...activation.sockets];
  const complaints: Complaint[] = activation.unused.map((what) => ({
    code: 'listen-socket-unused',
    what,
    hint: unusedHint,
  }));
  for (const place of placesOf(config)) {
    const fd = takeSocket(given, place);
    if (fd !== undefined) {
      groups.push(keep(place, fd));
      continue;
    }
    const flag = before === undefined ? flagFor(place, config) : undefined; // who reloads has no words to add
    const group = await openGroup(place, { workers, ours, before: takeGroup(known, place), flag });
    if ('code' in group) complaints.push(group);
    else groups.push(group);
  }
  const spare = known.filter(({ given: isGiven }) => isGiven).map((group) => ({ ...group, isUsed: false }));
  const held = new HeldSockets([...groups, ...spare]);
  if (complaints.length === 0) return { ok: true, held };
  held.close(before);
  return { ok: false, complaints };
}

/** What `up` takes to put it elsewhere. */
function flagFor({ listener }: Place, { listeners }: Config): AddressFlag {
  if (listener === undefined) return '--admin';
  return listeners.length === 1 ? '--listen' : undefined;
}

const unusedHint = 'give a listener that address, or take the socket out of the .socket unit';

/** All sockets of one place. */
interface SocketGroup {
  readonly place: Place;
  readonly opened: string; // the address really open: where the configuration says port 0, the system has chosen one
  readonly isShared: boolean; // one socket for all workers
  readonly bound: readonly BoundSocket[];
  readonly given: number | undefined; // a socket that somebody opened for us; it stays theirs and is never closed
  readonly isUsed: boolean; // false: kept because it could not be had again
}

export class HeldSockets {
  readonly groups: readonly SocketGroup[];
  readonly #closed = new Set<BoundSocket>();

  constructor(groups: readonly SocketGroup[]) {
    this.groups = groups;
  }

  get sockets(): readonly HandedSocket[] {
    return this.groups.filter(({ isUsed }) => isUsed).flatMap(handed);
  }

  get listening(): Listening {
    const listening: Record<string, string[]> = {};
    for (const { place, opened, isUsed } of this.groups) {
      const isHidden = !isUsed || (place.listener === undefined && 'admin' in listening); // a listener has that name
      const name = place.listener ?? 'admin';
      if (!isHidden) listening[name] = [...(listening[name] ?? []), opened];
    }
    return listening;
  }

  /** Ports of which every worker has a socket. */
  get sharedPorts(): readonly SharedPort[] {
    return this.groups.flatMap(({ isShared, bound: [first, ...more] }) => {
      if (isShared || first === undefined) return [];
      const { address, port } = first.address();
      return [{ host: canonicalHost(address), port, fds: [first, ...more].map((socket) => socket.fd()) }];
    });
  }

  /** From here on the workers alone keep them open, each until it has closed its own. Those of `other` stay. */
  close(other?: HeldSockets): void {
    const kept = new Set(other?.groups.flatMap(({ bound }) => bound));
    for (const { place, bound } of this.groups) {
      const gone = bound.filter((socket) => !kept.has(socket) && !this.#closed.has(socket));
      for (const socket of gone) {
        socket.close();
        this.#closed.add(socket);
      }
      if (gone.length > 0 && gone.length === bound.length) removeFile(place);
    }
  }
}

/** One that was bound under another name and renamed: libuv removes only the name that it knows. */
function removeFile({ address }: Place): void {
  const parsed = parseAddress(address);
  if (parsed?.kind === 'unix') void rm(parsed.path, { force: true }).catch(() => undefined);
}

function handed({ place, bound, given, isShared }: SocketGroup): HandedSocket[] {
  if (given !== undefined) return [{ ...place, fd: given }];
  return bound.map((socket, index) => ({ ...place, fd: socket.fd(), ...(isShared ? {} : { worker: index + 1 }) }));
}

function keep(place: Place, fd: number): SocketGroup {
  return { place, opened: place.address, isShared: true, bound: [], given: fd, isUsed: true };
}

/** That of the same address, whatever the listener is called by now. */
function takeGroup(known: SocketGroup[], { listener, address }: Place): SocketGroup | undefined {
  const fits = ({ place }: SocketGroup) =>
    place.address === address && (place.listener === undefined) === (listener === undefined);
  const same = known.findIndex((group) => fits(group) && group.place.listener === listener);
  const index = same === -1 ? known.findIndex(fits) : same;
  return index === -1 ? undefined : known.splice(index, 1)[0];
}

interface Around {
  readonly workers: number;
  readonly before: SocketGroup | undefined;
  readonly ours: ReadonlySet<number>;
  readonly flag: AddressFlag;
}

async function openGroup(place: Place, { workers, before, ours, flag }: Around): Promise<SocketGroup | Complaint> {
  const address = parseAddress(place.address);
  assert(address !== undefined, 'a configuration that was accepted has addresses only');
  // The admin side has one for all: whichever worker is free answers, for the whole stack.
  const isShared = address.kind === 'unix' || place.listener === undefined;
  const count = isShared ? 1 : workers;
  try {
    if (before !== undefined) return await regroup(before, { place, address, count });
    const bound = address.kind === 'unix' ? [await bindPath(address.path, ours)] : await bindPort(address, count, ours);
    return { place, opened: openAddress(address, bound), isShared, bound, given: undefined, isUsed: true };
  } catch (error) {
    return await explainListenError(codeOf(error), place.address, address, flag);
  }
}

interface Wanted {
  readonly place: Place;
  readonly address: Address;
  readonly count: number;
}

/** The same sockets for a place of the next configuration, and more if there are more workers; never fewer: see plan.ts. */
async function regroup(before: SocketGroup, { place, address, count }: Wanted): Promise<SocketGroup> {
  const { bound, isShared, given, opened } = before;
  const missing = isShared || given !== undefined ? 0 : count - bound.length;
  if (missing <= 0 || address.kind === 'unix') return { ...before, place, isUsed: true };
  const port = bound[0]?.address().port ?? address.port;
  const more = await bindMore({ ...address, port }, missing);
  return { place, opened, isShared, given, bound: [...bound, ...more], isUsed: true };
}

function openAddress(written: Address, [first]: readonly BoundSocket[]): string {
  if (written.kind === 'unix' || first === undefined) return formatAddress(written);
  const { address, port } = first.address();
  return formatAddress({ kind: 'tcp', host: address, port });
}

/** So many sockets, all on the port of the first. */
async function bindPort(address: TcpAddress, count: number, ours: ReadonlySet<number>): Promise<BoundSocket[]> {
  const { host, port } = await withNumericHost(address);
  await refuseRivals({ kind: 'tcp', host, port }, ours);
  const first = new BoundSocket({ host, port, reusePort: true });
  try {
    return [first, ...(await bindMore({ kind: 'tcp', host, port: first.address().port }, count - 1))];
  } catch (error) {
    first.close();
    throw error;
  }
}

/** Bound alone first: among sockets that share, another stack of the same user would pass unnoticed. */
async function refuseRivals({ host, port }: TcpAddress, ours: ReadonlySet<number>): Promise<void> {
  try {
    new BoundSocket({ host, port }).close();
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE' || ours.size === 0 || !(await isHeldBy(port, ours))) throw error;
  }
}

async function bindMore(address: TcpAddress, count: number): Promise<BoundSocket[]> {
  const { host, port } = await withNumericHost(address);
  const bound: BoundSocket[] = [];
  try {
    while (bound.length < count) bound.push(new BoundSocket({ host, port, reusePort: true }));
    return bound;
  } catch (error) {
    for (const socket of bound) socket.close();
    throw error;
  }
}

/**
 * A socket file that nobody serves any more, left by a program that was killed, is replaced; and one that workers of
 * ours serve whose supervisor was killed: they keep theirs, who connects from now on comes to ours.
 */
async function bindPath(path: string, ours: ReadonlySet<number>): Promise<BoundSocket> {
  try {
    return bindFile(path);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    if (await removeLeftover(path)) return bindFile(path);
    if (ours.size === 0 || !(await isHeldBy(path, ours))) throw error;
    const own = `${path}.${process.pid}`;
    const bound = bindFile(own);
    await rename(own, path);
    return bound;
  }
}

function bindFile(path: string): BoundSocket {
  const options: BoundPath = { path };
  return new BoundSocket(options);
}

/** Node has it, its types do not. */
type BoundPath = NonNullable<ConstructorParameters<typeof BoundSocket>[0]> & { readonly path: string };

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

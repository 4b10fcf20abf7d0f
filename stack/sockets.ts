// The listening sockets of the whole stack: bound before the first process is started and kept until the stack stops, so
// that a taken port is known at once, and connections wait in the kernel's queue while no worker is there to accept
// them. The shaping decision: this process binds and never accepts. A port has one socket per worker, among which the
// kernel shares connections out evenly (SO_REUSEPORT); every worker is started with all of them, calls listen(2) on its
// own, and on another's when that one ends. A socket file has one socket for all. Node opens everything close-on-exec,
// so agents inherit nothing.

import assert from 'node:assert/strict';
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
import { removeLeftover } from '#config/system-sockets';
import { type Address, formatAddress, parseAddress } from '#config/value';
import { explainListenError } from './addresses.ts';
import type { Complaint } from './complain.ts';
import type { Listening } from './plan.ts';

export type Held =
  | { readonly ok: true; readonly held: HeldSockets }
  | { readonly ok: false; readonly complaints: readonly Complaint[] };

/** All sockets; or none, and a complaint for each that cannot be had, in the order of the configuration. */
export async function holdSockets(config: Config, workers: number, { sockets, unused }: Activation): Promise<Held> {
  const held = new HeldSockets();
  const given = [...sockets];
  const complaints: Complaint[] = unused.map((what) => ({ code: 'listen-socket-unused', what, hint: unusedHint }));
  for (const place of placesOf(config)) {
    const fd = takeSocket(given, place);
    const complaint = fd === undefined ? await held.open(place, workers) : held.keep(place, fd);
    if (complaint !== undefined) complaints.push(complaint);
  }
  if (complaints.length === 0) return { ok: true, held };
  held.close();
  return { ok: false, complaints };
}

const unusedHint = 'give a listener that address, or take the socket out of the .socket unit';

export class HeldSockets {
  readonly #sockets: HandedSocket[] = [];
  readonly #bound: BoundSocket[] = [];
  readonly #listening: Record<string, string[]> = {};

  get sockets(): readonly HandedSocket[] {
    return this.#sockets;
  }

  /** The addresses really open: where the configuration says port 0, the system has chosen one. */
  get listening(): Listening {
    return this.#listening;
  }

  /** A socket that somebody opened for us; it stays theirs and is never closed. All workers share it. */
  keep(place: Place, fd: number): undefined {
    this.#add(place, place.address, [{ ...place, fd }]);
  }

  async open(place: Place, workers: number): Promise<Complaint | undefined> {
    const address = parseAddress(place.address);
    assert(address !== undefined, 'a configuration that was accepted has addresses only');
    // The admin side is the first worker's alone; where there is but one, nobody else may share its ports.
    const isShared = address.kind === 'unix' || place.listener === undefined || workers === 1;
    try {
      const bound = isShared ? [await bindOne(address)] : await bindPort(address, workers);
      this.#bound.push(...bound);
      const sockets = bound.map((socket, index) => ({
        ...place,
        fd: socket.fd(),
        ...(isShared ? {} : { worker: index + 1 }),
      }));
      this.#add(place, openAddress(address, bound), sockets);
      return undefined;
    } catch (error) {
      return await explainListenError(codeOf(error), place.address, address);
    }
  }

  #add({ listener }: Place, open: string, sockets: readonly HandedSocket[]): void {
    this.#sockets.push(...sockets);
    const isHidden = listener === undefined && 'admin' in this.#listening; // a listener has that name
    const name = listener ?? 'admin';
    if (!isHidden) this.#listening[name] = [...(this.#listening[name] ?? []), open];
  }

  /** From here on the workers alone keep them open, each until it has closed its own. Socket files are gone. */
  close(): void {
    for (const socket of this.#bound.splice(0)) socket.close();
  }
}

function openAddress(written: Address, [first]: readonly BoundSocket[]): string {
  if (written.kind === 'unix' || first === undefined) return formatAddress(written);
  const { address, port } = first.address();
  return formatAddress({ kind: 'tcp', host: address, port });
}

async function bindOne(address: Address): Promise<BoundSocket> {
  if (address.kind === 'unix') return bindPath(address.path);
  const { host, port } = await withNumericHost(address);
  return new BoundSocket({ host, port });
}

/** One socket per worker, all on the port of the first. */
async function bindPort(address: TcpAddress, workers: number): Promise<BoundSocket[]> {
  const { host, port } = await withNumericHost(address);
  // Bound alone first: among sockets that share, another stack of the same user would pass unnoticed.
  new BoundSocket({ host, port }).close();
  const bound: BoundSocket[] = [];
  try {
    while (bound.length < workers) {
      bound.push(new BoundSocket({ host, port: bound[0]?.address().port ?? port, reusePort: true }));
    }
    return bound;
  } catch (error) {
    for (const socket of bound) socket.close();
    throw error;
  }
}

/** A socket file that nobody serves any more, left by a program that was killed, is replaced. */
async function bindPath(path: string): Promise<BoundSocket> {
  const options: BoundPath = { path };
  try {
    return new BoundSocket(options);
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE' && (await removeLeftover(path))) return new BoundSocket(options);
    throw error;
  }
}

/** Node has it, its types do not. */
type BoundPath = NonNullable<ConstructorParameters<typeof BoundSocket>[0]> & { readonly path: string };

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

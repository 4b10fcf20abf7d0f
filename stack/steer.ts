// Where new connections go while the sockets of two stacks share a port: to ours alone. The kernel shares connections out
// among all sockets of the port, and resets what waits in the queue of one when it is closed; so before the workers that
// a killed supervisor left are told to end, a filter of four instructions (SO_ATTACH_REUSEPORT_CBPF, socket(7)) picks one
// of ours for each new connection, and theirs have the time to empty their queues. The shaping decision: the filter picks
// by place in the kernel's list, where who listened later stands later; a place that is wrong by then costs what it cost
// without a filter, and refuses nobody. It refuses to accept, to close, and to be needed: where the C library cannot be
// called, connections are shared with those that end.

import { setTimeout } from 'node:timers/promises';
import { supervisorLimits } from '#config/limits';
import { descriptorName, systemSockets } from '#config/system-sockets';

/** A port that several sockets share, and those of them that are ours and listen. */
export interface SharedPort {
  readonly host: string;
  readonly port: number;
  readonly fds: readonly number[];
}

export interface Steering {
  /** Theirs are about to be closed. */
  prepareForCloses(): void;
  /** When theirs are closed the kernel shares connections out again. */
  finish(): Promise<void>;
}

/** `undefined`: nobody else has any of these ports, or it cannot be done here. */
export async function steerToOurs(ports: readonly SharedPort[]): Promise<Steering | undefined> {
  const library = await openLibrary();
  if (library === undefined) return undefined;
  const counted = await Promise.all(ports.map(async (port) => ({ port, ...(await countSockets(port)) })));
  const steered = counted.filter(
    ({ port: { fds }, theirs, ours }) =>
      theirs > 0 && ours > 0 && library.attach(fds[0] ?? -1, filterFor(theirs, ours)),
  );
  if (steered.length === 0) return undefined;
  return {
    prepareForCloses: () => {
      for (const { port, theirs, ours } of steered)
        library.attach(port.fds[0] ?? -1, filterFor(theirs, lastingPlaces(theirs, ours)));
    },
    finish: async () => {
      await othersAreGone(steered.map(({ port }) => port));
      for (const { port } of steered) library.detach(port.fds[0] ?? -1);
    },
  };
}

async function othersAreGone(ports: readonly SharedPort[]): Promise<void> {
  for (let waitedMs = 0; waitedMs < supervisorLimits.steeredMs; waitedMs += pollMs) {
    const counts = await Promise.all(ports.map(countSockets));
    if (counts.every(({ theirs }) => theirs === 0)) return;
    await setTimeout(pollMs, undefined, { ref: false });
  }
}

const pollMs = 20;

async function countSockets({ host, port, fds }: SharedPort): Promise<{ theirs: number; ours: number }> {
  const own = new Set(await Promise.all(fds.map((fd) => descriptorName(fd))));
  const sharing = (await systemSockets()).filter(
    ({ address }) => address.kind === 'tcp' && address.host === host && address.port === port,
  );
  const ours = sharing.filter(({ name }) => own.has(name)).length;
  return { theirs: sharing.length - ours, ours };
}

/**
 * A socket that is closed leaves its place to the last one of the list, which becomes shorter. A place behind its end
 * means any socket, those of theirs that are still open too; so many places of ours are not behind it before the last
 * of theirs is closed. Where they are more than we are there is no such place.
 */
function lastingPlaces(theirs: number, ours: number): number {
  return ours < theirs ? ours : ours - theirs + 1;
}

/** One instruction of the classic filter (linux/filter.h): what to do, and the number to do it with. */
type Instruction = readonly [code: number, value: number];

const loadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
const remainder = 0x94; // BPF_ALU | BPF_MOD | BPF_K
const add = 0x04; // BPF_ALU | BPF_ADD | BPF_K
const giveBack = 0x16; // BPF_RET | BPF_A
const chance = 0xffff_f000 + 56; // SKF_AD_OFF + SKF_AD_RANDOM

/** One of so many places from `first` on. */
function filterFor(first: number, count: number): readonly Instruction[] {
  return [
    [loadWord, chance],
    [remainder, count],
    [add, first],
    [giveBack, 0],
  ];
}

interface Library {
  attach(fd: number, filter: readonly Instruction[]): boolean;
  detach(fd: number): boolean;
}

const socketLevel = 1; // SOL_SOCKET, and the two options, on x64 and arm64 (asm-generic/socket.h)
const attachFilter = 51; // SO_ATTACH_REUSEPORT_CBPF
const detachFilter = 68; // SO_DETACH_REUSEPORT_BPF

async function openLibrary(): Promise<Library | undefined> {
  try {
    const { dlopen, getRawPointer } = await import('node:ffi');
    const { functions } = dlopen(null, {
      setsockopt: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'] },
    });
    const set = (fd: number, option: number, value: Buffer) =>
      functions.setsockopt(fd, socketLevel, option, value, value.length) === 0;
    return {
      attach: (fd, filter) => {
        const instructions = packed(filter);
        return set(fd, attachFilter, filterProgram(filter.length, BigInt(getRawPointer(instructions))));
      },
      detach: (fd) => set(fd, detachFilter, Buffer.alloc(4)),
    };
  } catch {
    return undefined; // a Node without it
  }
}

/** struct sock_filter, one after the other: code, two jumps of which none is taken, value. */
function packed(filter: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(filter.length * 8);
  for (const [index, [code, value]] of filter.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}

/** struct sock_fprog: how many, and where they stand. */
function filterProgram(count: number, address: bigint): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(count, 0);
  bytes.writeBigUInt64LE(address, 8);
  return bytes;
}

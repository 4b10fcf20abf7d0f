// Memory: what an idle connection keeps, and whether many requests leave anything behind. Resident bytes of the process
// and its descendants, read when they have stopped moving; a runtime with a garbage collector gives back late, so these
// are upper bounds for it. Our own load generator sends, because it counts requests where wrk counts seconds.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectedHash, load, openIdle } from './load.ts';
import { residentBytes } from './machine.ts';
import { ours, type ServerKind, startServer, startUpstream } from './servers.ts';
import type { Work } from './work.ts';

export interface MemoryTask {
  readonly idleConnections: number;
  readonly idleWarmUpRequests: number; // few, lest memory that they left free takes in the connections unseen
  readonly requests: number; // of ours
  readonly requestsOfPeers: number;
}

export const memoryTask: MemoryTask = {
  idleConnections: 5_000,
  idleWarmUpRequests: 1_000,
  requests: 1_000_000,
  requestsOfPeers: 200_000, // Caddy would take five minutes for a million
};
export const tinyMemoryTask: MemoryTask = {
  idleConnections: 50,
  idleWarmUpRequests: 50,
  requests: 250,
  requestsOfPeers: 250,
};

export interface MemoryResult {
  readonly emptyBytes: number;
  readonly idleBytesPerConnection: number;
  readonly idleSecureBytes: number | undefined; // the same inside TLS, of who speaks it
  readonly requests: number;
  readonly tenthBytes: number; // after a tenth of them: what a program needs to run warm is no leak
  readonly afterBytes: number;
  readonly hash: string;
}

const requestConnections = 16;

/**
 * A fresh process for each of the two, so that neither hides in what the other freed; and one before them, which leaves
 * behind what is kept from start to start (our compile cache).
 */
export async function measureMemory(
  kind: ServerKind,
  work: Work,
  task: MemoryTask,
  folder: string,
  cores?: { tested: number; others: number },
): Promise<MemoryResult> {
  await using upstream = await startUpstream(folder, cores?.others);
  const subject: Subject = { kind, work, task, start: () => startServer(kind, folder, upstream, cores?.tested) };
  await (await subject.start())[Symbol.asyncDispose]();
  const idle = await measureIdle(subject, work);
  const secure = kind.speaksTls ? await measureIdle(subject, { ...work, isSecure: true }) : undefined;
  return { ...idle, idleSecureBytes: secure?.idleBytesPerConnection, ...(await measureRequests(subject)) };
}

/** What is measured, and how a fresh process of it is started. */
interface Subject {
  readonly kind: ServerKind;
  readonly work: Work;
  readonly task: MemoryTask;
  start(): ReturnType<typeof startServer>;
}

async function measureIdle({ kind, task, start }: Subject, work: Work) {
  await using server = await start();
  await load(server.portFor(work), work, task.idleWarmUpRequests, requestConnections);
  const emptyBytes = await settledBytes(server.pid);
  using clients = await openIdle(server.portFor(work), work, task.idleConnections);
  const fullBytes = await settledBytes(server.pid);
  assert.equal(clients.openCount, task.idleConnections, `${kind.name} closed idle connections`);
  return { emptyBytes, idleBytesPerConnection: (fullBytes - emptyBytes) / task.idleConnections };
}

async function measureRequests({ kind, work, task, start }: Subject) {
  await using server = await start();
  const requests = kind === ours ? task.requests : task.requestsOfPeers;
  await load(server.port, work, requests / 10, requestConnections);
  const tenthBytes = await settledBytes(server.pid);
  const left = requests - requests / 10;
  const { hash } = await load(server.port, work, left, requestConnections);
  assert.equal(hash, expectedHash(work, left, requestConnections), `${kind.name} answered wrongly`);
  return { requests, tenthBytes, afterBytes: await settledBytes(server.pid), hash };
}

const pollMs = 50;
const alikeReadings = 5;
const pollsMax = 200;

/** When several readings in a row lie within a hundredth of each other; after ten seconds, the last. */
async function settledBytes(pid: number): Promise<number> {
  const readings: number[] = [];
  for (let polls = 0; polls < pollsMax; polls += 1) {
    readings.push(residentBytes(pid));
    const last = readings.slice(-alikeReadings);
    if (last.length === alikeReadings && Math.max(...last) < 1.01 * Math.min(...last)) break;
    await sleep(pollMs);
  }
  return readings.at(-1) ?? 0;
}

// One measurement: a proxy on its own core, wrk on the other, and what the kernel charged the proxy for it. The order is
// what makes figures comparable: in each round every proxy has its turn, so that a slow minute of the machine is shared
// by all. Before anything is measured each proxy must have answered right, byte for byte.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expectedHash, load } from './load.ts';
import { cores, cpuUs } from './machine.ts';
import { type RunningServer, type ServerKind, type ServerName, startServer, startUpstream } from './servers.ts';
import { type Work, wrkScript } from './work.ts';

export const rounds = 5;
export const measuredSeconds = 3;
const warmUpSeconds = 2; // the compiler of a JavaScript engine, caches of the others
const handshakeWarmUpSeconds = 10; // which compiles a function when it has run 3,000 times, and handshakes are few
export const connections = 32;

export interface Sample {
  readonly cpuUsPerRequest: number;
  readonly requestsPerSecond: number;
  /** Share of the time in which the proxy kept its core busy: near 1, the proxy was what limited. */
  readonly busy: number;
  readonly p99Ms: number;
}

export type Samples = ReadonlyMap<ServerName, readonly Sample[]>;

export async function measureWork(work: Work, kinds: readonly ServerKind[], folder: string): Promise<Samples> {
  const script = join(folder, `${work.name}.lua`);
  await writeFile(script, wrkScript(work), 'latin1');
  await using running = new AsyncDisposableStack();
  const upstream = running.use(await startUpstream(folder, cores.others));
  const servers: RunningServer[] = [];
  for (const kind of kinds) servers.push(running.use(await startServer(kind, folder, upstream, cores.tested)));
  for (const server of servers) await warmUp(server, work, script);
  const samples = new Map(servers.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const server of inTurn(servers, round))
      samples.get(server.name)?.push(await measureOnce(server, work, script));
  }
  return samples;
}

async function warmUp(server: RunningServer, work: Work, script: string): Promise<void> {
  const { hash } = await load(server.portFor(work), work, work.tinyRequests, 4);
  assert.equal(hash, expectedHash(work, work.tinyRequests, 4), `${server.name} answered ${work.name} wrongly`);
  await ask(server, work, script, hasHandshakes(work) ? handshakeWarmUpSeconds : warmUpSeconds);
}

/** Another one begins each round: nobody always comes after the same neighbour. */
function inTurn(servers: readonly RunningServer[], round: number): readonly RunningServer[] {
  return servers.map((_, index) => servers[(index + round) % servers.length] as RunningServer);
}

async function measureOnce(server: RunningServer, work: Work, script: string): Promise<Sample> {
  const startedMs = performance.now();
  const startedCpuUs = cpuUs(server.pid);
  const { requests, p99Ms } = await ask(server, work, script, measuredSeconds);
  const usedUs = cpuUs(server.pid) - startedCpuUs;
  const elapsedUs = 1000 * (performance.now() - startedMs);
  return {
    cpuUsPerRequest: usedUs / requests,
    requestsPerSecond: requests / measuredSeconds,
    busy: usedUs / elapsedUs,
    p99Ms,
  };
}

type Asked = { readonly requests: number; readonly p99Ms: number };

/** By wrk, or for full handshakes by a load of our own. */
async function ask(server: RunningServer, work: Work, script: string, seconds: number): Promise<Asked> {
  if (!hasHandshakes(work)) return runWrk(urlFor(server, work), script, seconds);
  const program = join(import.meta.dirname, 'handshakes.ts');
  const args = [program, server.portFor(work), seconds, connections].map(String);
  const { stdout } = await execa('taskset', ['-c', String(cores.others), process.execPath, ...args]);
  return JSON.parse(stdout) as Asked;
}

function hasHandshakes({ isSecure, isConnectionPerRequest }: Work): boolean {
  return isSecure && isConnectionPerRequest;
}

function urlFor(server: RunningServer, work: Work): string {
  return `${work.isSecure ? 'https' : 'http'}://127.0.0.1:${server.portFor(work)}`;
}

/** One thread is enough: wrk needs about a quarter of what any proxy needs for a request. */
async function runWrk(url: string, script: string, seconds: number): Promise<Asked> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '20s', '-s', script, url];
  const { stdout } = await execa('taskset', ['-c', String(cores.others), 'wrk', ...args]);
  return readWrk(stdout);
}

/** Refuses a run in which anything went wrong: an error is often cheaper than an answer. */
export function readWrk(printed: string): { requests: number; p99Ms: number } {
  assert(!/Socket errors|Non-2xx/.test(printed), `not every request was answered well:\n${printed}`);
  const requests = Number(/^\s*(\d+) requests in/m.exec(printed)?.[1]);
  const [, number, unit = ''] = /^\s*99%\s+([\d.]+)(us|ms|s) *$/m.exec(printed) ?? [];
  const p99Ms = Number(number) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? Number.NaN);
  assert(requests > 0 && p99Ms > 0, `wrk printed something else than usual:\n${printed}`);
  return { requests, p99Ms };
}

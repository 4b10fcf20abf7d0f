// Latency where nobody is at his limit: a fixed rate of requests, far below what any proxy here can do, and how long each
// took as h2load saw it. The rate is shared out over connections that each wait for their reply, so a stall delays what
// comes behind it on its connection only: good for comparing, not for promising. Interleaved as measure.ts does it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { load } from './load.ts';
import { cores } from './machine.ts';
import { median } from './report.ts';
import { type RunningServer, type ServerKind, type ServerName, startServer, startUpstream } from './servers.ts';
import { headerLines, pathOf, type Work } from './work.ts';

export const latencyName = 'latency';

const requestsPerSecond = 2000;
const connections = 32;
const rounds = 5;
const warmUpSeconds = 1;
const measuredSeconds = 4;
const warmUpRequests = 40_000; // of each server: at this rate the compiler of a JavaScript engine would be busy for rounds
const h2loadMs = 60_000; // it asks again for ever where it is refused

/** Microseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export async function measureLatency(
  work: Work,
  kinds: readonly ServerKind[],
  folder: string,
): Promise<ReadonlyMap<ServerName, readonly Latency[]>> {
  await using running = new AsyncDisposableStack();
  const upstream = running.use(await startUpstream(folder, cores.others));
  const servers: RunningServer[] = [];
  for (const kind of kinds) servers.push(running.use(await startServer(kind, folder, upstream, cores.tested)));
  for (const server of servers) await load(server.portFor(work), work, warmUpRequests, connections);
  const results = new Map(servers.map(({ name }) => [name, [] as Latency[]]));
  for (let round = 0; round < rounds; round += 1)
    for (const [index] of servers.entries()) {
      const server = servers[(index + round) % servers.length] as RunningServer;
      results.get(server.name)?.push(await measureOnce(server, work, folder));
    }
  return results;
}

async function measureOnce({ name, port }: RunningServer, work: Work, folder: string): Promise<Latency> {
  const log = join(folder, `${name}-latency.log`);
  const rate = ['--rps', String(requestsPerSecond / connections), '-D', String(measuredSeconds)];
  const own = headerLines(work).filter(([header]) => header !== 'Host'); // it writes its own; two are refused, rightly
  const headers = own.flatMap(([header, value]) => ['-H', `${header}: ${value}`]);
  const shape = ['--h1', '-t1', `-c${connections}`, ...rate, `--warm-up-time=${warmUpSeconds}`, `--log-file=${log}`];
  const url = `http://127.0.0.1:${port}${pathOf(work)}`;
  await execa('taskset', ['-c', String(cores.others), 'h2load', ...shape, ...headers, url], { timeout: h2loadMs });
  const text = await readFile(log, 'utf8');
  await execa('rm', [log]); // it appends
  return percentilesOf(text);
}

/** A line per request: when, which status, how long. */
export function percentilesOf(log: string): Latency {
  const rows = log
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const answered = rows.filter(([, status]) => status === '200');
  const cutByTheEnd = rows.filter(([, status]) => status === '-1').length; // of the run: one for each connection at most
  assert(
    answered.length + cutByTheEnd === rows.length && cutByTheEnd <= connections,
    'not every request was answered well',
  );
  const times = answered.map(([, , us]) => Number(us)).toSorted((one, other) => one - other);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

/** Medians over the rounds; of the ratio to ours, round by round, with its spread. */
export function latencyTable(results: ReadonlyMap<ServerName, readonly Latency[]>, ours: ServerName): string {
  const own = results.get(ours) ?? [];
  const lines = [...results].map(([name, samples]) => {
    const figures = (['p50', 'p99', 'p999'] as const).map((key) => median(samples.map((one) => one[key])).toFixed(0));
    const ratios = samples.map(({ p99 }, round) => (own[round]?.p99 ?? Number.NaN) / p99);
    const spread = `${median(ratios).toFixed(2)} [${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}]`;
    return `| ${name} | ${figures.join(' | ')} | ${name === ours ? '' : spread} |`;
  });
  return [
    `| proxy, at ${requestsPerSecond} requests/s | p50, us | p99, us | p99.9, us | p99: ours / this |`,
    '|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

// What a scrape costs: the report of a worker, which is made in a process that serves traffic, and adding up two of them
// and writing the text, which is the supervisor's. By the number of routes, all of which have been asked for, with up to
// 200 targets. The hash of the text, without what the process itself brings along, says that the same was measured.

import { createHash } from 'node:crypto';
import type { Family } from '#config/figures/family';
import { formatFamilies } from '#config/figures/text';
import { reportOf } from '../../proxy/report.ts';
import type { Worker } from '../../proxy/worker.ts';
import { Ledger } from '../../stack/ledger.ts';
import { TestWorker } from '../support/worker.ts';
import { median } from './report.ts';

export const figuresName = 'figures';

const sizes = [10, 100, 1000, 10_000] as const;
const rounds = 7;

export async function measureFigures(): Promise<string> {
  const lines: string[] = [];
  for (const routes of sizes) {
    await using started = await startWith(routes);
    const report = await measured(() => reportOf(started.worker), routes);
    const text = await reportOf(started.worker);
    const rest = await measured(async () => void scrape([text, text]), routes);
    const size = `${Math.round(text.length / 1000)} KB`;
    lines.push(`| ${routes} | ${size} | ${cell(report.cpuMs)} | ${cell(report.holdsMs)} | ${cell(rest.cpuMs)} |`);
  }
  const about = `Made by \`node test/bench/run.ts ${figuresName}\`: milliseconds of processor time, the median of ${rounds} rounds and the least and most of them.`;
  const head =
    '| routes | report | worker: making it | of these at once, the longest | supervisor: two of them, to text |';
  return [about, '', head, '|---|---|---|---|---|', ...lines, ''].join('\n');
}

/** The text of a scrape, with what is the same each time. */
export async function runTinyFigures(): Promise<string> {
  await using started = await startWith(sizes[0]);
  const text = await reportOf(started.worker);
  return createHash('sha256')
    .update(scrape([text, text]))
    .digest('hex')
    .slice(0, 16);
}

async function startWith(routes: number): Promise<TestWorker> {
  const upstreams = Math.min(100, routes);
  const all = Array.from({ length: routes }, (_, index) => index);
  const written = all.map(
    (index) => `route "r${index}" { matches { path-prefix "/${index}/" }; upstream "u${index % upstreams}" }`,
  );
  const behind = all
    .slice(0, upstreams)
    .map((index) => `upstream "u${index}" { target "127.0.0.1:${index + 1}"; target "127.0.0.1:${index + 1001}" }`);
  const listeners = 'listeners { listener "http" { address "127.0.0.1:0" } }';
  const started = await TestWorker.start(
    [listeners, 'routes {', ...written, '}', 'upstreams {', ...behind, '}'].join('\n'),
  );
  useAll(started.worker);
  return started;
}

function useAll({ metrics, upstreams }: Worker): void {
  for (const route of metrics.routes.values()) {
    route.count('GET', 200, 0.002);
    route.count('POST', 503, 0.1);
    route.countRefusal('upstream-timeout');
  }
  for (const { targets } of upstreams.values()) for (const { metrics: target } of targets) target.countLatency(0.02);
}

function scrape(texts: readonly string[]): string {
  const ledger = new Ledger();
  for (const [index, text] of texts.entries()) ledger.heard(String(index), { child: 'proxy/1', kind: 'worker', text });
  return formatFamilies(ledger.figures().filter(isSteady));
}

function isSteady({ name }: Family): boolean {
  return !name.startsWith('sentinel_worker_') && name !== 'sentinel_fast_sockets';
}

interface Cost {
  readonly cpuMs: number[];
  readonly holdsMs: number[]; // the longest time for which the event loop was not let in
}

async function measured(work: () => Promise<unknown>, routes: number): Promise<Cost> {
  const repeats = Math.max(2, Math.round(1000 / routes));
  for (let count = 0; count < repeats; count += 1) await work(); // warm-up
  const cost: Cost = { cpuMs: [], holdsMs: [] };
  for (let round = 0; round < rounds; round += 1) {
    const start = process.threadCpuUsage();
    for (let count = 0; count < repeats; count += 1) await work();
    const { user, system } = process.threadCpuUsage(start);
    cost.cpuMs.push((user + system) / 1000 / repeats);
    cost.holdsMs.push(await longestHold(work));
  }
  return cost;
}

async function longestHold(work: () => Promise<unknown>): Promise<number> {
  let [longest, isOver] = [0, false];
  let last = process.threadCpuUsage();
  const look = () => {
    const { user, system } = process.threadCpuUsage(last);
    longest = Math.max(longest, (user + system) / 1000);
    last = process.threadCpuUsage();
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await work();
  isOver = true;
  look();
  return longest;
}

function cell(figures: readonly number[]): string {
  const [middle, least, most] = [median(figures), Math.min(...figures), Math.max(...figures)];
  return `${middle.toFixed(2)} [${least.toFixed(2)}-${most.toFixed(2)}]`;
}

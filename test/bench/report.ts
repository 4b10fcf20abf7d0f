// From figures to the tables of docs/performance.md. Pure but for the one function that writes the page, and that one
// touches only what lies between its markers: the words around the tables are written by people.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Machine } from './machine.ts';
import type { Sample, Samples } from './measure.ts';
import type { MemoryResult, MemoryTask } from './memory.ts';
import type { ServerName } from './servers.ts';
import type { Work } from './work.ts';

export interface Facts {
  readonly command: string;
  readonly day: string;
  readonly loadBefore: number; // of the machine, one minute's average, before the run
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly measuredSeconds: number;
  readonly connections: number;
}

const own: ServerName = 'sentinel-stack';

export function aboutRun(facts: Facts): string {
  const versions = Object.entries(facts.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Made by \`${facts.command}\` on ${facts.day}: ${facts.machine.cores} cores of ${facts.machine.cpu}, ${facts.machine.kernel}, load average ${facts.loadBefore.toFixed(2)} before the run.`,
    `${versions.join(', ')}. ${facts.rounds} rounds of ${facts.measuredSeconds} s per proxy and work, ${facts.connections} connections.`,
    '',
  ].join('\n');
}

/** One line per work and proxy: the median, and from the least to the most in brackets. */
export function workTable(results: ReadonlyMap<Work, Samples>): string {
  const head = [
    '| work | proxy | CPU per request, us | requests/s | p99, ms | core busy | ours / this | goal |',
    '|---|---|---|---|---|---|---|---|',
  ];
  const lines = [...results].flatMap(([work, samples]) =>
    [...samples].map(([name, list]) => workLine(work, samples, name, list)),
  );
  return [...head, ...lines, ''].join('\n');
}

function workLine(work: Work, samples: Samples, name: ServerName, list: readonly Sample[]): string {
  const cells = [
    work.title,
    name,
    spread(
      list.map((one) => one.cpuUsPerRequest),
      1,
    ),
    median(list.map((one) => one.requestsPerSecond)).toFixed(0),
    median(list.map((one) => one.p99Ms)).toFixed(1),
    `${(100 * median(list.map((one) => one.busy))).toFixed(0)} %`,
    ...(name === own ? ['', ''] : ratioCells(work, samples.get(own) ?? [], name, list)),
  ];
  return `| ${cells.join(' | ')} |`;
}

function ratioCells(
  work: Work,
  ours: readonly Sample[],
  name: ServerName,
  theirs: readonly Sample[],
): readonly [string, string] {
  const ratios = ratiosByRound(ours, theirs);
  const goal = work.goals[name];
  return [spread(ratios, 2), goal === undefined ? '' : verdict(median(ratios), goal)];
}

function verdict(ratio: number, goal: number): string {
  const missedBy = (100 * (ratio / goal - 1)).toFixed(0);
  return ratio <= goal ? `${goal}: met` : `${goal}: missed by ${missedBy} %`;
}

/** Round by round, so that a slow minute slows both sides of a ratio. */
export function ratiosByRound(ours: readonly Sample[], theirs: readonly Sample[]): readonly number[] {
  assert.equal(ours.length, theirs.length);
  return ours.map((one, round) => one.cpuUsPerRequest / (theirs[round] as Sample).cpuUsPerRequest);
}

export function memoryTable(results: ReadonlyMap<ServerName, MemoryResult>, task: MemoryTask): string {
  const thousands = (count: number) => count.toLocaleString('en');
  const head = [
    `| proxy | resident, no connection | per idle connection (of ${thousands(task.idleConnections)}) | inside TLS | requests | after a tenth | after all |`,
    '|---|---|---|---|---|---|---|',
  ];
  const kilobytes = (bytes: number | undefined) => (bytes === undefined ? '' : `${(bytes / 1024).toFixed(1)} KB`);
  const lines = [...results].map(
    ([name, one]) =>
      `| ${name} | ${megabytes(one.emptyBytes)} | ${kilobytes(one.idleBytesPerConnection)} | ${kilobytes(one.idleSecureBytes)} | ${thousands(one.requests)} | ${megabytes(one.tenthBytes)} | ${megabytes(one.afterBytes)} |`,
  );
  return [...head, ...lines, ''].join('\n');
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

function spread(values: readonly number[], digits: number): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} [${least.toFixed(digits)}-${most.toFixed(digits)}]`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  assert(low !== undefined && high !== undefined, 'there is no median of nothing');
  return (low + high) / 2;
}

interface Markers {
  readonly begin: string;
  readonly end: string;
}

const comparisonMarkers: Markers = { begin: '<!-- begin: written by test/bench/run.ts -->', end: '<!-- end -->' };

/** A benchmark that has a block of its own on the page. */
export const markersOf = (name: string): Markers => ({
  begin: `<!-- begin ${name}: written by test/bench/run.ts -->`,
  end: `<!-- end ${name} -->`,
});

export function writePage(path: string, text: string, markers?: Markers): void {
  writeFileSync(path, putBetweenMarkers(readFileSync(path, 'utf8'), text, markers));
}

export function putBetweenMarkers(page: string, text: string, { begin, end } = comparisonMarkers): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  assert(from !== -1 && to > from, `the page has no place for the tables: ${begin} and ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}

// `make fuzz`: parsers against llhttp, and the agent protocol against itself. Cases without end, or for so many seconds, or so many of them, from a seed. It prints where it is, ends
// with the counts of every class, and at a difference nobody has explained with the smallest message that shows it.
//
//   node test/fuzz/run.ts [seconds=60] [runs=N] [seed=N]
//
// What it finds goes into seeds.json with its fix, and is replayed in every run of the tests.

import { fuzzAgentCodec } from './agent-codec.ts';
import { fuzzAgentsLive, HostileAgent, LiveAgent } from './agent-live.ts';
import { compare, type Difference } from './differences.ts';
import { type Case, caseOf } from './generate.ts';
import { LiveProxy } from './live.ts';
import { shrink } from './shrink.ts';

const casesPerLive = 20; // a live case costs about ten others
const casesPerCodec = 500; // of the parsers, between two rounds of the agent protocol
const codecRuns = 50; // of each sort in such a round
const tellEveryMs = 10_000;
const unexplainedMax = 20;

interface Options {
  readonly seconds: number;
  readonly runs: number;
  readonly seed: number;
}

function optionsOf(words: readonly string[]): Options {
  const given = new Map(words.map((word) => word.split('=') as [string, string]));
  const number = (name: string, usual: number) => Number(given.get(name) ?? usual);
  return { seconds: number('seconds', 60), runs: number('runs', Infinity), seed: number('seed', Date.now() >>> 8) };
}

async function main(options: Options): Promise<number> {
  const startedMs = performance.now();
  const elapsedMs = (): number => performance.now() - startedMs;
  const counts = new Map<string, number>();
  const unexplained = new Set<string>();
  let [run, live, toldMs] = [0, 0, 0];
  await using proxy = await LiveProxy.start();
  await using agent = await LiveAgent.start();
  await using hostile = await HostileAgent.start();
  print(`seed ${options.seed}`);
  while (run < options.runs && elapsedMs() < options.seconds * 1000 && unexplained.size < unexplainedMax) {
    const one = caseOf(options.seed + run);
    run += 1;
    const difference = compare(one.kind, one.bytes, one.pieces);
    count(counts, difference);
    if (difference !== undefined && difference.name === undefined) tell(unexplained, one, difference);
    if (run % casesPerLive === 0 && one.kind === 'requests') {
      live += 1;
      const wrong = await proxy.send(one);
      if (wrong !== undefined) tellLive(unexplained, one, wrong);
    }
    if (run % casesPerCodec === 0) {
      const broken =
        fuzzAgentCodec(options.seed + run, codecRuns) ?? (await fuzzAgentsLive(agent, hostile, options.seed + run));
      if (broken !== undefined) unexplained.add(broken);
      if (broken !== undefined) print(`UNEXPLAINED ${broken}`);
    }
    if (elapsedMs() - toldMs > tellEveryMs) {
      toldMs = elapsedMs();
      print(`${(toldMs / 1000).toFixed(0)} s: ${run} cases, ${live} of them live, ${unexplained.size} unexplained`);
    }
  }
  print(`${run} cases, ${live} of them live, in ${(elapsedMs() / 1000).toFixed(0)} s`);
  for (const [name, times] of [...counts].toSorted(([, one], [, other]) => other - one)) print(`${times}\t${name}`);
  print(`${unexplained.size} unexplained`);
  return unexplained.size === 0 ? 0 : 1;
}

function count(counts: Map<string, number>, difference: Difference | undefined): void {
  const name = difference === undefined ? 'same' : `${difference.direction}: ${difference.name ?? 'UNEXPLAINED'}`;
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** One of each sort is enough. */
function tell(unexplained: Set<string>, { seed, kind, bytes, pieces }: Case, { direction, what }: Difference): void {
  const sort = (text: string): string => text.replace(/[[{"].*/s, '');
  const key = `${direction} ${sort(what)}`;
  if (unexplained.has(key)) return;
  unexplained.add(key);
  const holds = (smaller: Buffer, cuts: readonly number[]): boolean => {
    const again = compare(kind, smaller, cuts);
    return again?.name === undefined && again?.direction === direction && sort(again.what) === sort(what);
  };
  const least = holds(bytes, []) ? shrink(bytes, (smaller) => holds(smaller, [])) : bytes;
  const shown = JSON.stringify(least.toString('latin1'));
  print(`UNEXPLAINED (${direction}) seed ${seed}, ${kind}: ${what}\n  ${shown}`);
  if (least === bytes) print(`  in pieces of ${pieces.join(', ')}`);
}

function tellLive(unexplained: Set<string>, { seed, bytes, pieces }: Case, wrong: string): void {
  unexplained.add(`live ${seed}`);
  const shown = JSON.stringify(bytes.toString('latin1'));
  print(`UNEXPLAINED (live) seed ${seed}: ${wrong}\n  ${shown}\n  in pieces of ${pieces.join(', ')}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main(optionsOf(process.argv.slice(2)));

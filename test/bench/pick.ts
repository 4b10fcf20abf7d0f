// The cost of picking a target, by each algorithm, among 3, 10 and 100 of them: in this process, without sockets. Clients
// differ from pick to pick; every target has something to do, and a past, so that nothing is decided early. The hash of
// the targets picked says that the same was measured as before.

import { createHash } from 'node:crypto';
import type { Asker, Balancer } from '../../proxy/upstream/balance.ts';
import type { AlgorithmName } from '../../proxy/upstream/balancer.ts';
import {
  algorithmNames,
  askerOf,
  balancerOf,
  clientOf,
  equalTargets,
  type TestTarget,
} from '../proxy/upstream/candidates.ts';
import { median } from './report.ts';

export const pickName = 'pick';

const sizes = [3, 10, 100] as const;
const askerCount = 256;
const rounds = 5;
const roundMs = 60;

/** The table for the page, and the hash of what was picked. */
export function measurePicks(): { readonly text: string; readonly hash: string } {
  const hash = createHash('sha256');
  const lines = algorithmNames.map((name) => {
    const cells = sizes.map((size) => {
      hash.update(check(subjectOf(name, size)));
      return measure(subjectOf(name, size));
    });
    return `| \`${name}\` | ${cells.join(' | ')} |`;
  });
  const digest = hash.digest('hex').slice(0, 16);
  const head = `| algorithm | ${sizes.map((size) => `${size} targets`).join(' | ')} |`;
  const about = `Made by \`node test/bench/run.ts ${pickName}\`: nanoseconds of processor time per pick, the median of ${rounds} rounds and the least and most of them; hash of the targets picked ${digest}.`;
  return { text: [about, '', head, '|---|---|---|---|', ...lines, ''].join('\n'), hash: digest };
}

/** Some picks of each algorithm. */
export function runTinyPicks(): string {
  const hash = createHash('sha256');
  for (const name of algorithmNames) hash.update(check(subjectOf(name, sizes[1])));
  return hash.digest('hex').slice(0, 16);
}

interface Subject {
  readonly balancer: Balancer<TestTarget>;
  readonly askers: readonly Asker[];
}

function subjectOf(name: AlgorithmName, size: number): Subject {
  const list = equalTargets(size);
  for (const [index, one] of list.entries()) {
    one.active = index % 3;
    one.queuedTokens = 100 * (index % 5);
    one.zone = index % 2 === 0 ? 'a' : 'b';
    one.meter.measure(10 + (index % 7), true, 0, 10_000);
  }
  const balancer = balancerOf(name, list, { zone: 'a' });
  const askers = Array.from({ length: askerCount }, (_, index) =>
    askerOf({ ip: clientOf(index * 7919), path: `/page-${index}`, lines: [`Cookie: a=b; sentinel-sticky=${index}`] }),
  );
  return { balancer, askers };
}

function check({ balancer, askers }: Subject): string {
  return askers.map((asker) => balancer.pick(asker)?.name).join(' ');
}

function measure(subject: Subject): string {
  pickFor(subject, 2 * roundMs); // warm-up
  const figures = Array.from({ length: rounds }, () => pickFor(subject, roundMs));
  const [middle, least, most] = [median(figures), Math.min(...figures), Math.max(...figures)];
  return `${middle.toFixed(0)} [${least.toFixed(0)}-${most.toFixed(0)}]`;
}

/** Nanoseconds of the processor per pick: others may be at work on the machine. */
function pickFor({ balancer, askers }: Subject, durationMs: number): number {
  const start = process.threadCpuUsage();
  const until = performance.now() + durationMs;
  let count = 0;
  let misses = 0;
  while (performance.now() < until) {
    for (const asker of askers) if (balancer.pick(asker) === undefined) misses += 1;
    count += askers.length;
  }
  const { user, system } = process.threadCpuUsage(start);
  return misses > 0 ? Number.NaN : (1e3 * (user + system)) / count;
}

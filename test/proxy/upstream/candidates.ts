// Targets, askers and chance as tests and benchmarks of balancing need them: without connections, and the same each time.

import assert from 'node:assert/strict';
import { loadText } from '#config/load';
import { formatProblems } from '#config/report';
import type { UpstreamConfig } from '#config/schema';
import { RequestHead } from '../../../proxy/http1/request-head.ts';
import type { Asker, Balancer, Candidate, Surrounding } from '../../../proxy/upstream/balance.ts';
import { type AlgorithmName, makeBalancer } from '../../../proxy/upstream/balancer.ts';
import { mix, shareOf } from '../../../proxy/upstream/hash.ts';
import { Meter } from '../../../proxy/upstream/meter.ts';
import { Standing } from '../../../proxy/upstream/standing.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { requestOf } from '../request/routes.ts';

export class TestTarget extends Standing implements Candidate {
  readonly name: string;
  zone: string | undefined = undefined;
  readonly meter = new Meter();
  active = 0;
  queuedTokens = 0;

  constructor(name: string, weight: number) {
    super(weight);
    this.name = name;
  }
}

/** `t0`, `t1`, … with these weights. */
export function targetsOf(...weights: number[]): TestTarget[] {
  return weights.map((weight, index) => new TestTarget(`10.0.${index >> 8}.${index & 255}:80`, weight));
}

export const equalTargets = (count: number): TestTarget[] => targetsOf(...Array.from({ length: count }, () => 1));

export interface Asking {
  readonly ip?: string;
  readonly path?: string;
  readonly lines?: readonly string[];
  readonly tried?: readonly Candidate[];
  readonly scheme?: string;
}

export function askerOf({ ip = '192.0.2.1', path = '/', lines = [], tried = [], scheme = 'http' }: Asking = {}): Asker {
  const { head } = requestOf({ target: path, lines });
  assert(head instanceof RequestHead);
  return {
    path,
    sender: { ip, scheme },
    head,
    triedTargets: tried,
    queuedTokens: 0,
    stickyLine: '',
    staysAtTarget: false,
  };
}

/** The n-th client of many. */
export const clientOf = (index: number): string => `198.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;

/** Chance that is the same in each run. */
export function seededChance(seed = 1): () => number {
  let state = seed;
  return () => {
    state += 1;
    return shareOf(mix(state * 2_654_435_761));
  };
}

export function surroundingOf(part: Partial<Surrounding> = {}): Surrounding {
  return {
    chance: seededChance(),
    nowMs: () => 0,
    wallMs: () => 0,
    zone: undefined,
    worker: 1,
    host: 'test',
    ...part,
  };
}

const configs = new Map<string, UpstreamConfig>(); // hundreds of balancers are made of a few texts

/** An upstream's configuration with these keys. */
export function upstreamConfig(keys = '', secret = 'a secret'): UpstreamConfig {
  const known = configs.get(`${secret}\n${keys}`);
  if (known !== undefined) return known;
  using folder = tempFolder({ secret });
  const loaded = loadText(
    't.kdl',
    `system { zone "a" }; listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "r" { upstream "u" } }\nupstreams { upstream "u" { target "127.0.0.1:1"; ${keys} } }`,
    { cwd: folder.path },
  );
  assert(loaded.ok, formatProblems(loaded.problems));
  const [config] = loaded.config.upstreams;
  assert(config !== undefined);
  configs.set(`${secret}\n${keys}`, config);
  return config;
}

/** What an algorithm cannot do without. */
const keysNeeded: Partial<Record<AlgorithmName, string>> = { sticky: 'sticky { secret-file "secret" }' };

export const algorithmNames: readonly AlgorithmName[] = [
  'round-robin',
  'weighted',
  'least-connections',
  'weighted-least-connections',
  'random',
  'power-of-two-choices',
  'ip-hash',
  'consistent-hash',
  'maglev',
  'peak-ewma',
  'adaptive',
  'locality-aware',
  'deterministic-subset',
  'least-tokens-queued',
  'sticky',
];

/** The algorithm of that name, with the parameters of these keys. */
export function balancerOf<C extends Candidate>(
  name: AlgorithmName,
  candidates: readonly C[],
  { keys, secret, ...around }: Partial<Surrounding> & { readonly keys?: string; readonly secret?: string } = {},
): Balancer<C> {
  const config = upstreamConfig(`load-balancing "${name}"; ${keys ?? keysNeeded[name] ?? ''}`, secret);
  return makeBalancer(name, candidates, config, surroundingOf(around));
}

/** How many of `count` picks each target got, in their order. */
export function shares<C extends Candidate>(
  candidates: readonly C[],
  balancer: Balancer<C>,
  count: number,
  asking: (index: number) => Asker = () => askerOf(),
): number[] {
  const got = new Map<Candidate | undefined, number>();
  for (let index = 0; index < count; index += 1) {
    const picked = balancer.pick(asking(index));
    got.set(picked, (got.get(picked) ?? 0) + 1);
  }
  return candidates.map((one) => got.get(one) ?? 0);
}

/** Every share is within so much of what it should be, as a part of it. */
export function assertShares(found: readonly number[], wanted: readonly number[], tolerance: number): void {
  const [sum, all] = [found, wanted].map((list) => list.reduce((total, one) => total + one, 0)) as [number, number];
  for (const [index, one] of found.entries()) {
    const due = (sum * (wanted[index] ?? 0)) / all;
    assert(Math.abs(one - due) <= tolerance * due, `target ${index} got ${one} of ${sum}, due are ${due}: ${found}`);
  }
}

/** How many of the keys whose target stayed go elsewhere now, and how many keys there were of the one that left. */
export function movedKeys(
  before: readonly (Candidate | undefined)[],
  after: readonly (Candidate | undefined)[],
  gone: string,
): { readonly moved: number; readonly ofGone: number } {
  const ofGone = before.filter((one) => one?.name === gone).length;
  const moved = before.filter((one, index) => one?.name !== gone && one?.name !== after[index]?.name).length;
  return { moved, ofGone };
}

// The algorithms by their names. Each file `balance-*.ts` has a family of them; this is the table that chooses.

import assert from 'node:assert/strict';
import type { UpstreamConfig } from '#config/schema';
import type { Balancer, Candidate, Surrounding } from './balance.ts';
import { inFlightForWeight, PowerOfTwo, Random } from './balance-chance.ts';
import { ConsistentHash, IpHash, keyOfConfig, Maglev } from './balance-hash.ts';
import { Adaptive, PeakEwma } from './balance-measured.ts';
import { DeterministicSubset, LocalityAware } from './balance-near.ts';
import { Sticky } from './balance-sticky.ts';
import { LeastTokens } from './balance-tokens.ts';
import { LeastConnections, RoundRobin, WeightedLeastConnections } from './balance-turns.ts';

export type AlgorithmName = UpstreamConfig['loadBalancing'];

export function makeBalancer<C extends Candidate>(
  name: AlgorithmName,
  candidates: readonly C[],
  config: UpstreamConfig,
  around: Surrounding,
): Balancer<C> {
  const { hash, measuring, locality, subset, tokens } = config;
  const { chance, nowMs } = around;
  switch (name) {
    case 'round-robin':
    case 'weighted':
      return new RoundRobin(candidates);
    case 'least-connections':
      return new LeastConnections(candidates);
    case 'weighted-least-connections':
      return new WeightedLeastConnections(candidates);
    case 'random':
      return new Random(candidates, chance);
    case 'power-of-two-choices':
      return new PowerOfTwo(candidates, chance, inFlightForWeight);
    case 'ip-hash':
      return new IpHash(candidates);
    case 'consistent-hash':
      return new ConsistentHash(candidates, keyOfConfig(hash), hash.maxLoadPercent);
    case 'maglev':
      return new Maglev(candidates, keyOfConfig(hash));
    case 'peak-ewma':
      return new PeakEwma(candidates, chance, nowMs, measuring.decayMs);
    case 'adaptive':
      return new Adaptive(candidates, chance, nowMs);
    case 'locality-aware':
      return new LocalityAware(candidates, around.zone, locality.maxInFlight);
    case 'deterministic-subset':
      return new DeterministicSubset(candidates, subset.size, around.worker, around.host);
    case 'least-tokens-queued':
      return new LeastTokens(candidates, tokens);
    case 'sticky':
      return makeSticky(candidates, config, around);
  }
}

function makeSticky<C extends Candidate>(
  candidates: readonly C[],
  config: UpstreamConfig,
  around: Surrounding,
): Balancer<C> {
  const { name, sticky } = config;
  assert(sticky !== undefined, 'the configuration has been checked');
  const others = makeBalancer(sticky.fallback, candidates, config, around);
  return new Sticky(candidates, { name, sticky }, others, around.wallMs);
}

/** The one that picks; where cookies lead, that for clients without one. */
export function algorithmOf({ loadBalancing, sticky }: UpstreamConfig): AlgorithmName {
  return loadBalancing === 'sticky' ? (sticky?.fallback ?? loadBalancing) : loadBalancing;
}

/** What targets did must be measured for it. */
export function needsMeasures(config: UpstreamConfig): boolean {
  const used = algorithmOf(config);
  return used === 'peak-ewma' || used === 'adaptive';
}

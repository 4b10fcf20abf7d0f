// The figures of upstreams, target by target, and of the mirrors beside them: what was sent where, what came of it, and
// how the target stands. Like all figures they are read, not counted, here.

import { counter, type Family, gauge, type NumberRow } from '#config/figures/family';
import type { Worker } from '../worker.ts';
import { countedBy, seconds } from './figure-rows.ts';

export const breakerNumbers = { closed: 0, open: 1, 'half-open': 2 } as const;

export function upstreamFigures(worker: Worker): Family[] {
  const targets = targetsOf(worker);
  return [...attemptFigures(targets), ...standingFigures(worker, targets), mirrorFigures(worker)];
}

type Targets = ReturnType<typeof targetsOf>;
type Target = Targets[number]['target'];

function targetsOf({ upstreams }: Worker) {
  return [...upstreams.values()].flatMap(({ name, targets, algorithm }) =>
    targets.map((target) => ({ labels: [name, target.name] as const, target, algorithm })),
  );
}

const labelNames = ['upstream', 'target'];

function attemptFigures(targets: Targets): Family[] {
  const value = (read: (target: Target) => number) =>
    targets.map(({ labels, target }): NumberRow => [labels, read(target)]);
  const byReason = (read: (target: Target) => Iterable<readonly [string, number]>) =>
    targets.flatMap(({ labels, target }) =>
      Array.from(read(target), ([reason, count]): NumberRow => [[...labels, reason], count]),
    );
  return [
    counter(
      'sentinel_upstream_attempts_total',
      'Requests sent to a target.',
      labelNames,
      value((one) => one.attempts),
    ),
    counter(
      'sentinel_upstream_picks_total',
      'Attempts, by why this target: the algorithm, or a cookie, the next in reach, a retry, a trial, panic.',
      [...labelNames, 'by'],
      targets.flatMap(pickRows),
    ),
    counter(
      'sentinel_upstream_failures_total',
      'Attempts that came to nothing, by why; `status`: a reply that was not passed on but tried again.',
      [...labelNames, 'reason'],
      byReason(({ metrics }) => metrics.failures),
    ),
    counter(
      'sentinel_upstream_retries_total',
      'Requests tried again after this target, by cause.',
      [...labelNames, 'reason'],
      byReason(({ metrics }) => metrics.retries),
    ),
    counter(
      'sentinel_upstream_retry_budget_exhausted_total',
      'Requests not tried again after this target, because the retry budget was used up.',
      labelNames,
      value(({ metrics }) => metrics.retryBudgetExhausted),
    ),
    seconds(
      'sentinel_upstream_latency_seconds',
      'From sending a request to the head of its reply.',
      labelNames,
      targets.map(({ labels, target: { metrics } }) => [labels, metrics.latencies, metrics.latencySum]),
    ),
  ];
}

/** What no other word accounts for, the algorithm has picked. */
function pickRows({ labels, target, algorithm }: Targets[number]): NumberRow[] {
  const others = [...target.metrics.picks];
  const rest = others.reduce((left, [, count]) => left - count, target.attempts);
  return [[[...labels, algorithm], rest], ...others.map(([by, count]): NumberRow => [[...labels, by], count])];
}

function standingFigures({ standings, timers }: Worker, targets: Targets): Family[] {
  return [
    counter(
      'sentinel_upstream_target_ejected_total',
      'Times that a target was left out.',
      labelNames,
      targets.map(({ labels, target }) => [labels, target.metrics.ejections]),
    ),
    gauge(
      'sentinel_upstream_connections',
      'Connections to a target.',
      [...labelNames, 'state'],
      targets.flatMap(({ labels, target }): NumberRow[] => [
        [[...labels, 'busy'], target.active],
        [[...labels, 'resting'], target.pool.restingCount],
        [[...labels, 'waiting'], target.pool.waitingCount],
      ]),
    ),
    gauge(
      'sentinel_upstream_target_healthy',
      '1: neither probes nor ejections leave the target out; in between: so say this share of the workers.',
      labelNames,
      targets.map(({ labels }) => {
        const { health, ejection } = standings.of(...labels);
        return [labels, health.isHealthy && !ejection.isOut(timers.nowMs) ? 1 : 0];
      }),
      'mean',
    ),
    gauge(
      'sentinel_upstream_circuit_breaker_state',
      'The circuit breaker: 0 closed, 1 open, 2 half-open; open if it is so at any worker.',
      labelNames,
      targets.map(({ labels }) => [labels, breakerNumbers[standings.of(...labels).breaker.state]]),
      'breaker',
    ),
  ];
}

function mirrorFigures({ routes }: Worker): Family {
  const mirrors = [...routes.values()].flatMap(({ name, mirror }) => (mirror === undefined ? [] : { name, mirror }));
  return counter(
    'sentinel_mirrored_total',
    'Copies of requests, by what became of them.',
    ['route', 'outcome'],
    mirrors.flatMap(({ name, mirror }) => countedBy(name, mirror.outcomes)),
  );
}

// The counters as a Prometheus registry. Nothing is counted here: each metric reads the plain numbers of the worker in
// the moment of the scrape. Names are those of the operations page, prefix `sentinel_`, base units.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { durationBuckets } from '../metrics.ts';
import type { Worker } from '../worker.ts';

type Row = readonly [labels: Record<string, string | number>, value: number];

export function makeRegistry(worker: Worker): Registry {
  const registry = new Registry();
  addExchanges(registry, worker);
  addConnections(registry, worker);
  addUpstreams(registry, worker);
  addMirrors(registry, worker);
  registry.registerMetric(new DurationHistogram(worker));
  collectDefaultMetrics({ register: registry });
  return registry;
}

function addExchanges(registry: Registry, { metrics, accessLines }: Worker): void {
  const routes = () => [...metrics.routes.values()];
  counter(registry, 'sentinel_requests_total', 'Exchanges that are over.', ['route', 'method', 'status'], () =>
    routes().flatMap((one) =>
      one.requests().map(({ count, ...labels }): Row => [{ route: one.route, ...labels }, count]),
    ),
  );
  counter(registry, 'sentinel_refusals_total', 'Exchanges that the proxy itself ended.', ['route', 'reason'], () =>
    routes().flatMap((one) => [...one.refusals].map(([reason, count]): Row => [{ route: one.route, reason }, count])),
  );
  counter(registry, 'sentinel_request_body_bytes_total', 'Payload received from clients.', ['route'], () =>
    routes().map((one) => [{ route: one.route }, one.requestBytes]),
  );
  counter(registry, 'sentinel_response_body_bytes_total', 'Payload sent to clients.', ['route'], () =>
    routes().map((one) => [{ route: one.route }, one.responseBytes]),
  );
  counter(
    registry,
    'sentinel_access_lines_dropped_total',
    'Access lines that could not be written in time.',
    [],
    () => [[{}, accessLines.droppedTotal]],
  );
  counter(
    registry,
    'sentinel_access_lines_suppressed_total',
    "Access lines that a route's `access-log` leaves out.",
    ['route'],
    () => routes().map((one) => [{ route: one.route }, one.linesSuppressed]),
  );
  gauge(registry, 'sentinel_active_requests', 'Exchanges in flight.', [], () => [[{}, metrics.exchangesInFlight]]);
}

function addConnections(registry: Registry, { metrics, fastReads }: Worker): void {
  const listeners = () => [...metrics.listeners.values()];
  counter(registry, 'sentinel_connections_total', 'Connections accepted.', ['listener'], () =>
    listeners().map((one) => [{ listener: one.listener }, one.accepted]),
  );
  counter(registry, 'sentinel_connections_refused_total', 'Connections over a bound.', ['listener', 'reason'], () =>
    listeners().flatMap((one) => [...one.refused].map(([reason, n]): Row => [{ listener: one.listener, reason }, n])),
  );
  gauge(registry, 'sentinel_fast_sockets', '1: `system.fast-sockets` is on, and this Node has it.', [], () => [
    [{}, fastReads.isInUse ? 1 : 0],
  ]);
  gauge(registry, 'sentinel_open_connections', 'Connections of clients.', ['listener'], () =>
    listeners().map((one) => [{ listener: one.listener }, one.open]),
  );
}

function addMirrors(registry: Registry, { routes }: Worker): void {
  const mirrors = () =>
    [...routes.values()].flatMap(({ name, mirror }) => (mirror === undefined ? [] : { name, mirror }));
  counter(
    registry,
    'sentinel_mirrored_total',
    'Copies of requests, by what became of them.',
    ['route', 'outcome'],
    () =>
      mirrors().flatMap(({ name: route, mirror }) =>
        [...mirror.outcomes].map(([outcome, count]): Row => [{ route, outcome }, count]),
      ),
  );
}

function addUpstreams(registry: Registry, { upstreams }: Worker): void {
  const labelNames = ['upstream', 'target'];
  const targets = () =>
    [...upstreams.values()].flatMap(({ name: upstream, targets: all }) =>
      all.map((target) => ({ labels: { upstream, target: target.name }, target })),
    );
  counter(registry, 'sentinel_upstream_attempts_total', 'Requests sent to a target.', labelNames, () =>
    targets().map(({ labels, target }) => [labels, target.attempts]),
  );
  counter(registry, 'sentinel_upstream_failures_total', 'Connections that ended without a reply.', labelNames, () =>
    targets().map(({ labels, target }) => [labels, target.failures]),
  );
  const connectionLabels = [...labelNames, 'state'];
  gauge(registry, 'sentinel_upstream_connections', 'Connections to a target.', connectionLabels, () =>
    targets().flatMap(({ labels, target }): Row[] => [
      [{ ...labels, state: 'busy' }, target.active],
      [{ ...labels, state: 'resting' }, target.pool.restingCount],
    ]),
  );
}

function counter(registry: Registry, name: string, help: string, labelNames: string[], rows: () => Row[]): void {
  registry.registerMetric(new Counter({ name, help, labelNames, registers: [], collect: fillCounter(rows) }));
}

function gauge(registry: Registry, name: string, help: string, labelNames: string[], rows: () => Row[]): void {
  registry.registerMetric(new Gauge({ name, help, labelNames, registers: [], collect: fillGauge(rows) }));
}

function fillCounter(rows: () => Row[]): (this: Counter) => void {
  return function collect() {
    this.reset();
    for (const [labels, value] of rows()) this.inc(labels, value);
  };
}

function fillGauge(rows: () => Row[]): (this: Gauge) => void {
  return function collect() {
    this.reset();
    for (const [labels, value] of rows()) this.set(labels, value);
  };
}

/**
 * Ours has its buckets filled already, so it hands them over instead of observing again. A gauge by birth, because the
 * registry asks a histogram in a way that cannot be answered from outside.
 */
class DurationHistogram extends Gauge<string> {
  readonly #worker: Worker;
  readonly #shape = new Histogram({ name: durationName, help: durationHelp, registers: [] });

  constructor(worker: Worker) {
    super({ name: durationName, help: durationHelp, labelNames: ['route'], registers: [] });
    this.#worker = worker;
  }

  override async get() {
    const values = [...this.#worker.metrics.routes.values()].flatMap(({ route, durations, durationSum }) => {
      let count = 0;
      const buckets = [...durations].map((inBucket, index) => {
        count += inBucket;
        return {
          metricName: `${durationName}_bucket`,
          labels: { route, le: durationBuckets[index] ?? '+Inf' },
          value: count,
        };
      });
      const sum = { metricName: `${durationName}_sum`, labels: { route }, value: durationSum };
      return [...buckets, sum, { metricName: `${durationName}_count`, labels: { route }, value: count }];
    });
    return { ...(await this.#shape.get()), values };
  }
}

const durationName = 'sentinel_request_duration_seconds';
const durationHelp = 'From the request head to the end of the exchange.';

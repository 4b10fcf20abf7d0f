// The counters as a Prometheus registry. Nothing is counted here: each metric reads the plain numbers of the worker in
// the moment of the scrape. Names are those of the operations page, prefix `sentinel_`, base units.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { Instances } from '../agents/instances.ts';
import { durationBuckets } from '../metrics.ts';
import type { Worker } from '../worker.ts';

type Row = readonly [labels: Record<string, string | number>, value: number];

export function makeRegistry(worker: Worker): Registry {
  const registry = new Registry();
  addExchanges(registry, worker);
  addConnections(registry, worker);
  addTls(registry, worker);
  addUpstreams(registry, worker);
  addMirrors(registry, worker);
  addRateLimits(registry, worker);
  addTargets(registry, worker);
  addAgents(registry, worker);
  registry.registerMetric(
    new FilledHistogram('sentinel_request_duration_seconds', durationHelp, ['route'], () =>
      [...worker.metrics.routes.values()].map((one) => ({
        labels: { route: one.route },
        buckets: one.durations,
        sum: one.durationSum,
      })),
    ),
  );
  collectDefaultMetrics({ register: registry });
  return registry;
}

const durationHelp = 'From the request head to the end of the exchange.';

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
  gauge(registry, 'sentinel_tunnels', 'Connections whose protocol was switched.', ['route'], () =>
    routes().map((one) => [{ route: one.route }, one.tunnels]),
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

function addTls(registry: Registry, { metrics }: Worker): void {
  const listeners = () => [...metrics.listeners.values()].map(({ listener, tls }) => ({ listener, tls }));
  const handshake = 'From accepting a connection to the end of its TLS handshake.';
  registry.registerMetric(
    new FilledHistogram('sentinel_tls_handshake_seconds', handshake, ['listener', 'version'], () =>
      listeners().flatMap(({ listener, tls }) =>
        [...tls.handshakes].map(([version, { buckets, sum }]) => ({ labels: { listener, version }, buckets, sum })),
      ),
    ),
  );
  counter(
    registry,
    'sentinel_tls_handshake_failures_total',
    'TLS handshakes that came to nothing.',
    ['listener', 'reason'],
    () =>
      listeners().flatMap(({ listener, tls }) =>
        [...tls.failures].map(([reason, count]): Row => [{ listener, reason }, count]),
      ),
  );
  const expiry = 'When a certificate expires; without a name, the one for everybody else.';
  gauge(registry, 'sentinel_tls_certificate_expiry_timestamp_seconds', expiry, ['listener', 'name'], () =>
    listeners().flatMap(({ listener, tls }) =>
      [...tls.certificates].map(([name, expires]): Row => [{ listener, name }, expires]),
    ),
  );
  const failed = 'Files of TLS that changed and could not be used; what was read before stays.';
  counter(registry, 'sentinel_tls_renewals_failed_total', failed, ['listener'], () =>
    listeners().flatMap(({ listener, tls }): Row[] =>
      tls.certificates.size === 0 ? [] : [[{ listener }, tls.renewalsFailed]],
    ),
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
  const targets = () => targetsOf(upstreams);
  counter(registry, 'sentinel_upstream_attempts_total', 'Requests sent to a target.', labelNames, () =>
    targets().map(({ labels, target }) => [labels, target.attempts]),
  );
  const picks = 'Attempts, by why this target: the algorithm, or a cookie, the next in reach, a retry, a trial, panic.';
  counter(registry, 'sentinel_upstream_picks_total', picks, [...labelNames, 'by'], () =>
    targets().flatMap(({ labels, target, algorithm }): Row[] => {
      const others = [...target.metrics.picks];
      const rest = others.reduce((left, [, n]) => left - n, target.attempts);
      return [[{ ...labels, by: algorithm }, rest], ...others.map(([by, n]): Row => [{ ...labels, by }, n])];
    }),
  );
  const failures = 'Attempts that came to nothing, by why; `status`: a reply that was not passed on but tried again.';
  counter(registry, 'sentinel_upstream_failures_total', failures, [...labelNames, 'reason'], () =>
    targets().flatMap(({ labels, target }) =>
      [...target.metrics.failures].map(([reason, n]): Row => [{ ...labels, reason }, n]),
    ),
  );
  counter(
    registry,
    'sentinel_upstream_retries_total',
    'Requests tried again after this target, by cause.',
    [...labelNames, 'reason'],
    () =>
      targets().flatMap(({ labels, target }) =>
        [...target.metrics.retries].map(([reason, n]): Row => [{ ...labels, reason }, n]),
      ),
  );
  const exhausted = 'Requests not tried again after this target, because the retry budget was used up.';
  counter(registry, 'sentinel_upstream_retry_budget_exhausted_total', exhausted, labelNames, () =>
    targets().map(({ labels, target }) => [labels, target.metrics.retryBudgetExhausted]),
  );
  counter(registry, 'sentinel_upstream_target_ejected_total', 'Times that a target was left out.', labelNames, () =>
    targets().map(({ labels, target }) => [labels, target.metrics.ejections]),
  );
  const connectionLabels = [...labelNames, 'state'];
  gauge(registry, 'sentinel_upstream_connections', 'Connections to a target.', connectionLabels, () =>
    targets().flatMap(({ labels, target }): Row[] => [
      [{ ...labels, state: 'busy' }, target.active],
      [{ ...labels, state: 'resting' }, target.pool.restingCount],
      [{ ...labels, state: 'waiting' }, target.pool.waitingCount],
    ]),
  );
}

function addRateLimits(registry: Registry, { routes }: Worker): void {
  const limits = () =>
    [...routes.values()].flatMap(({ name: route, access }) =>
      access?.rateLimit === undefined ? [] : [{ route, limit: access.rateLimit }],
    );
  const help = 'Requests that a rate limit looked at, by what became of them; `noticed` by one that only logs.';
  counter(registry, 'sentinel_rate_limit_requests_total', help, ['route', 'outcome'], () =>
    limits().flatMap(({ route, limit }) =>
      Object.entries(limit.counts).map(([outcome, count]): Row => [{ route, outcome }, count]),
    ),
  );
  const told = 'Requests that other workers let through, as they told this one.';
  counter(registry, 'sentinel_rate_limit_learned_total', told, ['route'], () =>
    limits().map(({ route, limit }) => [{ route }, limit.learned]),
  );
  gauge(registry, 'sentinel_rate_limit_keys', 'Clients that a rate limit remembers.', ['route'], () =>
    limits().map(({ route, limit }) => [{ route }, limit.buckets.size]),
  );
  counter(
    registry,
    'sentinel_rate_limit_keys_evicted_total',
    'Clients that a rate limit forgot early, because all its places were taken.',
    ['route'],
    () => limits().map(({ route, limit }) => [{ route }, limit.buckets.evicted]),
  );
}

const breakerNumbers = { closed: 0, open: 1, 'half-open': 2 } as const;

function addTargets(registry: Registry, { upstreams, standings, timers }: Worker): void {
  const labelNames = ['upstream', 'target'];
  const targets = () => targetsOf(upstreams);
  const latency = 'From sending a request to the head of its reply.';
  registry.registerMetric(
    new FilledHistogram('sentinel_upstream_latency_seconds', latency, labelNames, () =>
      targets().map(({ labels, target: { metrics } }) => ({
        labels,
        buckets: metrics.latencies,
        sum: metrics.latencySum,
      })),
    ),
  );
  const healthy = '1: neither probes nor ejections leave the target out.';
  gauge(registry, 'sentinel_upstream_target_healthy', healthy, labelNames, () =>
    targets().map(({ labels }) => {
      const { health, ejection } = standings.of(labels.upstream, labels.target);
      return [labels, health.isHealthy && !ejection.isOut(timers.nowMs) ? 1 : 0];
    }),
  );
  const breaker = 'The circuit breaker: 0 closed, 1 open, 2 half-open.';
  gauge(registry, 'sentinel_upstream_circuit_breaker_state', breaker, labelNames, () =>
    targets().map(({ labels }) => [labels, breakerNumbers[standings.of(labels.upstream, labels.target).breaker.state]]),
  );
}

function addAgents(registry: Registry, { agents, inspectionMemory, timers }: Worker): void {
  const labelNames = ['agent', 'event'];
  const events = () =>
    [...agents.all.values()].flatMap(({ name: agent, metrics }) =>
      [...metrics.events].map(([event, one]) => ({ labels: { agent, event }, one })),
    );
  const calls = 'Events put to an agent, by what became of them: `ok`, or why there was no answer.';
  counter(registry, 'sentinel_agent_calls_total', calls, [...labelNames, 'result'], () =>
    events().flatMap(({ labels, one }) => [...one.results].map(([result, n]): Row => [{ ...labels, result }, n])),
  );
  counter(registry, 'sentinel_agent_decisions_total', 'What agents decided.', [...labelNames, 'decision'], () =>
    events().flatMap(({ labels, one }) => [...one.decisions].map(([decision, n]): Row => [{ ...labels, decision }, n])),
  );
  counter(registry, 'sentinel_agent_timeouts_total', 'Events that were not answered in time.', labelNames, () =>
    events().map(({ labels, one }) => [labels, one.timeouts]),
  );
  const rejections = 'Events that found no place in the queue.';
  counter(registry, 'sentinel_agent_queue_rejections_total', rejections, labelNames, () =>
    events().map(({ labels, one }) => [labels, one.queueRejections]),
  );
  gauge(registry, 'sentinel_agent_queue_depth', 'Events that wait for their turn.', labelNames, () =>
    events().map(({ labels, one }) => [labels, one.queued]),
  );
  registry.registerMetric(
    new FilledHistogram('sentinel_agent_latency_seconds', 'From asking to the outcome.', labelNames, () =>
      events().map(({ labels, one }) => ({ labels, buckets: one.latencies, sum: one.latencySum })),
    ),
  );
  const ofAgents = () => [...agents.all.values()];
  const state = 'The circuit breaker: 0 closed, 1 open, 2 half-open.';
  gauge(registry, 'sentinel_agent_circuit_breaker_state', state, ['agent'], () =>
    ofAgents().map(({ name: agent, breaker }) => {
      breaker.turn(timers.nowMs);
      return [{ agent }, breakerNumbers[breaker.state]];
    }),
  );
  counter(registry, 'sentinel_agent_circuit_breaker_opens_total', 'Times that it opened.', ['agent'], () =>
    ofAgents().map(({ name: agent, metrics }) => [{ agent }, metrics.breakerOpens]),
  );
  const instances = ofAgents().flatMap(({ name: agent, link }) =>
    link instanceof Instances ? link.all.map((one) => ({ labels: { agent, instance: one.name }, one })) : [],
  );
  const ofInstances = ['agent', 'instance'];
  gauge(registry, 'sentinel_agent_instance_up', '1 while an instance of an agent can be asked.', ofInstances, () =>
    instances.map(({ labels, one }) => [labels, one.link.faultAhead === undefined ? 1 : 0]),
  );
  counter(registry, 'sentinel_agent_instance_calls_total', 'Events that were sent to it.', ofInstances, () =>
    instances.map(({ labels, one }) => [labels, one.calls]),
  );
  gauge(registry, 'sentinel_inspection_bytes', 'Bodies held for agents.', [], () => [[{}, inspectionMemory.bytesHeld]]);
}

function targetsOf(upstreams: Worker['upstreams']) {
  return [...upstreams.values()].flatMap(({ name: upstream, targets, algorithm }) =>
    targets.map((target) => ({ labels: { upstream, target: target.name }, target, algorithm })),
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

/** Buckets that have been filled, of one set of labels. */
interface Filled {
  readonly labels: Record<string, string>;
  readonly buckets: Float64Array;
  readonly sum: number;
}

/**
 * Ours has its buckets filled already, so it hands them over instead of observing again. A gauge by birth, because the
 * registry asks a histogram in a way that cannot be answered from outside.
 */
class FilledHistogram extends Gauge<string> {
  readonly #name: string;
  readonly #rows: () => readonly Filled[];
  readonly #shape: Histogram;

  constructor(name: string, help: string, labelNames: string[], rows: () => readonly Filled[]) {
    super({ name, help, labelNames, registers: [] });
    this.#name = name;
    this.#rows = rows;
    this.#shape = new Histogram({ name, help, registers: [] });
  }

  override async get() {
    return { ...(await this.#shape.get()), values: this.#rows().flatMap((row) => this.#series(row)) };
  }

  #series({ labels, buckets, sum }: Filled) {
    let count = 0;
    const counted = [...buckets].map((inBucket, index) => {
      count += inBucket;
      const le = durationBuckets[index] ?? '+Inf';
      return { metricName: `${this.#name}_bucket`, labels: { ...labels, le }, value: count };
    });
    const total = { metricName: `${this.#name}_sum`, labels, value: sum };
    return [...counted, total, { metricName: `${this.#name}_count`, labels, value: count }];
  }
}

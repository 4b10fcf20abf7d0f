// What a worker has counted, as families of figures. Nothing is counted here: rows are made from the worker's plain
// numbers in the moment in which somebody asks. Names are those of docs/operations.md, prefix `sentinel_`, base units;
// label values are names of the configuration and codes of ours, never what a client chooses.

import { counter, type Family, gauge, type NumberRow } from '#config/figures/family';
import type { Worker } from '../worker.ts';
import { countedBy, seconds } from './figure-rows.ts';
import { agentFigures } from './figures-agents.ts';
import { upstreamFigures } from './figures-upstreams.ts';

export function figuresOf(worker: Worker): Family[] {
  return figureMakers.flatMap((make) => [...make(worker)]);
}

/** Each is a part of the work, for who would not do all of it at once; of routes there may be ten thousand. */
export const figureMakers: readonly ((worker: Worker) => Iterable<Family>)[] = [
  exchangeFigures,
  connectionFigures,
  tlsFigures,
  rateLimitFigures,
  upstreamFigures,
  agentFigures,
  (worker) => worker.process.figures(),
];

function* exchangeFigures({ metrics, accessLines }: Worker): Generator<Family> {
  const routes = [...metrics.routes.values()];
  const byRoute = (value: (one: (typeof routes)[number]) => number) =>
    routes.map((one): NumberRow => [[one.route], value(one)]);
  yield counter(
    'sentinel_requests_total',
    'Exchanges that are over.',
    ['route', 'method', 'status'],
    routes.flatMap((one) =>
      one.requests().map(({ method, status, count }): NumberRow => [[one.route, method, String(status)], count]),
    ),
  );
  yield seconds(
    'sentinel_request_duration_seconds',
    'From the request head to the end of the exchange.',
    ['route'],
    routes.map((one) => [[one.route], one.durations, one.durationSum]),
  );
  yield counter(
    'sentinel_refusals_total',
    'Exchanges that the proxy itself ended.',
    ['route', 'reason'],
    routes.flatMap(({ route, refusals }) => countedBy(route, refusals)),
  );
  yield counter(
    'sentinel_request_body_bytes_total',
    'Payload received from clients.',
    ['route'],
    byRoute((one) => one.requestBytes),
  );
  yield counter(
    'sentinel_response_body_bytes_total',
    'Payload sent to clients.',
    ['route'],
    byRoute((one) => one.responseBytes),
  );
  yield counter(
    'sentinel_access_lines_dropped_total',
    'Access lines that could not be written in time.',
    [],
    [[[], accessLines.droppedTotal]],
  );
  yield counter(
    'sentinel_access_lines_suppressed_total',
    "Access lines that a route's `access-log` leaves out.",
    ['route'],
    byRoute((one) => one.linesSuppressed),
  );
  yield gauge(
    'sentinel_tunnels',
    'Connections whose protocol was switched.',
    ['route'],
    byRoute((one) => one.tunnels),
  );
  yield gauge('sentinel_active_requests', 'Exchanges in flight.', [], [[[], metrics.exchangesInFlight]]);
}

function connectionFigures({ metrics, fastReads }: Worker): Family[] {
  const listeners = [...metrics.listeners.values()];
  return [
    counter(
      'sentinel_connections_total',
      'Connections accepted.',
      ['listener'],
      listeners.map(({ listener, accepted }) => [[listener], accepted]),
    ),
    counter(
      'sentinel_connections_refused_total',
      'Connections over a bound.',
      ['listener', 'reason'],
      listeners.flatMap(({ listener, refused }) => countedBy(listener, refused)),
    ),
    gauge(
      'sentinel_open_connections',
      'Connections of clients.',
      ['listener'],
      listeners.map(({ listener, open }) => [[listener], open]),
    ),
    gauge(
      'sentinel_fast_sockets',
      '1: `system.fast-sockets` is on, and this Node has it.',
      [],
      [[[], fastReads.isInUse ? 1 : 0]],
      'least',
    ),
  ];
}

function tlsFigures({ metrics }: Worker): Family[] {
  const listeners = [...metrics.listeners.values()].map(({ listener, tls }) => ({ listener, tls }));
  return [
    seconds(
      'sentinel_tls_handshake_seconds',
      'From accepting a connection to the end of its TLS handshake.',
      ['listener', 'version'],
      listeners.flatMap(({ listener, tls }) =>
        [...tls.handshakes].map(([version, { buckets, sum }]) => [[listener, version], buckets, sum] as const),
      ),
    ),
    counter(
      'sentinel_tls_handshake_failures_total',
      'TLS handshakes that came to nothing.',
      ['listener', 'reason'],
      listeners.flatMap(({ listener, tls }) => countedBy(listener, tls.failures)),
    ),
    gauge(
      'sentinel_tls_certificate_expiry_timestamp_seconds',
      'When a certificate expires; without a name, the one for everybody else.',
      ['listener', 'name'],
      listeners.flatMap(({ listener, tls }) => countedBy(listener, tls.certificates)),
      'least',
    ),
    counter(
      'sentinel_tls_renewals_failed_total',
      'Files of TLS that changed and could not be used; what was read before stays.',
      ['listener'],
      listeners.flatMap(({ listener, tls }): NumberRow[] =>
        tls.certificates.size === 0 ? [] : [[[listener], tls.renewalsFailed]],
      ),
    ),
  ];
}

function rateLimitFigures({ routes }: Worker): Family[] {
  const limits = [...routes.values()].flatMap(({ name, access }) =>
    access?.rateLimit === undefined ? [] : [{ name, limit: access.rateLimit }],
  );
  return [
    counter(
      'sentinel_rate_limit_requests_total',
      'Requests that a rate limit looked at, by what became of them; `noticed` by one that only logs.',
      ['route', 'outcome'],
      limits.flatMap(({ name, limit }) => countedBy(name, Object.entries(limit.counts))),
    ),
    counter(
      'sentinel_rate_limit_learned_total',
      'Requests that other workers let through, as they told this one.',
      ['route'],
      limits.map(({ name, limit }) => [[name], limit.learned]),
    ),
    gauge(
      'sentinel_rate_limit_keys',
      'Clients that a rate limit remembers.',
      ['route'],
      limits.map(({ name, limit }) => [[name], limit.buckets.size]),
    ),
    counter(
      'sentinel_rate_limit_keys_evicted_total',
      'Clients that a rate limit forgot early, because all its places were taken.',
      ['route'],
      limits.map(({ name, limit }) => [[name], limit.buckets.evicted]),
    ),
  ];
}

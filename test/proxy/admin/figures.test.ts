// Every series moves: one of everything happens, and the text of the scrape says so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFamilies } from '#config/figures/text';
import { figuresOf } from '../../../proxy/admin/figures.ts';
import { Upstream } from '../../fixtures/upstream.ts';
import { TestWorker } from '../../support/worker.ts';

test('a rate limit counts what became of requests, and how many clients it remembers', async () => {
  await using started = await TestWorker.start(
    'listeners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "health"; policies { rate-limit { requests-per-minute 1 } } } }',
  );
  await started.request('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3));
  const text = formatFamilies(figuresOf(started.worker));
  const wanted = [
    'sentinel_rate_limit_requests_total{route="r",outcome="passed"} 1',
    'sentinel_rate_limit_requests_total{route="r",outcome="refused"} 2',
    'sentinel_rate_limit_requests_total{route="r",outcome="delayed"} 0',
    'sentinel_rate_limit_requests_total{route="r",outcome="noticed"} 0',
    'sentinel_rate_limit_keys{route="r"} 1',
    'sentinel_rate_limit_keys_evicted_total{route="r"} 0',
    'sentinel_rate_limit_learned_total{route="r"} 0',
  ];
  for (const line of wanted) assert(text.includes(`${line}\n`), line);
});

test('what happened is what is scraped', async () => {
  await using upstream = await Upstream.start();
  await using started = await TestWorker.forwarding(upstream, { listener: 'limits { max-connections 1 }' });
  await started.request('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc');
  await started.request('bad\r\n\r\n');
  await using kept = await started.open();
  kept.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await kept.sees('ok');
  assert.equal(await started.request(''), '');
  started.worker.metrics.route('site').tunnels += 1;
  const text = formatFamilies(figuresOf(started.worker));
  const target = `upstream="u",target="${upstream.address}"`;
  const wanted = [
    'sentinel_requests_total{route="site",method="POST",status="200"} 1',
    'sentinel_requests_total{route="site",method="GET",status="200"} 1',
    'sentinel_requests_total{route="",method="other",status="400"} 1',
    'sentinel_refusals_total{route="",reason="head-malformed"} 1',
    'sentinel_request_body_bytes_total{route="site"} 3',
    'sentinel_response_body_bytes_total{route="site"} 4',
    'sentinel_connections_total{listener="http"} 3',
    'sentinel_connections_refused_total{listener="http",reason="listener-full"} 1',
    'sentinel_open_connections{listener="http"} 1',
    'sentinel_active_requests 0',
    'sentinel_tunnels{route="site"} 1',
    'sentinel_access_lines_dropped_total 0',
    `sentinel_upstream_attempts_total{${target}} 2`,
    `sentinel_upstream_retry_budget_exhausted_total{${target}} 0`,
    `sentinel_upstream_target_ejected_total{${target}} 0`,
    `sentinel_upstream_target_healthy{${target}} 1`,
    `sentinel_upstream_circuit_breaker_state{${target}} 0`,
    `sentinel_upstream_latency_seconds_count{${target}} 2`,
    `sentinel_upstream_latency_seconds_bucket{${target},le="+Inf"} 2`,
    `sentinel_upstream_connections{${target},state="waiting"} 0`,
    `sentinel_upstream_connections{${target},state="resting"} 1`,
    'sentinel_request_duration_seconds_bucket{route="site",le="+Inf"} 2',
    'sentinel_request_duration_seconds_count{route="site"} 2',
  ];
  const lines = new Set(text.split('\n'));
  assert.deepEqual(
    wanted.filter((line) => !lines.has(line)),
    [],
  );
  assert.match(text, /# TYPE sentinel_request_duration_seconds histogram/);
});

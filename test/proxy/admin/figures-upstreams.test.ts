// The figures of targets move with what happens to them; registered with a target that answers, one that is dead.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFamilies } from '#config/figures/text';
import { upstreamFigures } from '../../../proxy/admin/figures-upstreams.ts';
import { Upstream } from '../../fixtures/upstream.ts';
import { TestWorker } from '../../support/worker.ts';

test('attempts, failures, ejections, breakers and mirrors', async () => {
  await using upstream = await Upstream.start();
  await using one = await TestWorker.start(
    `listeners { listener "http" { address "127.0.0.1:0" } }
    routes { route "site" { upstream "u"; mirror { upstream "copy" } } }
    upstreams {
      upstream "u" { target "${upstream.address}" }
      upstream "copy" { target "127.0.0.1:1" }
    }`,
  );
  const [target] = one.worker.upstreams.get('u')?.targets ?? [];
  assert(target !== undefined);
  await one.request('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  target.metrics.countFailure('timeout');
  target.metrics.countRetry('connect-failure');
  target.metrics.countPick('retry');
  target.metrics.retryBudgetExhausted += 2;
  target.metrics.ejections += 3;
  const standing = one.worker.standings.of('u', target.name);
  standing.health = { isHealthy: false, isKnown: true, streak: 0 };
  standing.breaker.state = 'half-open';
  const lines = formatFamilies(upstreamFigures(one.worker)).split('\n');
  const labels = `upstream="u",target="${upstream.address}"`;
  for (const line of [
    `sentinel_upstream_attempts_total{${labels}} 1`,
    `sentinel_upstream_picks_total{${labels},by="retry"} 1`,
    `sentinel_upstream_picks_total{${labels},by="round-robin"} 0`,
    `sentinel_upstream_failures_total{${labels},reason="timeout"} 1`,
    `sentinel_upstream_retries_total{${labels},reason="connect-failure"} 1`,
    `sentinel_upstream_retry_budget_exhausted_total{${labels}} 2`,
    `sentinel_upstream_target_ejected_total{${labels}} 3`,
    `sentinel_upstream_target_healthy{${labels}} 0`,
    `sentinel_upstream_circuit_breaker_state{${labels}} 2`,
    `sentinel_upstream_latency_seconds_count{${labels}} 1`,
  ])
    assert(lines.includes(line), line);
  assert(lines.some((line) => line.startsWith('sentinel_mirrored_total{route="site",outcome=')));
});

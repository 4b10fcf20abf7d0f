// What watches a stack from outside: the dashboard and the alert rules speak of figures that exist, promtool reads the
// rules, each fires on what it is for and on nothing else, and each has its page in the runbook.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { dashboard } from '../../packaging/dashboard.ts';
import { tempFolder } from '../support/temp-folder.ts';

const root = join(import.meta.dirname, '..', '..');
const alertsFile = join(root, 'packaging/files/alerts.yml');
const alerts = readFileSync(alertsFile, 'utf8');
const rules: ReadonlyArray<{ alert: string; expr: string }> = parse(alerts).groups[0].rules;
const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
const known = new Set([...page.matchAll(/`(sentinel_\w+)`/g)].map(([, name = '']) => name));

test('every figure in panels and rules is one that there is', () => {
  const texts = [dashboard(), ...rules.map(({ expr }) => expr)].join('\n');
  for (const [name] of texts.matchAll(/\bsentinel_\w+/g))
    assert(known.has(name.replace(/_(?:bucket|sum|count)$/, '')), name);
});

test('every alert has its heading in the runbook, and every heading its alert', () => {
  const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  const headings = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(
    headings,
    rules.map(({ alert }) => alert),
  );
});

/** Series that each alert fires on when they have lasted; in the second they do not. */
const trials: Readonly<Record<string, readonly [bad: string, badValues: string, goodValues: string]>> = {
  SentinelNotServing: ['sentinel_stack_ready', '0x200', '1x200'],
  SentinelGone: ['up{job="sentinel"}', '0x200', '1x200'],
  SentinelChildDoesNotStayUp: ['sentinel_stack_child_restarts_total{child="a",reason="exit"}', '0+1x200', '0x200'],
  SentinelRepliesFail: ['sentinel_requests_total{status="502"}', '0+60x200', '0x200'],
  SentinelTargetDown: ['sentinel_upstream_target_healthy{upstream="u",target="t"}', '0.5x200', '1x200'],
  SentinelAgentFails: ['sentinel_agent_reachable{agent="a"}', '0x200', '1x200'],
  SentinelCertificateEnds: [
    'sentinel_tls_certificate_expiry_timestamp_seconds{listener="l"}',
    '86400x200',
    '9000000x200',
  ],
  SentinelCertificateNotUsable: ['sentinel_tls_renewals_failed_total{listener="l"}', '0x90 1x110', '0x200'],
  SentinelReloadRefused: ['sentinel_stack_reloads_total{outcome="refused"}', '0x170 1x30', '0x200'],
  SentinelConnectionsTurnedAway: ['sentinel_connections_refused_total{reason="client-full"}', '0+6x200', '5x200'],
  SentinelAccessLinesLost: ['sentinel_access_lines_dropped_total', '0x170 4x30', '4x200'],
  SentinelWorkerAtItsEnd: ['sentinel_worker_event_loop_busy_seconds_total{worker="1"}', '0+57x200', '0+6x200'],
  SentinelHostsDiffer: ['sentinel_stack_config_hash_info{sha256="b"}', '1x200', '_x200'],
};
const beside = [
  { series: 'sentinel_requests_total{status="200"}', values: '0+600x200' },
  { series: 'sentinel_stack_config_hash_info{sha256="a"}', values: '1x200' },
];

const hasPromtool = await execa('promtool', ['--version'], { reject: false }).then(({ failed }) => !failed);
const skip = hasPromtool ? false : 'promtool is missing: NOT TESTED';

test('promtool reads the rules', { skip }, async () => {
  await execa('promtool', ['check', 'rules', alertsFile]);
});

test('each rule fires on what it is for, and only then', { skip }, async () => {
  assert.deepEqual(
    Object.keys(trials),
    rules.map(({ alert }) => alert),
  );
  const tests = Object.entries(trials).flatMap(([alert, [series, bad, good]]) =>
    [bad, good].map((values) => ({
      name: `${alert} ${values}`,
      interval: '1m',
      input_series: [...beside, { series, values }],
      promql_expr_test: [
        {
          expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
          eval_time: '180m',
          exp_samples: [{ labels: '{}', value: values === bad ? 1 : 0 }],
        },
      ],
    })),
  );
  using folder = tempFolder({ 'test.yml': stringify({ rule_files: [alertsFile], evaluation_interval: '1m', tests }) });
  await execa('promtool', ['test', 'rules', folder.of('test.yml')]);
});

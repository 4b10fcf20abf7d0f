// The supervisor's own figures move with what happens to its children, reloads and configuration.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFamilies } from '#config/figures/text';
import type { ChildStatus, StackStatus } from '../../stack/control.ts';
import { ChildCounts, stackFigures } from '../../stack/own-figures.ts';
import type { Exit, Fact } from '../../stack/state.ts';

const child = (name: string, changes: Partial<ChildStatus> = {}): ChildStatus => ({
  name,
  kind: 'worker',
  role: 'current',
  state: 'ready',
  since: 0,
  pid: 1,
  restarts: 0,
  readyMs: 250,
  lastExit: undefined,
  nextTryAt: undefined,
  failureMode: undefined,
  memoryBytes: 1000,
  cpuSeconds: 2,
  cpuShare: 0,
  ...changes,
});

const status = (children: readonly ChildStatus[]): StackStatus => ({
  phase: 'running',
  pid: 1,
  startedAt: 5000,
  readyMs: 1,
  listening: {},
  children,
  external: [],
  config: { file: undefined, sha256: 'abc', loadedAt: 6000 },
  reloads: { unchanged: 0, applied: 2, refused: 1, 'rolled-back': 0 },
  changing: undefined,
});

function linesOf(children: readonly ChildStatus[], counts = new ChildCounts()): string[] {
  return formatFamilies(stackFigures(status(children), counts, { version: '1.0', ready: true })).split('\n');
}

const exited = (changes: Partial<Extract<Fact, { type: 'child-exited' }>>, exit: Partial<Exit> = {}): Fact => ({
  type: 'child-exited',
  child: 'proxy/1',
  exit: { code: null, signal: null, killed: false, notStarted: undefined, ...exit },
  problem: undefined,
  uptimeMs: 1,
  slowMs: undefined,
  silentMs: undefined,
  verdict: { next: 'restart', delayMs: 200 },
  failureMode: undefined,
  ...changes,
});

test('children, reloads, configuration', () => {
  const lines = linesOf([child('waf', { kind: 'agent', state: 'backoff', memoryBytes: undefined }), child('proxy/1')]);
  for (const line of [
    `sentinel_build_info{version="1.0",node="${process.version}"} 1`,
    'sentinel_stack_ready 1',
    'sentinel_stack_started_timestamp_seconds 5',
    'sentinel_stack_child_up{child="waf"} 0',
    'sentinel_stack_child_up{child="proxy/1"} 1',
    'sentinel_stack_child_ready_seconds{child="proxy/1"} 0.25',
    'sentinel_stack_child_memory_bytes{child="proxy/1"} 1000',
    'sentinel_stack_child_cpu_seconds_total{child="proxy/1"} 2',
    'sentinel_stack_reloads_total{outcome="applied"} 2',
    'sentinel_stack_reloads_total{outcome="refused"} 1',
    'sentinel_stack_config_hash_info{sha256="abc"} 1',
    'sentinel_stack_config_loaded_timestamp_seconds 6',
  ])
    assert(lines.includes(line), line);
  assert(
    !lines.some((line) => line.startsWith('sentinel_stack_child_memory_bytes{child="waf"}')),
    'nobody knows it yet',
  );
});

test('while a child is replaced it is up, and both processes count', () => {
  const lines = linesOf([child('proxy/1', { state: 'starting', role: 'coming' }), child('proxy/1')]);
  assert(lines.includes('sentinel_stack_child_up{child="proxy/1"} 1'));
  assert(lines.includes('sentinel_stack_child_memory_bytes{child="proxy/1"} 2000'));
});

test('each end has its reason, and processor time outlives a process', () => {
  const counts = new ChildCounts();
  counts.hear(exited({}, { signal: 'SIGKILL' }));
  counts.hear(exited({}, { code: 1 }));
  counts.hear(exited({}, { code: 0 }));
  counts.hear(exited({ silentMs: 6000 }, { signal: 'SIGKILL' }));
  counts.hear(exited({ slowMs: 10_000 }, { signal: 'SIGTERM' }));
  counts.hear(exited({}, { notStarted: 'ENOENT' }));
  counts.hear(exited({ verdict: undefined }, { code: 0 })); // it was to end
  counts.hear(exited({ verdict: { next: 'leave' } }, { code: 1 })); // and stays down
  counts.hear({ type: 'child-too-big', child: 'waf', bytes: 2, bytesMax: 1 });
  const ended = { type: 'change-ended', removed: [], ms: 1, failure: undefined } as const;
  counts.hear({ ...ended, change: 'reload', outcome: 'applied', replaced: ['waf', 'proxy/1'] });
  counts.hear({ ...ended, change: 'restart', outcome: 'applied', replaced: ['waf'] });
  counts.hear({ ...ended, change: 'restart', outcome: 'rolled-back', replaced: ['waf'] });
  counts.ended('proxy/1', 3);
  counts.ended('proxy/1', undefined);
  const lines = linesOf([child('proxy/1')], counts);
  for (const [name, reason, count] of [
    ['proxy/1', 'signal', 1],
    ['proxy/1', 'exit', 2],
    ['proxy/1', 'silent', 1],
    ['proxy/1', 'not-ready', 1],
    ['proxy/1', 'not-started', 1],
    ['proxy/1', 'reload', 1],
    ['waf', 'memory', 1],
    ['waf', 'reload', 1],
    ['waf', 'restart', 1],
  ])
    assert(
      lines.includes(`sentinel_stack_child_restarts_total{child="${name}",reason="${reason}"} ${count}`),
      `${name} ${reason}`,
    );
  assert(lines.includes('sentinel_stack_child_cpu_seconds_total{child="proxy/1"} 5'));
  counts.forgetAllBut(new Set(['waf']));
  assert.deepEqual([...counts.restarts.keys()], ['waf']);
  assert.equal(counts.endedSeconds('proxy/1'), 0);
});

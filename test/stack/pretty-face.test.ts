// What a person sees while a stack starts, runs and stops.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supervisorLimits } from '#config/limits';
import { loadText } from '#config/load';
import { prettyFace } from '../../stack/pretty-face.ts';
import type { Fact } from '../../stack/state.ts';
import { agent, planOf, worker } from './playbook.ts';
import { recorder } from './recorder.ts';

const noLines = () => [];
const exit = { code: 1, signal: null, killed: false, notStarted: undefined };
const ended = {
  type: 'child-exited',
  child: 'denylist',
  exit,
  problem: undefined,
  uptimeMs: 0,
  slowMs: undefined,
  silentMs: undefined,
  verdict: { next: 'restart', delayMs: 200 },
  failureMode: 'open',
} as const satisfies Fact;
const stackReady = {
  type: 'stack-ready',
  listening: { http: ['127.0.0.1:8080'] },
  missing: [],
  ms: 500,
} as const satisfies Fact;

function open({ color = false, isDefault = true, more = '' } = {}) {
  const loaded = loadText(
    'test.kdl',
    `listeners { listener "http" { address "127.0.0.1:0" } }
     routes { route "r" { builtin-handler "demo" } }
     admin { address "127.0.0.1:9090" }\n${more}`,
  );
  assert(loaded.ok);
  const output = recorder(color);
  const children = [agent('denylist', { failureMode: 'open' }), worker(1), worker(2)];
  const plan = { ...planOf(children), external: [{ name: 'far', socketPath: '/run/far.sock' }], listening: {} };
  return { output, face: prettyFace(output, { plan, config: loaded.config, isDefault }) };
}

/** With the time of day left out. */
function shown(text: string): string[] {
  return text.replace(/^\d\d:\d\d:\d\d /gm, '').split('\n');
}

test('a start: a row per child, then where it is and what to try', () => {
  const { output, face } = open();
  face.tell({ type: 'child-ready', child: 'denylist', detail: '3 lists', ms: 412, again: false }, noLines);
  face.line('denylist', 'stderr', 'not shown in the table');
  face.tell({ type: 'child-ready', child: 'proxy/1', detail: '', ms: 88, again: false }, noLines);
  face.tell({ type: 'child-ready', child: 'proxy/2', detail: '', ms: 70, again: false }, noLines);
  face.tell(stackReady, noLines);
  assert.deepEqual(shown(output.text()), [
    '  ● far       external           expected at /run/far.sock',
    '  ● denylist  ready     412 ms   3 lists',
    '  ● proxy     ready      88 ms   2 workers',
    '',
    '  listening   http://127.0.0.1:8080  ->  demo backend',
    '  admin       http://127.0.0.1:9090',
    '',
    '  try   curl -i http://127.0.0.1:8080/',
    '        curl -i "http://127.0.0.1:8080/?id=1\'%20OR%201=1--"',
    '  see   sentinel-stack status · sentinel-stack logs',
    '  stop  Ctrl-C',
    '',
    '',
  ]);
});

test('where there is a firewall, what it refuses is what to look at', () => {
  const { output, face } = open({ more: 'waf { }' });
  face.tell(stackReady, noLines);
  assert.match(output.text(), /see {3}sentinel-stack status · sentinel-stack waf tail\n/);
});

test("a file of one's own is not invited to be attacked", () => {
  const { output, face } = open({ isDefault: false });
  face.tell(stackReady, noLines);
  assert.doesNotMatch(output.text(), /curl/);
});

test('a start without an agent says so, with what it wrote and what its loss means', () => {
  const { output, face } = open();
  face.tell(ended, () => ['one', 'two', 'three', 'four']);
  face.tell({ type: 'child-missing', child: 'denylist' }, noLines);
  face.tell({ ...stackReady, missing: ['denylist'] }, noLines);
  const lines = shown(output.text());
  assert.deepEqual(lines.slice(1, 5), [
    '  ● denylist  ended              exit 1; next try in 200 ms',
    '      | two',
    '      | three',
    '      | four',
  ]);
  assert(lines.includes('  degraded    denylist is not running; fail-open: requests pass without it'));
});

test('while it runs: one line per event, with the name in a column', () => {
  const { output, face } = open();
  face.tell(stackReady, noLines);
  const before = output.text().length;
  face.line('proxy/1', 'stdout', '{"method":"GET","path":"/","status":200,"duration_ms":1}');
  face.tell({ ...ended, exit: { ...exit, code: null, signal: 'SIGKILL' }, uptimeMs: 3000 }, noLines);
  face.tell({ type: 'child-ready', child: 'denylist', detail: '', ms: 60, again: true }, noLines);
  face.tell({ type: 'stack-stopping', reason: 'SIGINT', hurried: false }, noLines);
  face.tell({ type: 'stack-stopped', ms: 41, killed: ['proxy/2'], connections: 2, cut: 0 }, noLines);
  assert.deepEqual(shown(output.text().slice(before)), [
    'proxy/1   GET  /  200  1.0 ms',
    'denylist  killed by SIGKILL after 3 s; next try in 200 ms',
    'denylist  fail-open: requests pass without it',
    'denylist  ready again after 60 ms',
    'stack     draining … (Ctrl-C again: stop at once)',
    'stack     2 connections closed, 0 requests cut, stopped in 41 ms, killed: proxy/2',
    '',
  ]);
});

test('colours: green for ready, yellow for what is degraded', () => {
  const { output, face } = open({ color: true });
  face.tell({ type: 'child-ready', child: 'denylist', detail: '', ms: 1, again: false }, noLines);
  face.tell(ended, noLines);
  assert(output.text().includes('\x1b[32m●\x1b[39m denylist  \x1b[32mready'));
  assert(output.text().includes('\x1b[33m●\x1b[39m denylist  \x1b[33mended'));
});

test('a terminal that does not read costs lines, and the count is shown', () => {
  const { output, face } = open();
  face.tell(stackReady, noLines);
  const before = output.text().length;
  output.pendingBytes = supervisorLimits.pendingBytesMax + 1;
  for (let line = 0; line < 5; line += 1) face.line('proxy/1', 'stdout', 'x');
  output.pendingBytes = 0;
  face.line('proxy/1', 'stdout', 'y');
  assert.deepEqual(shown(output.text().slice(before)), [
    '5 lines dropped: they were read too slowly',
    'proxy/1   y',
    '',
  ]);
});

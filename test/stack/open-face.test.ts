// How a stack that is started shows itself: by the words, by the configuration, by where it writes to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { asWeAre } from '../../stack/accounts.ts';
import type { Configured } from '../../stack/configured.ts';
import { openFace, type Starting } from '../../stack/open-face.ts';
import type { UpGiven } from '../../stack/overrides.ts';
import type { RuntimeFolder } from '../../stack/runtime.ts';
import { effect } from '../support/effect.ts';
import { planOf, worker } from './playbook.ts';
import { recorder } from './recorder.ts';

const folder = { path: '/run/x', tookOver: true } as RuntimeFolder;

async function opened({ terminal = false, format = 'auto', words = {} as Partial<UpGiven>, json = false }) {
  const loaded = loadText(
    'shop.kdl',
    `listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "demo" } }
     observability { logging { format "${format}" } }`,
  );
  assert(loaded.ok);
  const { config } = loaded;
  const [stdout, stderr] = [{ ...recorder(), isTerminal: terminal }, recorder()];
  const context = { stdout, stderr, json } as unknown as Starting['context'];
  const configured = { plan: planOf([worker(1)]), accounts: asWeAre, config } as unknown as Configured;
  const face = await openFace({ context, given: words as UpGiven, loaded, config }, configured, folder);
  face.tell({ type: 'stack-stopping', reason: 'asked', hurried: false }, () => []);
  face.tell({ type: 'stack-stopped', ms: 1, killed: [], connections: 0, cut: 0 }, () => []);
  return { out: stdout.text(), err: stderr.text() };
}

effect('observability.logging.format', async () => {
  assert.match((await opened({ format: 'pretty' })).out, /^sentinel-stack .* shop\.kdl\n/);
  assert.match((await opened({ format: 'json', terminal: true })).err, /"event":"stack-takeover"/);
});

test('a terminal gets words, anything else JSON, and the words of the command decide before all', async () => {
  assert.match((await opened({ terminal: true })).out, /taken over[\s\S]*stopped in 1 ms/);
  assert.match((await opened({})).err, /"event":"stack-stopped"/);
  assert.match((await opened({ terminal: true, json: true })).err, /"event":"stack-stopped"/);
  assert.match((await opened({ format: 'json', words: { 'log-format': 'pretty' } })).out, /shop\.kdl/);
});

test('a start that failed is the error of the command', async () => {
  const loaded = loadText(
    'a.kdl',
    'listeners { listener "h" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "demo" } }',
  );
  assert(loaded.ok);
  const stderr = recorder();
  const context = { stdout: recorder(), stderr, json: false } as unknown as Starting['context'];
  const configured = { plan: planOf([]), accounts: asWeAre, config: loaded.config } as unknown as Configured;
  const words = { 'log-format': 'pretty' } as UpGiven;
  const face = await openFace({ context, given: words, loaded, config: loaded.config }, configured, folder);
  const failure = { child: 'waf', kind: 'agent', exit: undefined, problem: undefined, afterMs: 1000 } as const;
  face.tell({ type: 'start-failed', failure }, () => ['its last words']);
  assert.match(stderr.text(), /agent "waf" did not come up: was not ready after 1 s[\s\S]*its last words/);
});

// Every benchmark, small, so that none can rot: the proxy answers each request of it right, byte for byte, and the work is
// still the work that was measured. A hash here changes only when the work is changed on purpose.

import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { withoutCrs } from '../support/crs.ts';
import { runTinyAgentProxy } from './agent-1k.ts';
import { runTinyAgentCalls } from './agent-calls.ts';
import { runTinyFigures } from './figures.ts';
import { runTinyPicks } from './pick.ts';
import { runTinyRoutes } from './routes.ts';
import { runTinyMemory, runTinyWork } from './tiny.ts';
import { runTinyWafEngine } from './waf-engine.ts';
import { modSecurityIsHere, withoutModSecurity } from './waf-servers.ts';
import { runTinyWafStack } from './waf-stack.ts';
import { works } from './work.ts';

const hashes: Readonly<Record<string, string>> = {
  'get-1k': '9c2ac6400ec3dd39',
  'get-100k': '0198b08d4f1d1534',
  'post-4k': '5bd1f16e893159ec',
  'new-connection': 'ad796d299e0f6803',
  'static-4k': '1ed2fa50d265aa91',
  'static-10m': '8854a45a799622e2',
  'tls-1k': '5df6fdd92481857f',
  'tls-handshake': '88ab592ac1f75d4f',
  'upstream-tls-1k': '5df6fdd92481857f',
};
const routesHash = 'aeb99eddee50a8f0';
const wafEngineHash = 'f368fa82cf746192'; // of CRS 4.28's verdicts
const picksHash = '2962a00e6a3295e6';
const figuresHash = 'dd9b12dbebc8f7f9';
const agentCallsHash = '980d935c4ff9b17e';
const memoryHash = '0622cb1b5f6e1aef';

suite('benchmarks, tiny', { concurrency: 2 }, () => {
  for (const work of works) {
    test(`${work.name}: every reply is right`, async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'sentinel-bench-'));
      assert.equal(await runTinyWork(work, folder.path), hashes[work.name]);
    });
  }

  test('routes: every look-up finds its route', () => assert.equal(runTinyRoutes(), routesHash));

  test('figures: a scrape of two workers reads as it did', async () =>
    assert.equal(await runTinyFigures(), figuresHash));

  test('waf-engine: every verdict is as it was', { skip: withoutCrs }, async () =>
    assert.equal(await runTinyWafEngine(), wafEngineHash),
  );

  test('waf-stack: clean requests pass, an attack does not, ours and theirs', { skip: withoutCrs }, async (t) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sentinel-bench-'));
    const [mine, theirs] = (await runTinyWafStack(folder.path)).split('; ');
    assert.equal(mine, 'sentinel-stack, 1 process of the firewall: clean 200, attack 403');
    if (modSecurityIsHere()) assert.equal(theirs, 'nginx + ModSecurity: clean 200, attack 403');
    else t.diagnostic(withoutModSecurity);
  });

  test('pick: every algorithm picks as it did', () => assert.equal(runTinyPicks(), picksHash));

  test('agent-calls: every call has its answer, in every encoding', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sentinel-bench-'));
    assert.equal(await runTinyAgentCalls(folder.path), agentCallsHash);
  });

  test('agent-1k: every reply is right behind an agent', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sentinel-bench-'));
    assert.equal(await runTinyAgentProxy(folder.path), hashes['get-1k']);
  });

  test('memory: every reply is right and idle connections stay open', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sentinel-bench-'));
    assert.equal(await runTinyMemory(folder.path), memoryHash);
  });
});

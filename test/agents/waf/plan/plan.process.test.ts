// A plan that is made beside requests: whenever it comes, in the middle of a request too, nothing is found otherwise.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { beginTransaction } from '../../../../agents/waf/engine.ts';
import { isPlanAwaited, planBeside, planOf } from '../../../../agents/waf/plan/plan.ts';
import { corpusRequests, corpusRuleSet } from '../../../bench/modsecurity/corpus.ts';
import { crsFolder, withoutCrs } from '../../../support/crs.ts';
import { begun } from './both.ts';

suite('a plan beside requests', { skip: withoutCrs }, () => {
  test('requests before it, and those that it comes into the middle of, end as without it', async () => {
    const ruleSet = await corpusRuleSet(crsFolder ?? '');
    const requests = corpusRequests(crsFolder ?? '').filter((_, index) => index % 12 === 0);
    const planned = planBeside(ruleSet);
    const early = requests.map(({ asked }) => begun(ruleSet, asked, false)());
    const halves = requests.map(({ asked }) => begun(ruleSet, asked, false));
    assert(isPlanAwaited(ruleSet), 'all of this was done without it');
    await planned;
    assert(!isPlanAwaited(ruleSet));
    let matches = 0;
    for (const [index, { asked }] of requests.entries()) {
      const { workUnits: _, ...plain } = begun(ruleSet, asked, true)();
      for (const { workUnits, ...other } of [early[index], halves[index]?.()].filter((one) => one !== undefined))
        assert.deepEqual(other, plain, asked.target);
      matches += plain.rules.length;
    }
    assert(matches > 5000, String(matches));
  });

  test('a long body does not wait for its turn: the plan is made at once', async () => {
    const ruleSet = await corpusRuleSet(crsFolder ?? '');
    const before = planOf(ruleSet);
    const planned = planBeside(ruleSet);
    const connection = { clientAddress: '192.0.2.1', clientPort: 5000, serverAddress: '', serverPort: 0 };
    const judge = (body: string) => {
      const tx = beginTransaction(ruleSet, { connection, uniqueId: 'u', startedAtMs: 0 });
      const headers: [string, string][] = [
        ['Host', 'a.example'],
        ['Content-Type', 'application/x-www-form-urlencoded'],
        ['Content-Length', String(body.length)],
      ];
      tx.requestHead({ method: 'POST', target: '/', protocol: 'HTTP/1.1', headers }, 0);
      tx.addRequestBody(body);
      return tx.requestBody(0);
    };
    judge('a=1');
    assert(isPlanAwaited(ruleSet));
    judge(`a=${'b'.repeat(10_000)}`);
    assert(!isPlanAwaited(ruleSet), 'it was made');
    await planned;
    assert.notEqual(planOf(ruleSet), before);
  });
});

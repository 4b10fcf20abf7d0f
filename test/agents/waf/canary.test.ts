// The set on trial: it judges what was judged, tells where it differs, and reaches nobody.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '#config/log';
import { Canary } from '../../../agents/waf/canary.ts';
import { beginTransaction, type RuleSet } from '../../../agents/waf/engine.ts';
import { ruleSetOf } from './agent-support.ts';

const deny = (word: string, phase = 2) =>
  ruleSetOf(`SecRule ARGS "@contains ${word}" "id:1,phase:${phase},deny,status:403,log,msg:'${word}'"`);

function inspection(ruleSet: RuleSet, target: string, body?: string) {
  const headers: [string, string][] =
    body === undefined
      ? []
      : [
          ['Content-Type', 'application/x-www-form-urlencoded'],
          ['Content-Length', String(body.length)],
        ];
  const head = { method: body === undefined ? 'GET' : 'POST', target, protocol: 'HTTP/1.1', headers };
  const connection = { clientAddress: '192.0.2.1', clientPort: 1, serverAddress: '', serverPort: 0 };
  const transaction = beginTransaction(ruleSet, { connection, uniqueId: 'u', startedAtMs: 0 });
  if (transaction.requestHead(head, 0).kind === 'pass') {
    if (body !== undefined) transaction.addRequestBody(body);
    transaction.requestBody(0);
  }
  transaction.end(0);
  return { transaction, head, route: 'r', touchedMs: 0 };
}

function canaryOf(ruleSet: RuleSet, percent = 100, chance = () => 0) {
  const lines: Record<string, unknown>[] = [];
  const counts: string[] = [];
  const log = createLogger('waf', 'info', { write: (line: string) => lines.push(JSON.parse(line)) });
  const canary = new Canary({ ruleSet, percent }, { log, count: (one) => counts.push(one), clock: () => 1000, chance });
  return { canary, lines, counts };
}

test('where both decide alike, and where one of them refuses', () => {
  const { canary, lines, counts } = canaryOf(deny('new'));
  const live = deny('old');
  for (const target of ['/', '/?a=old', '/?a=new', '/?a=old+new']) canary.judge(inspection(live, target));
  canary.judge(inspection(live, '/', 'a=new'));
  assert.deepEqual(counts, ['same', 'only-live', 'only-canary', 'same', 'only-canary']);
  assert.partialDeepStrictEqual(lines, [
    { event: 'waf-canary-differs', refused_by: 'live', found: ['old in ARGS:a'], target: '/?a=old' },
    { event: 'waf-canary-differs', refused_by: 'canary', found: ['new in ARGS:a'] },
    { event: 'waf-canary-differs', refused_by: 'canary', found: ['new in ARGS:a'], method: 'POST' },
  ]);
});

test('what the live set refused before its body came is no disagreement', () => {
  const { canary, lines, counts } = canaryOf(deny('new'));
  canary.judge(inspection(deny('old', 1), '/?a=old', 'b=new'));
  assert.deepEqual([counts, lines], [['unseen'], []]);
});

test('a share of exchanges', () => {
  const { canary, counts } = canaryOf(deny('new'), 10, () => 0.1);
  canary.judge(inspection(deny('old'), '/'));
  assert.deepEqual(counts, []);
});

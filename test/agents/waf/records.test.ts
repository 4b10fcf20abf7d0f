// What is kept of a transaction, and where it is told.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from '#config/log';
import { WafFigures } from '../../../agents/waf/figures.ts';
import { RecordFile } from '../../../agents/waf/record-files.ts';
import { RecordKeeper } from '../../../agents/waf/records.ts';
import { RuleFault } from '../../../agents/waf/run/fault.ts';
import { folderWith, judged, ruleSetOf, toldBy } from './agent-support.ts';

const set = ruleSetOf(
  `SecRule ARGS "@contains evil" "id:100,phase:2,deny,status:403,log,msg:'Evil'"`,
  toldBy('waf { audit-log { path "a" } }'),
);

function inspection(target: string) {
  const transaction = judged(set, target);
  transaction.end(0);
  return { transaction, head: { method: 'GET', target, protocol: 'HTTP/1.1', headers: [] }, route: 'r', touchedMs: 0 };
}

function keeperOf(records = {}, clock = () => 1_700_000_000_000) {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('waf', 'info', { write: (line: string) => lines.push(JSON.parse(line)) });
  const figures = new WafFigures();
  const keeper = new RecordKeeper(
    log,
    figures,
    { audit: undefined, folder: undefined, alerts: undefined, ...records },
    clock,
  );
  return { keeper, lines, figures };
}

test('a refusal: a line for people, a line for programs, a record; a passing request: nothing', async () => {
  await using folder = await folderWith({});
  const open = (name: string) =>
    RecordFile.open({ path: join(folder.path, name), maxSize: 0, maxAgeMs: 0, maxFiles: 1 }, createLogger('t'));
  const [audit, alerts] = [await open('audit'), await open('alerts')];
  const { keeper, lines } = keeperOf({ audit, alerts });
  keeper.onEnd(inspection('/?a=good'), 200);
  assert.deepEqual(lines, []);
  keeper.onEnd(inspection('/?a=evil'), 403);
  await audit.close();
  await alerts.close();
  assert.partialDeepStrictEqual(lines, [{ event: 'waf-blocked', request_id: 'u1', rule: 100 }]);
  const alert = await readFile(join(folder.path, 'alerts'), 'utf8');
  assert.match(
    alert,
    /^\[Tue Nov 14 22:13:20\.000000 2023\] \[security2:error\] \[client 192\.0\.2\.1\] ModSecurity: Access denied with code 403 .*\[id "100"\].*\[unique_id "u1"\]\n$/,
  );
  assert.partialDeepStrictEqual(JSON.parse(await readFile(join(folder.path, 'audit'), 'utf8')), {
    transaction: { unique_id: 'u1', response: { http_code: 403 } },
  });
});

test('an attacker who asks often fills no log: so many lines a second, and how many more there were', () => {
  let now = 1000;
  const { keeper, lines, figures } = keeperOf({}, () => now);
  for (let count = 0; count < 80; count += 1) keeper.onEnd(inspection('/?a=evil'), 403);
  assert.equal(lines.length, 50);
  now = 2000;
  keeper.onEnd(inspection('/?a=evil'), 403);
  assert.partialDeepStrictEqual(lines.slice(50), [
    { event: 'waf-lines-left-out', lines: 30 },
    { event: 'waf-blocked' },
  ]);
  const rows = figures.families(0).find(({ name }) => name === 'sentinel_waf_transactions_total')?.rows;
  assert.deepEqual(rows, [[['blocked'], 81]]);
});

test('a rule that fails is named', () => {
  const { keeper, lines } = keeperOf();
  keeper.onRuleFault(7, new RuleFault(7, new Error('oh')), 'u2');
  assert.partialDeepStrictEqual(lines, [{ event: 'waf-rule-failed', rule: 7, request_id: 'u2' }]);
});

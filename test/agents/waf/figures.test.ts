// What the firewall counts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WafFigures } from '../../../agents/waf/figures.ts';
import { judged, ruleSetOf } from './agent-support.ts';

const set = ruleSetOf(
  `SecRule ARGS:id "@rx ^(\\d+)$" "id:1,phase:2,deny,status:403,log,tag:'attack-%{MATCHED_VAR}',setvar:tx.anomaly_score=7"`,
);

function refused(id: number) {
  return judged(set, `/?id=${id}`);
}

const rowsOf = (figures: WafFigures, name: string) => figures.families(3).find((one) => one.name === name)?.rows ?? [];

test('transactions, rules, categories, scores, time', () => {
  const figures = new WafFigures();
  figures.loaded({ name: 'n', version: 'v', sha256: 's' }, 9);
  figures.ended('blocked', refused(7));
  figures.ended('blocked', judged(ruleSetOf(`SecWorkBudget 9\nSecRule ARGS "@rx x" "id:1,phase:1,deny"`), '/?a=1'));
  figures.failed();
  figures.phase(2, 1500);
  assert.deepEqual(rowsOf(figures, 'sentinel_waf_transactions_total'), [
    [['blocked'], 2],
    [['failed'], 1],
  ]);
  assert.deepEqual(rowsOf(figures, 'sentinel_waf_rule_hits_total'), [[['1'], 1]]);
  assert.deepEqual(rowsOf(figures, 'sentinel_waf_blocks_total'), [
    [['7'], 1],
    [['other'], 1],
  ]);
  assert.deepEqual(rowsOf(figures, 'sentinel_waf_budget_exhausted_total'), [[[], 1]]);
  assert.deepEqual(rowsOf(figures, 'sentinel_waf_phase_seconds_total'), [[['2'], 1.5]]);
  assert.deepEqual(rowsOf(figures, 'sentinel_waf_score'), [[[], [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], 7]]);
  assert.deepEqual(rowsOf(figures, 'sentinel_waf_transactions'), [[[], 3]]);
  assert.deepEqual(rowsOf(figures, 'sentinel_waf_rules'), [[[], 9]]);
  assert.deepEqual(rowsOf(figures, 'sentinel_waf_ruleset_info'), [[['n', 'v', 's'], 1]]);
});

test('whatever clients put into tags, the labels have an end', () => {
  const figures = new WafFigures();
  for (let id = 0; id < 2000; id += 1) figures.ended('blocked', refused(id));
  const rows = rowsOf(figures, 'sentinel_waf_blocks_total');
  assert(rows.length <= 501);
  assert.equal(
    rows.reduce((sum, [, count]) => sum + Number(count), 0),
    2000,
  );
});

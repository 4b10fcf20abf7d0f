// The figures that the pages state about our rules, held here: attacks refused by level, on tests that the rules were not
// written from, and clean requests refused, on traffic that is made anew from its seed.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCases } from '../../crs-tests/cases.ts';
import { detect, isAttack, shareAt } from '../../crs-tests/detection.ts';
import { countClean } from '../../crs-tests/quantitative.ts';
import { loadRuleFolder } from '../../crs-tests/rules.ts';
import { cleanTraffic } from '../../crs-tests/traffic/corpus.ts';
import { crsFolder, withoutCrs } from '../support/crs.ts';

const rulesFolder = join(import.meta.dirname, '..', '..', 'waf-rules', 'sentinel');

test('of clean requests at most one in a thousand is refused at level 1', async () => {
  const loaded = await loadRuleFolder(rulesFolder, 'judging');
  assert('ruleSet' in loaded);
  const { all, byRule } = countClean(loaded.ruleSet, cleanTraffic(3000), 0);
  const wrong = byRule.filter(({ level }) => level === 1 || level === undefined);
  assert.equal(all.requests, 3000);
  assert(all.refused[1] <= 3, JSON.stringify({ refused: all.refused, wrong }, undefined, 2));
});

test('of attacks 80 in a hundred are refused at level 1, 90 at 2, 97 at 4', { skip: withoutCrs }, async () => {
  const loaded = await loadRuleFolder(rulesFolder, 'tests');
  assert('ruleSet' in loaded);
  const cases = globSync(join(crsFolder ?? '', 'tests', '**', '*.yaml')).flatMap(
    (file) => readCases(file, readFileSync(file, 'utf8')).cases,
  );
  const found = cases.filter(isAttack).map((one) => detect(loaded.ruleSet, one, 0));
  assert(found.length > 2000, `${found.length} attacks`);
  for (const [level, goal] of [
    [1, 80],
    [2, 90],
    [4, 97],
  ] as const) {
    const share = shareAt(level, found) ?? 0;
    assert(share >= goal, `level ${level}: ${share.toFixed(2)} of a hundred`);
  }
});

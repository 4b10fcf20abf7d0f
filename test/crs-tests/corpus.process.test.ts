// The gate: every regression test of the Core Rule Set, as it is written, against the engine in this process. Known
// failures stand in the ledger with their reasons, and a surprise pass fails here too. One test per folder of the corpus.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { readCases } from '../../crs-tests/cases.ts';
import { isGood, readLedger } from '../../crs-tests/ledger.ts';
import { loadRuleFolder } from '../../crs-tests/rules.ts';
import { runCase } from '../../crs-tests/run.ts';
import { crsFolder, withoutCrs } from '../support/crs.ts';

const ledger = readLedger(readFileSync(new URL('../../crs-tests/ledger.json', import.meta.url), 'utf8'));
const folder = crsFolder ?? '';
const loaded = crsFolder === undefined ? undefined : await loadRuleFolder(folder);
let ran = 0;

test('the rules load', { skip: withoutCrs }, () => {
  assert(loaded !== undefined && 'ruleSet' in loaded, JSON.stringify(loaded, undefined, 2));
});

for (const tests of globSync(join(folder, 'tests', '*')).sort()) {
  test(basename(tests), { skip: withoutCrs }, () => {
    assert(loaded !== undefined && 'ruleSet' in loaded && !('problem' in ledger));
    const running = { ruleSet: loaded.ruleSet, ledger, overrides: [], now: () => performance.now() };
    for (const file of globSync(join(tests, '*.yaml'))) {
      const { cases, problems } = readCases(file, readFileSync(file, 'utf8'));
      assert.deepEqual(problems, []);
      const bad = cases.map((one) => runCase(running, one)).filter(({ standing }) => !isGood(standing));
      ran += cases.length;
      assert(
        bad.length === 0,
        bad.map(({ id, standing, explanation }) => `${id} ${standing}\n${explanation}`).join('\n'),
      );
    }
  });
}

test('all of the corpus was run, not a part of it', { skip: withoutCrs }, () => {
  assert(ran >= 3000, `${ran} tests`);
});

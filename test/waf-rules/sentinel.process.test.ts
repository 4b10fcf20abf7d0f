// Our rules against their own tests, and what every rule must have: a comment that says what it catches and what it may be
// wrong about, a test that it matches, and one that it does not. The files are read as text here, as a reader does.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { Case } from '../../crs-tests/case.ts';
import { readCases } from '../../crs-tests/cases.ts';
import { loadRuleFolder } from '../../crs-tests/rules.ts';
import { runCase } from '../../crs-tests/run.ts';

const root = join(import.meta.dirname, '..', '..');
const rulesFolder = join(root, 'waf-rules', 'sentinel');
const ruleFiles = globSync(join(rulesFolder, '*.conf')).sort();
const cases = globSync(join(root, 'crs-tests', 'sentinel', '*.yaml'))
  .sort()
  .flatMap((file): readonly Case[] => {
    const read = readCases(file, readFileSync(file, 'utf8'));
    assert.deepEqual(read.problems, []);
    return read.cases;
  });

/** Rules that look for something; those that set, skip and sum up end in 0xx or are verdicts. */
const looking = ruleFiles.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^((?:#[^\n]*\n)*)SecRule [^\n]*\\\n\s+"id:(33\d{6}),\\\n[\s\S]*?(?=\n\n)/gm)]
    .filter((match) => match[0].includes('paranoia-level/'))
    .map((match) => ({ file: basename(file), comment: match[1] ?? '', id: Number(match[2]), text: match[0] })),
);

test('there are rules to look at, each with a number of its own', () => {
  assert(looking.length > 20, `${looking.length} rules`);
  assert.equal(new Set(looking.map(({ id }) => id)).size, looking.length);
});

test('every test of our rules passes', async () => {
  const loaded = await loadRuleFolder(rulesFolder);
  assert('ruleSet' in loaded, JSON.stringify(loaded));
  const running = { ruleSet: loaded.ruleSet, ledger: { knownFailures: new Map() }, overrides: [], now: () => 0 };
  const failed = cases.map((one) => runCase(running, one)).filter(({ standing }) => standing !== 'passed');
  assert.deepEqual(
    failed.map(({ id, problems }) => `${id} ${problems.join('; ')}`),
    [],
  );
});

test('every rule has a test that it matches and a test that it does not', () => {
  const expected = new Set(cases.flatMap(({ stages }) => stages.flatMap(({ expected: { ids } }) => ids)));
  const absent = new Set(cases.flatMap(({ stages }) => stages.flatMap(({ expected: { absentIds } }) => absentIds)));
  const lacking = looking.filter(({ id }) => !(expected.has(id) && absent.has(id))).map(({ id }) => id);
  assert.deepEqual(lacking, []);
});

test('every rule says above itself what it catches and what it may be wrong about', () => {
  const silent = looking
    .filter(({ comment }) => !/Catches: \S[\s\S]*May be wrong about: \S/.test(comment))
    .map(({ id }) => id);
  assert.deepEqual(silent, []);
});

test('number, file, level and score of a rule agree', () => {
  for (const { id, file, text } of looking) {
    const [, category, level] = /^33(\d{3})(\d)/.exec(String(id)) ?? [];
    assert.equal(file.slice(0, 3), category, `${id} stands in ${file}`);
    assert(text.includes(`tag:'paranoia-level/${level}'`), `${id} has another level than its number says`);
    const score = new RegExp(
      `setvar:'tx\\.(?:in|out)bound_anomaly_score_pl${level}=\\+%\\{tx\\.\\w+_anomaly_score\\}'`,
    );
    assert(score.test(text), `${id} adds nothing to the score of its level`);
  }
});

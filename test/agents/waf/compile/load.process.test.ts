// Rule files on a disk: patterns, includes, phrase files, and what is no file. With the Core Rule Set where it is found.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { formatProblem } from '#config/report';
import { compileRules } from '../../../../agents/waf/compile/compile.ts';
import { loadRuleFiles } from '../../../../agents/waf/compile/load.ts';

async function compiled(patterns: readonly string[]) {
  const { sources, files, problems } = await loadRuleFiles(patterns);
  assert.deepEqual(problems, []);
  const result = compileRules(sources, files);
  assert('ruleSet' in result, 'problems' in result ? result.problems.map((one) => formatProblem(one)).join('\n') : '');
  const rules = result.ruleSet.phases.flatMap((steps) => steps.filter((step) => step.kind === 'rule'));
  return { ...result, rules };
}

test('patterns in the order of names, includes from their own folder, phrase files with them', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'rules-'));
  await mkdir(join(folder.path, 'more'));
  await writeFile(join(folder.path, 'b.conf'), 'SecRule ARGS "@pmFromFile words.data more/words.data" "id:3"');
  await writeFile(join(folder.path, 'a.conf'), 'SecAction id:1\nInclude more/*.conf\n');
  await writeFile(join(folder.path, 'more', 'c.conf'), 'SecRule ARGS "@pmFromFile words.data" "id:2"');
  await writeFile(join(folder.path, 'words.data'), 'one\n');
  await writeFile(join(folder.path, 'more', 'words.data'), '\xe9\n', 'latin1');
  const { rules } = await compiled([join(folder.path, '*.conf')]);
  assert.deepEqual(
    rules.map(({ id }) => id),
    [1, 2, 3],
  );
  assert(rules[1]?.links[0]?.operator?.match('x\xe9', { expand: () => '' }, false));
});

test('what is no file, or a pipe, is said and not waited for', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'rules-'));
  const pipe = join(folder.path, 'pipe.conf');
  await execa('mkfifo', [pipe]);
  for (const path of [pipe, join(folder.path, 'none.conf'), join(folder.path, 'none*.conf'), folder.path]) {
    const { sources, problems } = await loadRuleFiles([path]);
    assert.deepEqual(sources, []);
    assert.deepEqual(
      problems.map(({ code, what }) => [code, what]),
      [['rule-file-unusable', `there is no file '${path}' that can be read`]],
    );
  }
});

const crs =
  process.env['CRS_DIR'] ??
  [join('..', 'shared')]
    .map((folder) => join(import.meta.dirname, '../../../..', folder, 'crs/v4.28.0'))
    .find((path) => existsSync(path));

test('the Core Rule Set loads without a warning', {
  skip: crs === undefined && 'no CRS_DIR and no ../shared/crs',
}, async () => {
  const { rules, warnings, ruleSet } = await compiled([
    join(crs ?? '', 'crs-setup.conf.example'),
    join(crs ?? '', 'rules', '*.conf'),
  ]);
  assert.deepEqual(
    warnings.map((one) => formatProblem(one)),
    [],
  );
  assert.equal(rules.length, 630);
  assert.equal(
    rules.reduce((sum, { links }) => sum + links.length, 0),
    703,
  );
  assert.deepEqual(ruleSet.signatures, ['OWASP_CRS/4.28.0']);
  const excluded = rules
    .find(({ id }) => id === 932240)
    ?.links[0]?.targets.find(({ isExcluded, selector }) => isExcluded && selector?.kind === 'regex');
  assert(excluded?.matches?.('_ga_X1') && !excluded.matches('_gab'));
});

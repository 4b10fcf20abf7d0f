// Folders of rules: CRS's shape, a plain folder, a broken one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRuleFolder } from '../../crs-tests/rules.ts';
import { folderWith } from '../support/terminal.ts';

const idsOf = (loaded: Awaited<ReturnType<typeof loadRuleFolder>>) =>
  'problems' in loaded ? [] : loaded.ruleSet.phases.flat().flatMap((step) => (step.kind === 'rule' ? [step.id] : []));

test('setup, settings for tests and rules, in their order, phrase files beside them', async () => {
  await using folder = await folderWith({
    'crs-setup.conf.example': 'SecAction "id:1,phase:1,pass"',
    'rules/b.conf': 'SecRule ARGS "@pmFromFile words.data" "id:3,phase:1,pass"',
    'rules/a.conf': 'SecAction "id:2,phase:1,pass"',
    'rules/words.data': 'evil',
    'rules/c.conf.example': 'Nonsense',
  });
  const ids = idsOf(await loadRuleFolder(folder.path));
  assert.deepEqual(
    ids.filter((id) => id < 10 || id === 900005),
    [1, 900005, 2, 3],
  );
});

test('a plain folder of rules', async () => {
  await using folder = await folderWith({ 'my.conf': 'SecAction "id:5,phase:2,pass"' });
  assert(idsOf(await loadRuleFolder(folder.path)).includes(5));
});

test('what is wrong is told', async () => {
  await using folder = await folderWith({ 'my.conf': 'SecRule ARGS "@pmFromFile gone.data" "id:5"' });
  const loaded = await loadRuleFolder(folder.path);
  assert('problems' in loaded && /gone\.data/.test(loaded.problems[0]!.what));
});

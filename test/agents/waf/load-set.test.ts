// A set of rules is taken wholly, or refused with everything that is wrong.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeSet, loadSet, ruleCount } from '../../../agents/waf/load-set.ts';
import { folderWith, toldBy } from './agent-support.ts';

test('a set, and what it is called', async () => {
  await using folder = await folderWith({
    'a.conf': 'SecComponentSignature "mine/1.0"\nSecAction "id:1,phase:1,pass"',
  });
  const told = toldBy(`waf { rules "${folder.path}"; paranoia-level 2 }`);
  const loaded = await loadSet(told);
  assert('ruleSet' in loaded);
  assert.match(describeSet(loaded, told), /^mine\/1\.0, \d+ rules, paranoia 2, blocking$/);
  assert.equal(ruleCount(loaded.ruleSet) > 1, true);
});

test('what is wrong is told with its place', async () => {
  await using folder = await folderWith({
    'a.conf': 'SecRule ARGS "@rx (" "id:1,phase:1,deny"\nSecRule ARGS "@nope x" "id:2,phase:1,deny"',
  });
  const loaded = await loadSet(toldBy(`waf { rules "${folder.path}" }`));
  assert('problems' in loaded);
  assert.deepEqual(
    loaded.problems.map(({ place }) => [place?.file, place?.line]),
    [
      [join(folder.path, 'a.conf'), 1],
      [join(folder.path, 'a.conf'), 2],
    ],
  );
});

test('a pattern that names nothing any more', async () => {
  const loaded = await loadSet({ ...toldBy('waf { }'), rules: ['/nowhere/*.conf'] });
  assert('problems' in loaded);
  assert.equal(loaded.problems[0]?.code, 'rule-file-unusable');
});

test('CRS without its setup would refuse everything: it is not loaded', async () => {
  await using folder = await folderWith({ 'REQUEST-901-INITIALIZATION.conf': 'SecAction "id:1,phase:1,pass"' });
  const loaded = await loadSet(toldBy(`waf { rules "${folder.path}" }`));
  assert('problems' in loaded);
  assert.match(loaded.problems[0]?.what ?? '', /has no setup/);
});

// Rules are judged by the firewall's own program.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '#config/load';
import { ruleProblems, ruleText } from '../../stack/rule-check.ts';
import { folderWith, type } from '../support/terminal.ts';

const base =
  'listeners { listener "a" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status" } }\n';

function running(folder: string) {
  const loaded = loadConfig('sentinel.kdl', { cwd: folder, environment: {} });
  assert(loaded.ok);
  return loaded.running;
}

test('what is wrong with the rules stands beside what is wrong with the file', async () => {
  await using folder = await folderWith({
    'sentinel.kdl': `${base}waf { rules "a.conf" }`,
    'a.conf': 'SecRule ARGS "@nope x" "id:1,phase:1,deny"',
  });
  const { code, stdout } = await type('check', { cwd: folder.path });
  assert.equal(code, 1);
  assert.match(
    stdout,
    /a\.conf:1:15: error: unknown operator '@nope' \[rule-unknown-word\]\n {4}1 \| SecRule ARGS "@nope x"/,
  );
  assert.match(stdout, /1 error in 1 file/);
  await writeFile(join(folder.path, 'a.conf'), 'SecAction "id:1,phase:1,pass"');
  assert.equal((await type('check', { cwd: folder.path })).code, 0);
  assert.deepEqual(await ruleProblems(running(folder.path)), []);
});

test('no firewall, no question', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': base });
  assert.deepEqual(await ruleProblems(running(folder.path)), []);
  assert.equal(await ruleText(running(folder.path)), undefined);
});

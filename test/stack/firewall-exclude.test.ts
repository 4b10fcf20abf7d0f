// What `waf exclude` does with a proposal.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Attached } from '../../stack/attach.ts';
import { excludeRequest } from '../../stack/firewall-exclude.ts';
import type { ExplainedShape } from '../../stack/firewall-shapes.ts';
import { folderWith } from '../support/terminal.ts';
import { explained } from './firewall-support.ts';
import { recorder } from './recorder.ts';

async function exclude(told: ExplainedShape, apply: boolean, stack?: Attached, json = false) {
  const [stdout, stderr] = [recorder(false), recorder(false)];
  const context = { stdout, stderr, env: {}, cwd: '/', commands: [], json, onSignal: () => () => undefined };
  const code = await excludeRequest(context, told, { apply, stack });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

test('nothing is written before --apply; then it is, and who takes it up is said', async () => {
  await using folder = await folderWith({});
  const exclusionsFile = join(folder.path, 'x.conf');
  const told = { ...explained, exclusionsFile };
  assert.equal((await exclude(told, false)).code, 0);
  assert.equal(existsSync(exclusionsFile), false);
  const done = await exclude(told, true);
  assert.match(done.stdout, /written to .*x\.conf; no stack runs; the next one begins with it/);
  assert.match(await readFile(exclusionsFile, 'utf8'), /^# .* request 01JD8: GET .*\nSecRule REQUEST_FILENAME .*\n$/);
  assert.partialDeepStrictEqual(JSON.parse((await exclude(told, true, undefined, true)).stdout), { applied: true });
});

test('a reload that is refused takes the line back', async () => {
  await using folder = await folderWith({ 'x.conf': 'SecRule A\n' });
  const exclusionsFile = join(folder.path, 'x.conf');
  const nobody = new Attached(join(folder.path, 'nobody'));
  const said = await exclude({ ...explained, exclusionsFile }, true, nobody);
  assert.equal(said.code, 1);
  assert.match(said.stderr, /stack-not-running/);
  assert.equal(await readFile(exclusionsFile, 'utf8'), 'SecRule A\n');
});

test('what no exclusion lets pass, and what cannot be written, is said', async () => {
  const none = await exclude({ ...explained, exclusion: undefined }, true);
  assert.deepEqual([none.code, /waf-not-excludable/.test(none.stderr)], [1, true]);
  const unwritable = await exclude({ ...explained, exclusionsFile: '/nowhere/x.conf' }, true);
  assert.match(unwritable.stderr, /waf-exclusions-unwritable/);
});

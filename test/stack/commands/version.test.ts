// `version`, `--version` and `-V`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readVersion } from '#config/version';
import { type } from '../../support/terminal.ts';

test('the version, in every way to ask for it', async () => {
  const expected = { code: 0, stdout: `sentinel-stack ${await readVersion()}\n`, stderr: '' };
  for (const line of ['version', '--version', '-V']) assert.deepEqual(await type(line), expected);
});

test('as JSON, with what a bug report needs', async () => {
  const { stdout } = await type('version --json');
  assert.deepEqual(JSON.parse(stdout), {
    version: await readVersion(),
    node: process.version,
    platform: process.platform,
    arch: process.arch,
  });
});

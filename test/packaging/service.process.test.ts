// The unit for systemd: systemd itself finds nothing wrong with it, and what we rely on stands in it. Skipped, loudly,
// where there is no systemd.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { tempFolder } from '../support/temp-folder.ts';

const root = join(import.meta.dirname, '..', '..');
const unit = readFileSync(join(root, 'packaging', 'sentinel-stack.service'), 'utf8');
const present = await execa('systemd-analyze', ['--version'], { reject: false }).then(({ failed }) => !failed);

test('systemd accepts it', { skip: present ? false : 'systemd-analyze is missing: NOT TESTED' }, async () => {
  using folder = tempFolder({ 'sentinel-stack.service': unit.replaceAll('/opt/sentinel-stack/', `${root}/`) });
  const { stderr, exitCode } = await execa(
    'systemd-analyze',
    ['verify', '--man=no', '--recursive-errors=no', folder.of('sentinel-stack.service')],
    { reject: false },
  );
  assert.deepEqual([stderr, exitCode], ['', 0]);
});

test('who is left when the supervisor is killed is not killed with it, and is found by the next one', () => {
  const lines = unit.split('\n');
  for (const line of ['Type=notify', 'KillMode=process', 'Restart=always', 'RuntimeDirectoryPreserve=restart'])
    assert(lines.includes(line), line);
});

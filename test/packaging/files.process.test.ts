// The files that packages bring as they are: each is held against the tool that will read it. A tool that is missing is
// said, loudly.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { parse } from 'yaml';
import { tempFolder } from '../support/temp-folder.ts';

const files = join(import.meta.dirname, '..', '..', 'packaging/files');
const textOf = (name: string) => readFileSync(join(files, name), 'utf8');

async function has(tool: string): Promise<false | string> {
  const { failed } = await execa(tool, ['--version'], { reject: false });
  return failed ? `${tool} is missing: NOT TESTED` : false;
}

test('scripts of shells can be read by a shell', async () => {
  for (const name of [
    'after-upgrade',
    'deb-postinst',
    'deb-prerm',
    'deb-postrm',
    'launcher',
    'npm-launcher',
    'systemctl-stand-in',
  ])
    await execa('sh', ['-n', join(files, name)]);
});

test('systemd finds nothing wrong with the unit and scores it 1.6 at most', {
  skip: await has('systemd-analyze'),
}, async () => {
  using folder = tempFolder({
    'sentinel-stack.service': textOf('sentinel-stack.service').replaceAll('/usr/bin/sentinel-stack', '/bin/true'),
  });
  const unit = folder.of('sentinel-stack.service');
  const verified = await execa('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', unit], {
    reject: false,
  });
  assert.deepEqual([verified.stderr, verified.exitCode], ['', 0]);
  const { stdout } = await execa('systemd-analyze', ['security', '--offline=true', '--no-pager', unit]);
  assert(Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1] ?? 10) <= 1.6, stdout);
});

test('what an upgrade without a lost request rests on stands in the unit', () => {
  const lines = textOf('sentinel-stack.service').split('\n');
  for (const line of [
    'Type=notify',
    'KillMode=process',
    'Restart=always',
    'RuntimeDirectoryPreserve=restart',
    'User=sentinel-stack',
  ])
    assert(lines.includes(line), line);
});

test('AppArmor reads the profile, which complains and does not forbid', {
  skip: await has('apparmor_parser'),
}, async () => {
  await execa('apparmor_parser', [
    '--skip-kernel-load',
    '--skip-cache',
    '--skip-read-cache',
    join(files, 'apparmor-profile'),
  ]);
  for (const [line] of textOf('apparmor-profile').matchAll(/^\s*profile .*$/gm))
    assert.match(line, /flags=\(complain\)/);
});

test('a container is no root, and its root file system is read-only', () => {
  assert.match(textOf('Dockerfile'), /^USER sentinel-stack$/m);
  assert.match(textOf('Dockerfile'), /^HEALTHCHECK .*CMD \["sentinel-stack", "status"\]$/m);
  const service = parse(textOf('compose.yaml')).services['sentinel-stack'];
  assert.deepEqual([service.read_only, service.cap_drop], [true, ['ALL']]);
});

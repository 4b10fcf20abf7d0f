// Checksums that `sha256sum` agrees with, and a signature that `gpg` does, where a key is given.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { execa } from 'execa';
import { writeSums } from '../../../packaging/tree/sums.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('artefacts are summed up, other files are not', async () => {
  using folder = tempFolder({ 'a.deb': 'a', 'b.tar.xz': 'b', 'notes.txt': 'c', 'SHA256SUMS.asc': 'of other bytes' });
  await writeSums(folder.path, undefined);
  const { stdout } = await execa('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder.path });
  assert.equal(stdout, 'a.deb: OK\nb.tar.xz: OK');
  assert(!existsSync(folder.of('SHA256SUMS.asc')));
});

const hasGpg = await execa('gpg', ['--version'], { reject: false }).then(({ failed }) => !failed);

test('a key signs them', { skip: hasGpg ? false : 'gpg is missing: NOT TESTED' }, async () => {
  using folder = tempFolder({ 'a.deb': 'a' });
  using home = tempFolder();
  const before = process.env['GNUPGHOME'];
  process.env['GNUPGHOME'] = home.path;
  try {
    await execa('gpg', [
      '--batch',
      '--passphrase',
      '',
      '--quick-generate-key',
      'release@test',
      'ed25519',
      'sign',
      '1d',
    ]);
    await writeSums(folder.path, 'release@test');
    await execa('gpg', ['--batch', '--verify', folder.of('SHA256SUMS.asc'), folder.of('SHA256SUMS')]);
    folder.write('SHA256SUMS', 'changed');
    const verified = await execa('gpg', ['--batch', '--verify', folder.of('SHA256SUMS.asc'), folder.of('SHA256SUMS')], {
      reject: false,
    });
    assert.equal(verified.exitCode, 1);
  } finally {
    await execa('gpgconf', ['--kill', 'all'], { reject: false });
    if (before === undefined) delete process.env['GNUPGHOME'];
    else process.env['GNUPGHOME'] = before;
  }
});

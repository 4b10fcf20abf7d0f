// Which version a package has and of when it is; and what the command line refuses before it makes anything.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { formatNames } from '../../../packaging/tree/formats.ts';
import { findEdition } from '../../../packaging/tree/main.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'packaging/tree/main.ts');
const manifest = { 'package.json': '{"version":"1.2.3"}' };

test('version and date are asked for, or those of package.json and of the commit', async () => {
  using folder = tempFolder(manifest);
  const dated = { SOURCE_DATE_EPOCH: '1000' };
  assert.deepEqual(await findEdition(folder.path, dated), { version: '1.2.3', epochSecs: 1000 });
  assert.deepEqual(await findEdition(folder.path, { ...dated, VERSION: '4.5.6' }), {
    version: '4.5.6',
    epochSecs: 1000,
  });
  await assert.rejects(findEdition(folder.path, { ...dated, VERSION: '4.5' }), /'4\.5' is no version/);
  await assert.rejects(findEdition(folder.path, { SOURCE_DATE_EPOCH: 'now' }), /a number of seconds/);
  await execa('git', ['init', '--quiet'], { cwd: folder.path });
  const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
  const env = { GIT_COMMITTER_DATE: '2020-01-01T00:00:00Z' };
  await execa('git', [...author, 'commit', '--quiet', '--allow-empty', '-m', 'x'], { cwd: folder.path, env });
  assert.equal((await findEdition(folder.path, {})).epochSecs, Date.UTC(2020, 0) / 1000);
});

test('words that mean nothing are refused with those that do', async () => {
  for (const words of [['msi'], ['--arch', 'mips']]) {
    const { exitCode, stderr } = await execa(process.execPath, [program, ...words], { reject: false });
    assert.equal(exitCode, 2);
    assert.match(stderr, new RegExp(`usage: .*\\n +formats: ${formatNames.join(', ')}$`));
  }
});

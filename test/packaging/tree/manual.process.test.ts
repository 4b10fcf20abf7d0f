// The manual pages: everything is in them, and roff reads them as they are meant.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { schemaKeys } from '#config/walk';
import { commandsPage, configurationPage, roff } from '../../../packaging/tree/manual.ts';
import { commandTable } from '../../../stack/command-table.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const edition = { version: '1.2.3', epochSecs: 86_400 };

test('text stays text', () => {
  assert.equal(roff('.hidden'), '\\&.hidden');
  assert.equal(roff("a\n'b"), "a\n\\&'b");
  assert.equal(roff('--a \\n'), '\\-\\-a \\en');
});

test('every command with its options, every key of the language', async () => {
  const commands = await commandsPage(edition);
  for (const entry of commandTable) {
    assert(commands.includes(`.SS sentinel\\-stack ${roff(entry.name)}`), entry.name);
    for (const name of Object.keys((await entry.load()).options)) assert(commands.includes(roff(`--${name}`)), name);
  }
  const configuration = configurationPage(edition);
  for (const { key, path } of schemaKeys()) assert(configuration.includes(`\n.B ${roff(key)}\n`), path);
  assert.match(commands, /^\.TH SENTINEL-STACK 1 1970-01-02 "sentinel\\-stack 1\.2\.3"/m);
});

const hasMan = await execa('man', ['--version'], { reject: false }).then(({ failed }) => !failed);

test('man shows them without a warning', { skip: hasMan ? false : 'man is missing: NOT TESTED' }, async () => {
  using folder = tempFolder({ 'a.1': await commandsPage(edition), 'b.5': configurationPage(edition) });
  for (const name of ['a.1', 'b.5']) {
    const words = ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', folder.of(name)];
    const { stdout, stderr } = await execa('man', words, {
      env: { MANROFFSEQ: '', MANWIDTH: '80', LC_ALL: 'C.UTF-8' },
    });
    assert.equal(stderr, '');
    assert(stdout.length > 5000);
  }
});

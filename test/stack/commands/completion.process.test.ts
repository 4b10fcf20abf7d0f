// The completion scripts: bash's is run in a real bash; zsh's and fish's are checked by those shells where they are
// installed, and for what they must name everywhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { commandTable } from '../../../stack/command-table.ts';
import { folderWith, type } from '../../support/terminal.ts';

/** What bash offers when Tab is pressed after these words; the last one is being typed. */
async function completions(words: readonly string[], cwd = '/'): Promise<string[]> {
  const { stdout: script } = await type('completion bash');
  const press = `${script}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sentinel_stack; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa('bash', ['-uc', press, 'bash', ...words], { cwd });
  return stdout.split('\n').filter((line) => line !== '');
}

test('bash: commands, by their first letters', async () => {
  assert.deepEqual(
    await completions(['sentinel-stack', '']),
    commandTable.map(({ name }) => name),
  );
  assert.deepEqual(await completions(['sentinel-stack', 'u']), ['up']);
});

test('bash: options of the command, and the choices of an option', async () => {
  assert.deepEqual(await completions(['sentinel-stack', 'up', '--log']), ['--log-level', '--log-format']);
  assert.deepEqual(await completions(['sentinel-stack', 'up', '--log-format', '']), ['pretty', 'json']);
  assert.deepEqual(await completions(['sentinel-stack', '--json', 'completion', 'z']), ['zsh']);
  assert.deepEqual(await completions(['sentinel-stack', 'up', '--workers', '']), []);
});

test('bash: files after -c, spaces in their names included', async () => {
  await using folder = await folderWith({ 'my shop.kdl': '', 'other.kdl': '' });
  assert.deepEqual(await completions(['sentinel-stack', 'up', '-c', 'my'], folder.path), ['my shop.kdl']);
  assert.deepEqual(await completions(['sentinel-stack', 'check', 'oth'], folder.path), ['other.kdl']);
});

test('zsh and fish name every command and every option', async () => {
  for (const shell of ['zsh', 'fish']) {
    const { stdout, code } = await type(`completion ${shell}`);
    assert.equal(code, 0);
    for (const { name, load } of commandTable) {
      assert(stdout.includes(name), `${shell}: ${name}`);
      for (const option of Object.keys((await load()).options))
        assert(stdout.includes(option), `${shell}: ${name} --${option}`);
    }
  }
});

for (const shell of ['zsh', 'fish']) {
  test(`${shell}, if it is installed, finds no fault in the script`, async () => {
    const { stdout } = await type(`completion ${shell}`);
    await using folder = await folderWith({ script: stdout });
    const { exitCode, code, stderr } = await execa(shell, ['-n', 'script'], { cwd: folder.path, reject: false });
    assert(code === 'ENOENT' || exitCode === 0, stderr);
  });
}

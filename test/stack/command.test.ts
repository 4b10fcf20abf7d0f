// What the declaration of a command promises to its `run`, in types and values.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Context, defineCommand, type Option, valueName } from '../../stack/command.ts';
import { recorder } from './recorder.ts';

test('run gets what was declared, typed', async () => {
  const command = defineCommand({
    options: { workers: { kind: 'count', summary: '' }, format: { kind: 'choice', choices: ['a', 'b'], summary: '' } },
    positionals: { files: { summary: '', many: true } },
    examples: [],
    async run({ stdout }, { workers, format, files }) {
      const typed: readonly [number | undefined, 'a' | 'b' | undefined, readonly string[]] = [workers, format, files];
      stdout.write(JSON.stringify(typed));
      return 0;
    },
  });
  const stdout = recorder();
  const context: Context = {
    stdout,
    stderr: recorder(),
    env: {},
    cwd: '/',
    commands: [],
    json: false,
    onSignal: () => () => undefined,
  };
  assert.equal(await command.run(context, { workers: 3, format: 'b', files: ['x'] }), 0);
  assert.equal(stdout.text(), '[3,"b",["x"]]');
});

test('the value of an option has a name in help and messages', () => {
  const name = (option: Omit<Option, 'summary'>) => valueName({ ...option, summary: '' });
  assert.equal(name({ kind: 'count' }), 'N');
  assert.equal(name({ kind: 'text', value: 'ADDRESS' }), 'ADDRESS');
  assert.equal(name({ kind: 'choice', choices: ['a', 'b'] }), 'a|b');
  assert.equal(name({ kind: 'flag' }), '');
});

// The overview and a command's page, from declarations made for the test.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandEntry, defineCommand } from '../../stack/command.ts';
import { commandHelp, overview } from '../../stack/help.ts';

const command = defineCommand({
  details: 'At some length.',
  options: {
    config: { kind: 'file', short: 'c', value: 'FILE', summary: 'The file' },
    format: { kind: 'choice', choices: ['pretty', 'json'], summary: 'The format' },
    force: { kind: 'flag', summary: 'Do it' },
  },
  positionals: { name: { summary: 'Which', required: true }, others: { summary: 'More', many: true } },
  examples: [{ line: 'sentinel-stack try x', does: 'tries x' }],
  run: async () => 0,
});

const entry: CommandEntry = {
  name: 'try',
  aliases: ['attempt'],
  group: 'Run it',
  summary: 'Try it',
  load: async () => command,
};

test('the overview lists commands by group, and leaves out groups without any', () => {
  const lines = overview([{ ...entry, group: 'Tools', name: 'more', aliases: [] }, entry], { color: false }).split(
    '\n',
  );
  const at = lines.indexOf('Run it');
  assert.deepEqual(lines.slice(at, at + 5), [
    'Run it',
    '  try, attempt   Try it',
    '',
    'Tools',
    '  more           Try it',
  ]);
  assert(!lines.includes('Configuration'));
  assert(lines.some((line) => line.includes('2 wrong usage')));
});

test('a page: usage, every word and option with its value, examples', () => {
  assert.equal(
    commandHelp(entry, command, { color: false }),
    `Try it

At some length.

Usage
  sentinel-stack try NAME [OTHERS…] [OPTIONS]

Options
  NAME                       Which
  OTHERS                     More
  -c, --config FILE          The file
      --format pretty|json   The format
      --force                Do it
      --json                 Answer as JSON
      --no-color             No colours (also: NO_COLOR, or not a terminal)
  -h, --help                 Explain the command

Example
  sentinel-stack try x   tries x

Also called attempt
`,
  );
});

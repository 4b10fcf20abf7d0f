// `sentinel-stack help COMMAND`: the same page as `sentinel-stack COMMAND --help`. Without a command the command line
// itself answers with the overview.

import { defineCommand, exitCodes } from '../command.ts';
import { findCommand } from '../command-line.ts';
import { commandHelp } from '../help.ts';

export const help = defineCommand({
  options: {},
  positionals: { command: { summary: 'The command to explain', required: true } },
  examples: [
    { line: 'sentinel-stack help', does: 'every command' },
    { line: 'sentinel-stack help up', does: 'one command, with examples' },
  ],
  async run({ stdout, commands }, { command }) {
    const entry = findCommand(command, commands);
    stdout.write(commandHelp(entry, await entry.load(), stdout));
    return exitCodes.done;
  },
});

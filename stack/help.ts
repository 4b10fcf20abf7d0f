// The text of `help` and `--help`: an overview by groups, and a page per command with its options and examples.
// It is made from the command table and the declarations, so it cannot promise what does not exist.

import {
  type Command,
  type CommandEntry,
  exitCodes,
  type Group,
  type Option,
  type Output,
  valueName,
} from './command.ts';
import { paint } from './paint.ts';

const groups: readonly Group[] = ['Run it', 'Look at it', 'Configuration', 'Tools'];

export function overview(table: readonly CommandEntry[], output: Pick<Output, 'color'>): string {
  const width = Math.max(...table.map((entry) => names(entry).length));
  const lines = ['A reverse proxy and its agents: one command starts them and keeps them running', ''];
  lines.push(heading(output, 'Usage'), '  sentinel-stack COMMAND [OPTIONS]', '');
  for (const group of groups) {
    const members = table.filter((entry) => entry.group === group);
    if (members.length === 0) continue;
    lines.push(heading(output, group));
    lines.push(...members.map((entry) => `  ${names(entry).padEnd(width)}   ${entry.summary}`), '');
  }
  lines.push(heading(output, 'Everywhere'), ...rows(everywhere), '');
  lines.push(paint(output, 'dim', `Exit codes  ${exitCodeWords}`));
  return `${lines.join('\n')}\n`;
}

export function commandHelp(entry: CommandEntry, command: Command, output: Pick<Output, 'color'>): string {
  const lines = [entry.summary, ''];
  if (command.details !== undefined) lines.push(command.details, '');
  lines.push(heading(output, 'Usage'), `  ${usage(entry, command)}`, '');
  const words = Object.entries(command.positionals).map(([key, { summary }]) => [key.toUpperCase(), summary] as const);
  const options = Object.entries(command.options).map(
    ([key, option]) => [optionWords(key, option), option.summary] as const,
  );
  lines.push(heading(output, 'Options'), ...rows([...words, ...options, ...everywhere]), '');
  lines.push(heading(output, command.examples.length === 1 ? 'Example' : 'Examples'));
  lines.push(...rows(command.examples.map(({ line, does }) => [line, does] as const)));
  if (entry.aliases !== undefined) lines.push('', paint(output, 'dim', `Also called ${entry.aliases.join(', ')}`));
  return `${lines.join('\n')}\n`;
}

const everywhere = [
  ['    --json', 'Answer as JSON'],
  ['    --no-color', 'No colours (also: NO_COLOR, or not a terminal)'],
  ['-h, --help', 'Explain the command'],
] as const;

const exitCodeWords = [
  `${exitCodes.done} done`,
  `${exitCodes.refused} refused or failed`,
  `${exitCodes.usage} wrong usage`,
  `${exitCodes.notStarted} could not start, or not well`,
  `${exitCodes.notRunning} nothing runs`,
  `${exitCodes.killed} something had to be killed`,
  `${exitCodes.internal} our mistake`,
].join(' · ');

function heading(output: Pick<Output, 'color'>, text: string): string {
  return paint(output, 'bold', text);
}

function names(entry: CommandEntry): string {
  return [entry.name, ...(entry.aliases ?? [])].join(', ');
}

function usage(entry: CommandEntry, command: Command): string {
  const words = Object.entries(command.positionals).map(([key, { required, many }]) => {
    const word = `${key.toUpperCase()}${many === true ? '…' : ''}`;
    return required === true ? word : `[${word}]`;
  });
  return ['sentinel-stack', entry.name, ...words, '[OPTIONS]'].join(' ');
}

function optionWords(key: string, option: Option): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  return `${short}--${key} ${valueName(option)}`.trimEnd();
}

function rows(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...pairs.map(([left]) => left.length));
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`);
}

// The manual pages, made from what the program says of itself: sentinel-stack(1) from the command table, sentinel.kdl(5)
// from the schema. sentinel-stack(8), which is about the service, is written by hand in packaging/files. It refuses to
// describe a command or a key in words of its own.

import { referenceBlocks } from '#config/reference';
import type { Command, CommandEntry, Group } from '../../stack/command.ts';
import { exitCodes, valueName } from '../../stack/command.ts';
import { commandTable } from '../../stack/command-table.ts';

export interface Edition {
  readonly version: string;
  readonly epochSecs: number; // what the pages are dated by
}

/** Text as roff reads it as text: no escapes, no requests at the beginning of a line, dashes that can be copied. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');
}

/** With `code` of Markdown in bold, and pages of docs/ where a package has them. */
function prose(text: string): string {
  return roff(text).replaceAll(/`([^`]*)`/g, '\\fB$1\\fR');
}

export function titleLine(name: string, section: number, what: string, { version, epochSecs }: Edition): string {
  const day = new Date(epochSecs * 1000).toISOString().slice(0, 10);
  return `.TH ${name.toUpperCase()} ${section} ${day} "sentinel\\-stack ${version}" "${what}"`;
}

const groups: readonly Group[] = ['Run it', 'Look at it', 'Configuration', 'Tools'];

export async function commandsPage(edition: Edition): Promise<string> {
  const described = await Promise.all(commandTable.map(async (entry) => ({ entry, command: await entry.load() })));
  const parts = groups.flatMap((group) => [
    `.SH ${group.toUpperCase()}`,
    ...described.filter(({ entry }) => entry.group === group).flatMap(({ entry, command }) => section(entry, command)),
  ]);
  return [
    '.\\" made from the command table; changes here are lost',
    titleLine('sentinel-stack', 1, 'User Commands', edition),
    '.SH NAME',
    'sentinel\\-stack \\- a reverse proxy and its agents: started, watched and restarted by one command',
    '.SH SYNOPSIS',
    '.B sentinel\\-stack',
    '.I COMMAND',
    '[OPTIONS]',
    '.SH DESCRIPTION',
    prose(
      'Runs on one host a reverse proxy and the agents that it asks about requests, and keeps them running. As a service it is described in sentinel-stack(8), its configuration in sentinel.kdl(5). Every command takes `--json`, `--no-color` and `--help`.',
    ),
    ...parts,
    '.SH EXIT STATUS',
    ...Object.entries(exitWords).flatMap(([name, words]) => [
      '.TP',
      `.B ${exitCodes[name as keyof typeof exitCodes]}`,
      prose(words),
    ]),
    '.SH SEE ALSO',
    '.BR sentinel.kdl (5),',
    '.BR sentinel\\-stack (8)',
    '',
  ].join('\n');
}

const exitWords: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'Done.',
  refused: 'Refused or failed.',
  usage: 'Wrong usage.',
  notStarted: 'Could not start, or does not run well.',
  notRunning: 'Nothing runs.',
  killed: 'Something had to be killed.',
  internal: 'Our mistake.',
};

function section(entry: CommandEntry, { details, positionals, options, examples }: Command): string[] {
  const words = Object.entries(positionals).map(([name, { required, many }]) => {
    const word = `${name.toUpperCase()}${many === true ? ' ...' : ''}`;
    return required === true ? word : `[${word}]`;
  });
  const aliases = entry.aliases === undefined ? '' : ` Also called ${entry.aliases.join(', ')}.`;
  return [
    `.SS ${roff(['sentinel-stack', entry.name, ...words, '[OPTIONS]'].join(' '))}`,
    prose(`${entry.summary}.${aliases}`),
    ...(details === undefined ? [] : ['.PP', prose(details)]),
    ...Object.entries(positionals).flatMap(([name, { summary }]) => term(name.toUpperCase(), summary)),
    ...Object.entries(options).flatMap(([name, option]) => {
      const short = option.short === undefined ? '' : `-${option.short}, `;
      return term(`${short}--${name} ${valueName(option)}`.trimEnd(), option.summary);
    }),
    '.PP',
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...examples.flatMap(({ line, does }) => term(line, does)),
  ];
}

function term(name: string, text: string): string[] {
  return ['.TP', `.B ${roff(name)}`, prose(text)];
}

export function configurationPage(edition: Edition): string {
  return [
    '.\\" made from the schema; changes here are lost',
    titleLine('sentinel.kdl', 5, 'File Formats', edition),
    '.SH NAME',
    'sentinel.kdl \\- configuration of sentinel\\-stack',
    '.SH SYNOPSIS',
    '.I /etc/sentinel\\-stack/sentinel.kdl',
    '.SH DESCRIPTION',
    prose(
      'A file in KDL (https://kdl.dev). `include "conf.d/*.kdl"` brings in others. `sentinel-stack check` says what is wrong with it, `sentinel-stack show` what is in effect and why, `sentinel-stack init` writes one to start from.',
    ),
    '.PP',
    prose(
      'Durations are numbers in the unit of the key\'s name, or texts such as `"30s"`; sizes are bytes, or texts such as `"64KiB"`.',
    ),
    '.SH BLOCKS',
    ...referenceBlocks().flatMap(({ path, doc, rows }) => [
      `.SS ${path === '' ? 'The top level' : roff(path.replaceAll('.', ' > '))}`,
      ...(path === '' || doc === '' ? [] : [prose(doc)]),
      ...rows.flatMap((row) => term(row.key, `${facts(row)}. ${row.doc}`)),
    ]),
    '.SH SEE ALSO',
    '.BR sentinel\\-stack (1),',
    '.BR sentinel\\-stack (8)',
    '',
  ].join('\n');
}

function facts({ takes, fallback }: { readonly takes: string; readonly fallback: string }): string {
  if (fallback === '' || fallback === 'none') return sentence(takes);
  return `${sentence(takes)}; ${fallback === 'required' ? 'required' : `default ${fallback}`}`;
}

const sentence = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

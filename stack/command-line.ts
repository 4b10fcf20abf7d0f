// From words typed to a command run: finds the command, parses and checks its options, turns failures into exit codes.
// The shaping decision: yargs splits the words, and everything a person reads is written here, so that a wrong word
// always gets the same calm answer with a suggestion. It refuses to know any single command.

import { suggest } from '#config/suggest';
import { parseDuration } from '#config/value';
import {
  type Command,
  type CommandEntry,
  type Context,
  type ExitCode,
  exitCodes,
  type Option,
  type Options,
  type Output,
  UsageError,
  valueName,
} from './command.ts';
import { complain, complainOfUs } from './complain.ts';
import { commandHelp, overview } from './help.ts';

/** A context before the global options are known. */
export type World = Omit<Context, 'json' | 'commands'>;

const versionFlags = ['--version', '-V'];
const globalFlags = ['--json', '--no-color', '--help', '-h', ...versionFlags];

export async function runCommandLine(
  words: readonly string[],
  world: World,
  table: readonly CommandEntry[],
): Promise<ExitCode> {
  const context = { ...withGlobals(words, world), commands: table };
  try {
    return await dispatch(words, context);
  } catch (error) {
    if (error instanceof UsageError) {
      complain(context, { code: 'usage', what: error.message, hint: error.hint });
      return exitCodes.usage;
    }
    await complainOfUs(context, error);
    return exitCodes.internal;
  }
}

function withGlobals(words: readonly string[], world: World): Omit<Context, 'commands'> {
  const flags = words.slice(0, words.includes('--') ? words.indexOf('--') : words.length);
  const json = flags.includes('--json');
  if (!flags.includes('--no-color') && !json) return { ...world, json };
  return { ...world, json, stdout: withoutColor(world.stdout), stderr: withoutColor(world.stderr) };
}

/** The same output, read through: how much of it is a terminal's may change while it runs. */
function withoutColor(output: Output): Output {
  return {
    write: (text) => output.write(text),
    isTerminal: output.isTerminal,
    color: false,
    get columns() {
      return output.columns;
    },
    get pendingBytes() {
      return output.pendingBytes;
    },
  };
}

async function dispatch(words: readonly string[], context: Context): Promise<ExitCode> {
  const at = words.findIndex((word) => !globalFlags.includes(word));
  const leading = at === -1 ? words : words.slice(0, at);
  const name = commandName(leading, words[at]);
  const entry = findCommand(name, context.commands);
  const rest = [
    ...leading.filter((flag) => !versionFlags.includes(flag)),
    ...words.slice(at === -1 ? words.length : at + 1),
  ];
  const command = await entry.load();
  if (entry.name !== 'help' && asksForHelp(rest)) {
    context.stdout.write(commandHelp(entry, command, context.stdout));
    return exitCodes.done;
  }
  if (entry.name === 'help' && rest.every((word) => word.startsWith('-'))) {
    context.stdout.write(overview(context.commands, context.stdout));
    return exitCodes.done;
  }
  return command.run(context, await parse(rest, entry.name, command));
}

/** Without a word, the flags decide: `--version` asks for the version, anything else for the overview. */
function commandName(leading: readonly string[], word: string | undefined): string {
  if (word === undefined) return leading.some((flag) => versionFlags.includes(flag)) ? 'version' : 'help';
  if (!word.startsWith('-')) return word;
  throw new UsageError(
    `option '${word}' before the command`,
    'options follow the command: `sentinel-stack up -c FILE`; `sentinel-stack help` lists the commands',
  );
}

export function findCommand(name: string, table: readonly CommandEntry[]): CommandEntry {
  const names = table.flatMap((entry) => [entry.name, ...(entry.aliases ?? [])]);
  const found = table.find((entry) => entry.name === name || entry.aliases?.includes(name));
  if (found !== undefined) return found;
  const near = suggest(name, names);
  const hint = near === undefined ? '' : `did you mean \`${near}\`? `;
  throw new UsageError(`unknown command '${name}'`, `${hint}\`sentinel-stack help\` lists them all`);
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? words.length : end).some((word) => word === '--help' || word === '-h');
}

const globalOptions = {
  json: { kind: 'flag', summary: '' },
  'no-color': { kind: 'flag', summary: '' },
} as const satisfies Options;

async function parse(words: string[], name: string, command: Command): Promise<Record<string, unknown>> {
  const known: Options = { ...command.options, ...globalOptions };
  const { _: before, '--': after, ...parsed } = await split(words, known);
  const given: Record<string, unknown> = {};
  for (const key of Object.keys(parsed)) {
    if (!Object.hasOwn(known, key)) throw unknownOption(key, name, known);
  }
  for (const [key, option] of Object.entries(command.options)) given[key] = optionValue(key, option, parsed[key]);
  const rest = [before, after].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
  return { ...given, ...positionalValues(rest, name, command) };
}

/** Of yargs only its parser: no validation, no help, no exit, no guessing of numbers, no camel case. */
async function split(words: string[], known: Options): Promise<Record<string, unknown>> {
  if (words.length === 0) return {}; // loading yargs takes a third of `sentinel-stack version`
  const { Parser } = await import('yargs/helpers');
  const keys = (flag: boolean) => Object.keys(known).filter((key) => (known[key]?.kind === 'flag') === flag);
  const shorts = Object.entries(known).flatMap(([key, { short }]) => (short === undefined ? [] : [[key, short]]));
  return Parser(words, {
    boolean: keys(true),
    string: keys(false),
    alias: Object.fromEntries(shorts),
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': true,
      'strip-aliased': true,
    },
  });
}

function unknownOption(key: string, name: string, known: Options): UsageError {
  const near = key.length === 1 ? undefined : suggest(key, Object.keys(known));
  const hint = near === undefined ? '' : `did you mean --${near}? `;
  const written = key.length === 1 ? `-${key}` : `--${key}`;
  return new UsageError(`unknown option '${written}'`, `${hint}\`sentinel-stack help ${name}\` lists its options`);
}

function optionValue(key: string, option: Option, raw: unknown): unknown {
  if (option.kind === 'flag') return raw === true;
  if (raw === undefined) return option.kind === 'texts' ? [] : undefined;
  const values = (Array.isArray(raw) ? raw : [raw]).map(String);
  if (values.includes('')) throw new UsageError(`option --${key} needs a value`, `write --${key} ${valueName(option)}`);
  if (option.kind === 'texts') return values;
  const [value = '', ...more] = values;
  if (more.length > 0) throw new UsageError(`option --${key} is given twice`, 'keep the one that is meant');
  if (option.kind === 'count')
    return checked(key, value, /^\d{1,9}$/.test(value) ? Number(value) : undefined, 'a whole number');
  if (option.kind === 'duration') return checked(key, value, durationMs(value), 'a time such as 10, 10s or 500ms');
  return option.choices === undefined ? value : chosen(`option --${key}`, value, option.choices);
}

/** A bare number counts seconds, as in the configuration. */
function durationMs(value: string): number | undefined {
  return parseDuration(/^\d+(\.\d+)?$/.test(value) ? `${value}s` : value);
}

function checked<T>(key: string, value: string, parsed: T | undefined, wanted: string): T {
  if (parsed === undefined) throw new UsageError(`option --${key} takes ${wanted}, not '${value}'`);
  return parsed;
}

function chosen(what: string, value: string, choices: readonly string[]): string {
  if (choices.includes(value)) return value;
  const near = suggest(value, choices);
  const hint = near === undefined ? undefined : `did you mean '${near}'?`;
  throw new UsageError(`${what} takes ${choices.join(', ')}, not '${value}'`, hint);
}

function positionalValues(words: string[], name: string, command: Command): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  const left = [...words];
  for (const [key, positional] of Object.entries(command.positionals)) {
    const taken = left.splice(0, positional.many === true ? left.length : 1);
    const { choices } = positional;
    if (choices !== undefined) for (const word of taken) chosen(key.toUpperCase(), word, choices);
    if (positional.required === true && taken.length === 0) {
      throw new UsageError(`\`${name}\` needs ${key.toUpperCase()}`, `for example: ${command.examples[0]?.line}`);
    }
    given[key] = positional.many === true ? taken : taken[0];
  }
  if (left[0] === undefined) return given;
  throw new UsageError(`\`${name}\` does not take '${left[0]}'`, `\`sentinel-stack help ${name}\` shows what it takes`);
}

// What a command is: its options, its examples and one function. Everything it may touch comes in with `Context`,
// so that a command runs in a test exactly as it runs in a terminal. Its name, group and summary stand in
// command-table.ts, where they can be listed without loading it. A command refuses to end the process: it returns.

/** 0 done · 1 refused or failed · 2 wrong usage · 3 could not start · 4 nothing runs · 5 something was killed · 70 our mistake. */
export const exitCodes = {
  done: 0,
  refused: 1,
  usage: 2,
  notStarted: 3,
  notRunning: 4,
  killed: 5,
  internal: 70,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Where a command writes: a terminal, a pipe, or a test's list. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly color: boolean; // a terminal, and neither NO_COLOR nor --no-color
  readonly columns: number;
  readonly pendingBytes: number; // written, not yet taken by the reader
  /** What could not be written since the last call (a full disk), once writing works again; 0 until then. */
  takeLostBytes?(): number;
}

export type SystemSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2';

export interface Context {
  readonly stdout: Output; // the answer
  readonly stderr: Output; // problems and progress
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly commands: readonly CommandEntry[]; // the command table, for the commands that are about commands
  readonly json: boolean; // --json: the answer as JSON on stdout
  /** Calls `listener` on each such signal until the function returned is called. */
  onSignal(signal: SystemSignal, listener: () => void): () => void;
}

/**
 * One option. Its value: `text`, `file` and `choice` a string, `texts` all of them (may be repeated), `count` a whole
 * number from 0, `duration` milliseconds (written `10`, seconds, or `500ms`), `flag` a boolean. Without default: a
 * command says in the summary what holds if it is not given.
 */
export interface Option {
  readonly kind: 'text' | 'texts' | 'file' | 'choice' | 'count' | 'duration' | 'flag';
  readonly summary: string;
  readonly short?: string; // one letter
  readonly value?: string; // what help calls the value: FILE, ADDRESS
  readonly choices?: readonly string[];
}

/** What help and messages call the value of an option. */
export function valueName(option: Option): string {
  if (option.value !== undefined) return option.value;
  if (option.choices !== undefined) return option.choices.join('|');
  return { text: 'TEXT', texts: 'TEXT', file: 'FILE', choice: 'NAME', count: 'N', duration: 'TIME', flag: '' }[
    option.kind
  ];
}

/** One word without dashes. `required` and `many` (all words that are left) may be combined. */
export interface Positional {
  readonly summary: string;
  readonly required?: boolean;
  readonly many?: boolean;
  readonly choices?: readonly string[];
}

export interface Example {
  readonly line: string; // `sentinel-stack up -c shop.kdl`
  readonly does: string;
}

export type Options = Readonly<Record<string, Option>>; // by long name, as written: `log-format`
export type Positionals = Readonly<Record<string, Positional>>; // in order

export type Group = 'Run it' | 'Look at it' | 'Configuration' | 'Tools';

/** A line of the command table. */
export interface CommandEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly group: Group;
  readonly summary: string; // one line, no full stop
  load(): Promise<Command>;
}

/** The values given, under the names that the command declared. */
export type Arguments<O extends Options, P extends Positionals> = { readonly [K in keyof O]: OptionValue<O[K]> } & {
  readonly [K in keyof P]: PositionalValue<P[K]>;
};

type OptionValue<O extends Option> = O['kind'] extends 'flag'
  ? boolean
  : O['kind'] extends 'count' | 'duration'
    ? number | undefined
    : O['kind'] extends 'texts'
      ? readonly string[]
      : O['choices'] extends readonly (infer C)[]
        ? C | undefined
        : string | undefined;

type PositionalValue<P extends Positional> = P['many'] extends true
  ? readonly string[]
  : P['required'] extends true
    ? string
    : string | undefined;

export interface Command {
  readonly details?: string; // a paragraph for --help, below the summary
  readonly options: Options;
  readonly positionals: Positionals;
  readonly examples: readonly Example[]; // at least one
  run(context: Context, given: Readonly<Record<string, unknown>>): Promise<ExitCode>;
}

interface Declaration<O extends Options, P extends Positionals> {
  readonly details?: string;
  readonly options: O;
  readonly positionals: P;
  readonly examples: readonly Example[];
  run(context: Context, given: Arguments<O, P>): Promise<ExitCode>;
}

/**
 * Declares a command; its `run` gets exactly what it declared:
 *
 *   export const show = defineCommand({
 *     options: { config: { kind: 'file', short: 'c', value: 'FILE', summary: 'The file to show (sentinel.kdl)' } },
 *     positionals: {},
 *     examples: [{ line: 'sentinel-stack show -c shop.kdl', does: 'every value in effect' }],
 *     async run(context, { config }) { … return exitCodes.done; },
 *   });
 */
export function defineCommand<const O extends Options, const P extends Positionals>(
  declaration: Declaration<O, P>,
): Command {
  const { run, ...rest } = declaration;
  // The parser has checked each value against the same declaration; the names and kinds are those of O and P.
  return { ...rest, run: (context, given) => run(context, given as Arguments<O, P>) };
}

/** Thrown by a command that was called in a way it does not know: printed with its hint, exit code 2. */
export class UsageError extends Error {
  readonly hint: string | undefined;

  constructor(what: string, hint?: string) {
    super(what);
    this.name = 'UsageError';
    this.hint = hint;
  }
}

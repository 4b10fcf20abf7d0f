// `sentinel-stack completion SHELL`: a script that completes commands, their options, fixed choices, and files.
// The shaping decision: the script holds everything, so that pressing Tab starts no program and waits for nothing.

import { type CommandEntry, defineCommand, exitCodes, type Option } from '../command.ts';

export const completion = defineCommand({
  details: 'The script goes where the shell looks for it, or into its start file; see the examples.',
  options: {},
  positionals: { shell: { summary: 'bash, zsh or fish', required: true, choices: ['bash', 'zsh', 'fish'] } },
  examples: [
    { line: 'source <(sentinel-stack completion bash)', does: 'in ~/.bashrc' },
    { line: 'source <(sentinel-stack completion zsh)', does: 'in ~/.zshrc, after compinit' },
    { line: 'sentinel-stack completion fish | source', does: 'in ~/.config/fish/config.fish' },
  ],
  async run({ stdout, commands }, { shell }) {
    const described = await Promise.all(commands.map(describe));
    stdout.write({ bash: bashScript, zsh: zshScript, fish: fishScript }[shell as 'bash' | 'zsh' | 'fish'](described));
    return exitCodes.done;
  },
});

interface Described {
  readonly name: string;
  readonly summary: string;
  readonly words: readonly string[]; // what may stand without dashes, where that is a fixed list
  readonly takesFiles: boolean;
  readonly options: readonly (readonly [key: string, option: Option])[];
}

async function describe(entry: CommandEntry): Promise<Described> {
  const command = await entry.load();
  const positionals = Object.values(command.positionals);
  return {
    name: entry.name,
    summary: entry.summary,
    words: positionals.flatMap(({ choices = [] }) => choices),
    takesFiles: positionals.some(({ choices }) => choices === undefined) && entry.name !== 'help',
    options: [...Object.entries(command.options), ...everywhere],
  };
}

const everywhere: readonly (readonly [string, Option])[] = [
  ['json', { kind: 'flag', summary: 'Answer as JSON' }],
  ['no-color', { kind: 'flag', summary: 'No colours' }],
  ['help', { kind: 'flag', short: 'h', summary: 'Explain the command' }],
];

function bashScript(commands: readonly Described[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map((command) => {
    const words = wordsOf(command, commands).join(' ');
    const files = command.takesFiles ? '; files=1' : '';
    return `    ${command.name}) options='${optionNames(command).join(' ')}' words='${words}'${files} ;;`;
  });
  return `# bash completion for sentinel-stack
_sentinel_stack() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= words= options= files= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  COMPREPLY=()
  case "$command $previous" in
${valueCases(commands).join('\n')}
  esac
  case $command in
    '') options='--help --version' words='${names}' ;;
${cases.join('\n')}
  esac
  case $current in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; [ -z "$files" ] || compgen -f -- "$current") ;;
  esac
}
complete -o filenames -F _sentinel_stack sentinel-stack
`;
}

/** What follows an option that takes a value: files, one of its choices, or something nobody can guess. */
function valueCases(commands: readonly Described[]): string[] {
  return commands.flatMap(({ name, options }) =>
    options
      .filter(([, option]) => option.kind !== 'flag')
      .map(([key, option]) => {
        const patterns = spellings(key, option).map((spelling) => `"${name} ${spelling}"`);
        const guess = option.kind === 'file' ? '-f' : `-W '${(option.choices ?? []).join(' ')}'`;
        return `    ${patterns.join('|')}) mapfile -t COMPREPLY < <(compgen ${guess} -- "$current"); return ;;`;
      }),
  );
}

function zshScript(commands: readonly Described[]): string {
  const listed = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map((command) => {
    const options = command.options.flatMap(([key, option]) => zshOption(key, option));
    const words = wordsOf(command, commands);
    const rest = command.takesFiles ? ["'*:file:_files'"] : words.length > 0 ? [`'1:word:(${words.join(' ')})'`] : [];
    return `    ${command.name}) _arguments ${[...options, ...rest].join(' ')} ;;`;
  });
  return `#compdef sentinel-stack
# zsh completion for sentinel-stack
_sentinel_stack() {
  local -a commands=(
${listed.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=\${words[2]}
  shift words; (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _sentinel_stack sentinel-stack
`;
}

function zshOption(key: string, option: Option): string[] {
  const summary = option.summary.replace(/[[\]:]/g, '\\$&');
  const choices = option.choices === undefined ? '' : `(${option.choices.join(' ')})`;
  const value = option.kind === 'flag' ? '' : `:value:${option.kind === 'file' ? '_files' : choices}`;
  return spellings(key, option).map((spelling) => quoted(`${spelling}[${summary}]${value}`));
}

function fishScript(commands: readonly Described[]): string {
  const lines = ['# fish completion for sentinel-stack', 'complete -c sentinel-stack -f'];
  for (const command of commands) {
    lines.push(`complete -c sentinel-stack -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`);
    const within = `complete -c sentinel-stack -n '__fish_seen_subcommand_from ${command.name}'`;
    const words = wordsOf(command, commands);
    if (words.length > 0) lines.push(`${within} -a ${quoted(words.join(' '))}`);
    if (command.takesFiles) lines.push(`${within} -F`);
    lines.push(...command.options.map(([key, option]) => `${within} ${fishOption(key, option)}`));
  }
  return `${lines.join('\n')}\n`;
}

function fishOption(key: string, option: Option): string {
  const short = option.short === undefined ? '' : ` -s ${option.short}`;
  const choices = option.choices === undefined ? '' : ` -a ${quoted(option.choices.join(' '))}`;
  const value = { flag: '', file: ' -r -F' }[option.kind as string] ?? ` -x${choices}`;
  return `-l ${key}${short}${value} -d ${quoted(option.summary)}`;
}

function wordsOf(command: Described, commands: readonly Described[]): readonly string[] {
  return command.name === 'help' ? commands.map(({ name }) => name) : command.words;
}

function optionNames({ options }: Described): string[] {
  return options.flatMap(([key, option]) => spellings(key, option));
}

function spellings(key: string, option: Option): string[] {
  return option.short === undefined ? [`--${key}`] : [`-${option.short}`, `--${key}`];
}

/** In single quotes, for all three shells: a quote inside is closed, escaped and opened again. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

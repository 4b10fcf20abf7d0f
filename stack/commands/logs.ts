// `sentinel-stack logs`: the last lines of everything that runs, each with its name; on request those that come.

import { levels } from '#config/log';
import { suggest } from '#config/suggest';
import { parseSince, sinceWords } from '../api/asked.ts';
import { followStack } from '../api/client.ts';
import type { StatusShape } from '../api/shapes.ts';
import { type Attached, attach, attachOptions, giveUp } from '../attach.ts';
import { type Arguments, type Context, defineCommand, exitCodes, UsageError } from '../command.ts';
import { complain } from '../complain.ts';
import { LineView } from '../line-view.ts';

const options = {
  ...attachOptions,
  follow: { kind: 'flag', short: 'f', summary: 'Go on with the lines that come, until Ctrl-C' },
  lines: { kind: 'count', short: 'n', value: 'N', summary: 'The last N of what matches (50; all with --since)' },
  since: { kind: 'text', value: 'TIME', summary: `Not before ${sinceWords}` },
  level: { kind: 'choice', choices: levels, summary: 'Only what is at least as important' },
} as const;
const positionals = {
  names: { summary: 'Children, `proxy` for all workers, `stack` for the supervisor (all)', many: true },
} as const;
type Given = Arguments<typeof options, typeof positionals>;

const linesUsual = 50;

export const logs = defineCommand({
  details: `The stack keeps the last lines of every child in memory; what is to last longer goes to files (observability { logging }).
A text on stderr counts as a warning, an access line with a status of 5xx too.`,
  options,
  positionals,
  examples: [
    { line: 'sentinel-stack logs', does: 'the last 50 lines' },
    { line: 'sentinel-stack logs proxy -f', does: 'what the workers write, as it comes' },
    { line: 'sentinel-stack logs --since 10m --level warn', does: 'what went wrong in the last ten minutes' },
    { line: 'sentinel-stack logs -n 1000 --json | jq .text', does: 'for other programs' },
  ],
  async run(context, given) {
    if (given.since !== undefined && parseSince(given.since, Date.now()) === undefined)
      throw new UsageError(`option --since takes ${sinceWords}, not '${given.since}'`);
    const attached = await attach(context, given);
    if (typeof attached === 'number') return attached;
    const { stack, status } = attached;
    const unknown = given.names.find((name) => !sources(status).includes(name));
    if (unknown !== undefined) return unknownName(context, unknown, sources(status));
    const told = await print(context, stack, given, sources(status));
    if (told.ok) return exitCodes.done;
    return giveUp(context, told.complaint);
  },
});

function sources({ children, external }: StatusShape): string[] {
  const names = [...children, ...external].map(({ name }) => name);
  const groups = names.flatMap((name) => (name.includes('/') ? [name.slice(0, name.indexOf('/'))] : []));
  return [...new Set(['stack', ...groups, ...names])];
}

function unknownName(context: Context, name: string, names: readonly string[]) {
  const near = suggest(name, names);
  const hint = `${near === undefined ? '' : `did you mean '${near}'? `}there are: ${names.join(', ')}`;
  complain(context, { code: 'child-unknown', what: `nothing named "${name}" writes lines here`, hint });
  return exitCodes.refused;
}

async function print({ stdout, json, onSignal }: Context, stack: Attached, given: Given, names: readonly string[]) {
  const view = new LineView(stdout, given.names.length === 0 ? names : given.names);
  const over = new AbortController();
  const forget = onSignal('SIGINT', () => over.abort());
  const told = await followStack(
    stack.socketPath,
    `/v1/logs?${query(given)}`,
    (line) => stdout.write(json ? `${JSON.stringify(line)}\n` : view.show(line)),
    over.signal,
  );
  forget();
  return told;
}

function query({ names, follow, lines, since, level }: Given): string {
  const asked = new URLSearchParams(names.map((name) => ['name', name]));
  const count = lines ?? (since === undefined ? linesUsual : undefined);
  if (follow) asked.set('follow', '1');
  if (count !== undefined) asked.set('lines', String(count));
  if (since !== undefined) asked.set('since', since);
  if (level !== undefined) asked.set('level', level);
  return asked.toString();
}

// `sentinel-stack show`: the configuration in effect, each value with where it came from. Secrets stay masked.

import { asData, type Effective, type EffectiveValue, effective, values } from '#config/effective';
import type { Origin } from '#config/origin';
import { placeOf } from '#config/source';
import { defineCommand, exitCodes, type Output } from '../command.ts';
import { loadOrComplain } from '../loading.ts';
import { paint } from '../paint.ts';

export const show = defineCommand({
  details:
    'Prints every value in effect and its origin: a place in a file, a `defaults` block, the environment, or the language itself.',
  options: {
    security: { kind: 'flag', summary: 'Only what security depends on, with the reason' },
  },
  positionals: { file: { summary: 'The file (sentinel.kdl here, else /etc/sentinel-stack/sentinel.kdl)' } },
  examples: [
    { line: 'sentinel-stack show', does: 'the whole configuration with its origins' },
    { line: 'sentinel-stack show --security', does: 'the values that security depends on' },
    { line: 'sentinel-stack show shop.kdl --json', does: 'as data: the configuration, and the origin of each value' },
  ],
  async run(context, { file, security }) {
    const loaded = loadOrComplain(context, file);
    if (loaded === undefined) return exitCodes.refused;
    const { stdout, json } = context;
    const entries = effective(loaded.config, loaded.origins);
    if (json) stdout.write(`${JSON.stringify(dataOf(entries, security), undefined, 2)}\n`);
    else stdout.write(security ? securityTable(entries, stdout) : listing(entries, stdout));
    return exitCodes.done;
  },
});

function dataOf(entries: readonly Effective[], security: boolean): unknown {
  const all = values(entries);
  if (security)
    return selected(all).map(({ path, data, field, origin }) => ({
      key: path,
      value: data,
      why: field.security,
      ...originData(origin),
    }));
  const origins = Object.fromEntries(all.map((value) => [value.path, originData(value.origin)]));
  return { configuration: asData(entries), origins };
}

function selected(all: readonly EffectiveValue[]): EffectiveValue[] {
  return all.filter(({ field }) => field.security !== undefined);
}

function originData({ kind, at, variables }: Origin): Record<string, unknown> {
  const place = at && placeOf(at);
  return {
    from: kind,
    ...(place && { file: place.file, line: place.line }),
    ...(variables.length > 0 && { variables }),
  };
}

interface Line {
  readonly text: string;
  readonly origin: string;
}

const originColumnMax = 60; // a longer line has its origin right behind it

function listing(entries: readonly Effective[], output: Output): string {
  const lines = linesOf(entries, '');
  const widths = lines.map(({ text }) => text.length).filter((width) => width <= originColumnMax);
  const column = Math.max(0, ...widths) + 2;
  return lines
    .map(({ text, origin }) =>
      origin === '' ? `${text}\n` : `${text.padEnd(column)}${paint(output, 'dim', `// ${origin}`)}\n`,
    )
    .join('');
}

function linesOf(entries: readonly Effective[], indent: string): Line[] {
  return entries.flatMap((entry) => {
    if (entry.kind === 'value') return [{ text: `${indent}${entry.line}`, origin: originWords(entry.origin) }];
    if (entry.entries.length === 0) return [];
    return [
      { text: `${indent}${entry.line} {`, origin: '' },
      ...linesOf(entry.entries, `${indent}    `),
      { text: `${indent}}`, origin: '' },
    ];
  });
}

function originWords({ kind, at, variables }: Origin): string {
  if (at === undefined) return 'default';
  const { file, line } = placeOf(at);
  const from = kind === 'defaults' ? `defaults at ${file}:${line}` : `${file}:${line}`;
  return variables.length === 0
    ? from
    : `${from}, with ${variables.map((name) => `\${${name}}`).join(' ')} of the environment`;
}

function securityTable(entries: readonly Effective[], output: Output): string {
  const rows = selected(values(entries));
  const [path, written] = [
    Math.max(0, ...rows.map((row) => row.path.length)),
    Math.max(0, ...rows.map((row) => row.written.length)),
  ];
  return rows
    .map(
      (row) =>
        `${row.path.padEnd(path)}  ${row.written.padEnd(written)}  ${paint(output, 'dim', originWords(row.origin))}\n  ${paint(output, 'dim', row.field.security ?? '')}\n`,
    )
    .join('');
}

// The pages of docs/ that are made from tables: the configuration reference from the schema, the codes of problems, the
// events of the log. `make golden` writes them, a test compares them, so the pages cannot say what the code does not do.

import { codes } from './errors.ts';
import { type Field, isOptional, writtenValue } from './field.ts';
import { events } from './log.ts';
import { type SchemaKey, schemaKeys } from './walk.ts';

/** File below docs/ -> its text. */
export function generatedPages(): Readonly<Record<string, string>> {
  return { 'configuration.md': configurationPage(), 'errors.md': errorsPage(), 'events.md': eventsPage() };
}

const madeFrom = (table: string) => `<!-- made from ${table} by \`make golden\`; changes here are lost -->`;

function configurationPage(): string {
  const keys = schemaKeys();
  return [...introduction, ...referenceBlocks().map(sectionOf), securitySection(keys)].join('\n').concat('\n');
}

/** A block of the language with what may stand in it, in words; from it the page and the manual page are made. */
export interface ReferenceBlock {
  readonly path: string; // '' is the top level
  readonly doc: string;
  readonly rows: ReadonlyArray<{
    readonly key: string;
    readonly takes: string;
    readonly fallback: string; // '' where there can be none
    readonly doc: string;
  }>;
}

export function referenceBlocks(): readonly ReferenceBlock[] {
  const keys = schemaKeys();
  const blocks = keys
    .filter(({ field }) => opensBlock(field))
    .map(({ path, field }) => (field.item === undefined ? path : `${path}.${field.item}`));
  return ['', ...blocks].map((block) => blockOf(block, keys)).filter(({ rows }) => rows.length > 0);
}

const introduction = [
  '# Configuration reference',
  '',
  madeFrom('config/schema.ts'),
  '',
  'One file in [KDL](https://kdl.dev), `sentinel.kdl` in the current folder or `/etc/sentinel-stack/sentinel.kdl`; without either the embedded default runs. How the language works (includes, variables, defaults, spelling) is in [language.md](language.md); every key is here. `sentinel-stack check` says what is wrong with a file, `sentinel-stack show` what is in effect and why.',
  '',
  'Durations are numbers in the unit of the key\'s name, or texts such as `"30s"` and `"500ms"` (`ms`, `s`, `m`, `h`, `d`); a key named `…-secs` may be written `…-ms` as well, and the other way round. Sizes are bytes, or texts such as `"64KiB"` (`B`, `KB`, `MB`, `GB`, `KiB`, `MiB`, `GiB`).',
  '',
];

function opensBlock({ form }: Field): boolean {
  return form === 'block' || form === 'named' || form === 'items';
}

function blockOf(block: string, keys: readonly SchemaKey[]): ReferenceBlock {
  const owner = keys.find(({ path, field }) => path === block || `${path}.${field.item}` === block);
  const rows = keys.filter(({ parent }) => parent === block).map(rowOf);
  return { path: block, doc: owner?.field.doc ?? '', rows };
}

function rowOf({ key, field, type }: SchemaKey): ReferenceBlock['rows'][number] {
  const example =
    field.example === undefined
      ? ''
      : ` Example: \`${field.example.startsWith(key) ? '' : `${key} `}${field.example}\`.`;
  return { key, takes: takes(field), fallback: defaultOf(field, isOptional(type)), doc: `${field.doc}${example}` };
}

function sectionOf({ path, doc, rows }: ReferenceBlock): string {
  const title = path === '' ? '## The top level' : `## ${path.replaceAll('.', ' › ')}`;
  const lines = rows.map((row) => `| \`${row.key}\` | ${cell(row.takes)} | ${cell(row.fallback)} | ${cell(row.doc)} |`);
  const intro = path === '' ? [] : [doc, ''];
  return [title, '', ...intro, '| key | takes | default | what it does |', '|---|---|---|---|', ...lines, ''].join(
    '\n',
  );
}

const cell = (text: string) => text.replaceAll('|', '\\|');

/** What may be written behind the key, with its bounds. */
function takes(field: Field): string {
  if (field.form === 'block') return 'block';
  if (field.form === 'named') return `block of \`${field.item} "name" { … }\``;
  if (field.form === 'map')
    return field.kind === 'file' ? 'block of `"name" "path of a file"`' : 'block of `name "value"`';
  if (field.form === 'json') return 'block, any content';
  if (field.form === 'items')
    return field.rest === undefined
      ? 'value and properties; may be repeated'
      : `value, then those of \`${field.rest}\`, and properties; may be repeated`;
  const one =
    field.choices?.map((choice) => `\`"${choice}"\``).join(', ') ??
    field.numbers?.join(', ') ??
    kinds[field.kind] ??
    field.kind;
  const words =
    field.words === undefined
      ? ''
      : `, or ${Object.entries(field.words)
          .map(([word, value]) => `\`"${word}"\` (${value})`)
          .join(', ')}`;
  return `${one}${bounds(field)}${words}${field.form === 'list' ? '; one or more' : ''}`;
}

const kinds: Partial<Record<Field['kind'], string>> = {
  text: 'text',
  name: 'name',
  integer: 'number',
  flag: '`#true`, `#false`',
  size: 'size',
  secs: 'seconds',
  ms: 'milliseconds',
  address: 'address',
  'secret-file': 'path of a file; its content is never shown',
  pattern: 'regular expression (RE2)',
  network: 'network, or address',
  folder: 'path of a folder',
  'file-path': 'path of a file',
  'rule-path': '`"sentinel"`, `"crs"`, or path of a folder, file, or files (`*`)',
};

function bounds({ range, kind }: Field): string {
  if (range === undefined) return '';
  const scale = kind === 'secs' ? 1000 : 1;
  const shown = (value: number) =>
    kind === 'size'
      ? writtenValue({ form: 'scalar', kind, doc: '', since: '' }, value).replaceAll('"', '')
      : String(value / scale);
  return `, ${shown(range.least)} to ${shown(range.most)}`;
}

function defaultOf(field: Field, optional: boolean): string {
  if (field.form === 'block' || field.form === 'named' || field.form === 'map') return '';
  if (field.form === 'list') return field.fallback === undefined ? 'required' : 'none';
  if (optional || field.form === 'json' || (field.form === 'items' && field.fallback !== undefined)) return 'none';
  return field.fallback === undefined ? 'required' : `\`${writtenValue(field, field.fallback)}\``;
}

function securitySection(keys: readonly SchemaKey[]): string {
  const rows = keys
    .filter(({ field }) => field.security !== undefined)
    .map(
      ({ path, field, type }) =>
        `| \`${path}\` | ${cell(defaultOf(field, isOptional(type)))} | ${cell(field.security ?? '')} |`,
    );
  const head = [
    '## Defaults that keep you safe',
    '',
    'As `sentinel-stack show --security` prints them, with the values in effect.',
    '',
  ];
  return [...head, '| key | default | why |', '|---|---|---|', ...rows].join('\n');
}

function errorsPage(): string {
  const rows = Object.entries(codes).map(([code, [means, cure]]) => `| \`${code}\` | ${cell(means)} | ${cell(cure)} |`);
  const head = [
    '# Codes of problems',
    '',
    madeFrom('config/errors.ts'),
    '',
    'Every problem ends with its code in brackets. A code keeps its meaning once released.',
    '',
  ];
  return [...head, '| code | what it means | what to do |', '|---|---|---|', ...rows, ''].join('\n');
}

function eventsPage(): string {
  const rows = Object.entries(events).map(([event, means]) => `| \`${event}\` | ${cell(means)} |`);
  const head = [
    '# Events of the log',
    '',
    madeFrom('config/log.ts'),
    '',
    'One JSON line per event on stderr: `level`, `time`, `name` (who says it), `event`, and the facts.',
    '',
  ];
  return [...head, '| event | what happened |', '|---|---|', ...rows, ''].join('\n');
}

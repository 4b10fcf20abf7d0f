// One value of the file -> the value that a field takes: `${VARIABLE}` expanded, units read, bounds kept. What does not
// fit is a problem that shows what was written, what is expected, and how it would be written right.

import type { z } from 'zod';
import { type Code, type Problem, problem } from './errors.ts';
import { type Field, writtenValue } from './field.ts';
import type { Range } from './limits.ts';
import { parseNetwork } from './network.ts';
import type { Value } from './parse.ts';
import type { Span } from './source.ts';
import { suggest } from './suggest.ts';
import { durationUnitNames, formatDuration, parseDuration, parseSize, sizeUnitNames } from './value.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type ReadResult =
  | { readonly ok: true; readonly value: unknown; readonly variables: readonly string[] }
  | { readonly ok: false; readonly problem: Problem };

/** What is being read: how it is called in messages, its field, and the type that has the last word. */
export interface Wanted {
  readonly key: string;
  readonly field: Field;
  readonly type: z.ZodType;
  readonly unit?: 'secs' | 'ms' | undefined; // the unit in the name as it was written
}

export function readValue(written: Value, wanted: Wanted, environment: Environment): ReadResult {
  const expanded = expand(written, environment);
  if ('problem' in expanded) return { ok: false, problem: expanded.problem };
  const { value, variables } = expanded;
  const read = readers[wanted.field.kind](variables.length > 0 ? unquoted(value, wanted.field) : value, wanted);
  if ('hint' in read) return { ok: false, problem: misfit(written, value, wanted, read) };
  if (!fits(read.value, wanted)) return { ok: false, problem: outside(written, read.value, wanted) };
  return { ok: true, value: read.value, variables };
}

/** The type has the last word; what becomes a secret is still a text here. */
function fits(value: unknown, { field, type }: Wanted): boolean {
  return field.kind === 'secret-file' || field.kind === 'secret'
    ? typeof value === 'string'
    : type.safeParse(value).success;
}

type Read =
  | { readonly value: unknown }
  | { readonly expected: string; readonly hint: string | undefined; readonly code: Code };

/** One reader per kind of value: the plain value, or what was expected. */
const readers: { readonly [K in Field['kind']]: (value: unknown, wanted: Wanted) => Read } = {
  text: readText,
  name: readText,
  pattern: readText,
  network: readText,
  folder: readText,
  'file-path': readText,
  'rule-path': readText,
  file: readText,
  secret: readText,
  'secret-file': readText,
  address: readText,
  choice: readChoice,
  integer: readInteger,
  flag: readFlag,
  size: readSize,
  secs: readDuration,
  ms: readDuration,
};

function readText(value: unknown, { field }: Wanted): Read {
  if (typeof value === 'number' && field.shape?.takesNumbers === true) return { value: String(value) };
  if (typeof value === 'string') return { value };
  return { expected: 'a text', hint: `write ${JSON.stringify(String(value))}`, code: 'config-wrong-type' };
}

function readChoice(value: unknown, { field }: Wanted): Read {
  const choices = field.choices ?? [];
  const written = typeof value === 'string' ? value.replaceAll('_', '-').toLowerCase() : undefined;
  const { mean = {}, refused = {} } = field.otherWords ?? {};
  if (written !== undefined && choices.includes(written)) return { value: written };
  if (written !== undefined && Object.hasOwn(mean, written)) return { value: mean[written] };
  const reason = written !== undefined && Object.hasOwn(refused, written) ? refused[written] : undefined;
  const near = typeof value === 'string' ? suggest(value, choices) : undefined;
  const list = choices.map((one) => JSON.stringify(one)).join(', ');
  return {
    expected: choices.length === 1 ? `only ${list}` : `one of ${list}`,
    hint: reason ?? (choices.length === 1 ? `write ${list}` : near && `did you mean ${JSON.stringify(near)}?`),
    code: 'config-bad-value',
  };
}

function readInteger(value: unknown, { field }: Wanted): Read {
  if (typeof value === 'number' && Number.isInteger(value)) return { value };
  const words = field.words ?? {};
  if (typeof value === 'string' && Object.hasOwn(words, value)) return { value: words[value] };
  const near = typeof value === 'string' ? suggest(value, Object.keys(words)) : undefined;
  const number =
    typeof value === 'string' && /^-?\d+$/.test(value)
      ? `write ${value}, without quotes`
      : `write a number, such as ${field.range?.default ?? field.fallback ?? 1}`;
  const named = Object.keys(words).length === 0 ? '' : ` or one of ${Object.keys(words).join(', ')}`;
  return {
    expected: `a whole number${named}`,
    hint: near === undefined ? number : `did you mean "${near}"?`,
    code: 'config-wrong-type',
  };
}

function readFlag(value: unknown): Read {
  if (typeof value === 'boolean') return { value };
  const yes = ['yes', 'on', 'true', '1'].includes(String(value).toLowerCase());
  const no = ['no', 'off', 'false', '0'].includes(String(value).toLowerCase());
  return {
    expected: '#true or #false',
    hint: `write ${yes ? '#true' : no ? '#false' : '#true or #false'}`,
    code: 'config-wrong-type',
  };
}

function readSize(value: unknown): Read {
  if (typeof value === 'number' && Number.isInteger(value)) return { value };
  const bytes = typeof value === 'string' ? parseSize(value) : undefined;
  if (bytes !== undefined) return { value: bytes };
  return {
    expected: 'a size',
    hint: `write bytes (${1024}) or a text such as "64KiB"${nearUnit(value, sizeUnitNames)}`,
    code: 'config-wrong-type',
  };
}

function readDuration(value: unknown, { field, unit = field.kind === 'ms' ? 'ms' : 'secs' }: Wanted): Read {
  const scale = unit === 'ms' ? 1 : 1000;
  if (typeof value === 'number' && Number.isFinite(value)) return { value: Math.round(value * scale) };
  const milliseconds = typeof value === 'string' ? parseDuration(value) : undefined;
  if (milliseconds !== undefined) return { value: milliseconds };
  const plainNumber = unit === 'ms' ? '500' : '30';
  const hint = `write ${unit === 'ms' ? 'milliseconds' : 'seconds'} (${plainNumber}) or a text such as ${unit === 'ms' ? '"500ms"' : '"30s"'}${nearUnit(value, durationUnitNames)}`;
  return { expected: 'a duration', hint, code: 'config-wrong-type' };
}

/** `"5 parsecs"`: the units there are. */
function nearUnit(value: unknown, units: readonly string[]): string {
  const written = typeof value === 'string' ? /^[\d.]+\s*([A-Za-z]+)$/.exec(value.trim())?.[1] : undefined;
  return written === undefined ? '' : `; '${written}' is not a unit, these are: ${units.join(', ')}`;
}

/** A variable can only hold a text: where a number or a flag is wanted, its text is read as one. */
function unquoted(value: unknown, field: Field): unknown {
  if (typeof value !== 'string') return value;
  const numeric = field.kind === 'integer' || field.kind === 'size' || field.kind === 'secs' || field.kind === 'ms';
  if (numeric && /^\d+(\.\d+)?$/.test(value.trim())) return Number(value);
  if (field.kind === 'flag' && /^#?(true|false)$/.test(value.trim())) return value.trim().endsWith('true');
  return value;
}

// ---- variables

const variable = /\$(\$?)\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\})?/g;

type Expanded = { readonly value: unknown; readonly variables: readonly string[] } | { readonly problem: Problem };

/** `${NAME}` and `${NAME:-default}` inside any text; `$${` stays as `${`. The result is only ever a value. */
function expand({ value, at }: Value, environment: Environment): Expanded {
  if (typeof value !== 'string' || !value.includes('${')) return { value, variables: [] };
  const variables: string[] = [];
  const problems: Problem[] = [];
  const text = value.replace(variable, (whole, escaped: string, name?: string, fallback?: string) => {
    if (escaped !== '') return whole.slice(1);
    if (name === undefined) problems.push(malformed(at));
    else variables.push(name);
    const found = name !== undefined && Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (found !== undefined && (found !== '' || fallback === undefined)) return found;
    if (name !== undefined && fallback === undefined) problems.push(missing(name, at));
    return fallback ?? '';
  });
  const [first] = problems;
  return first === undefined ? { value: text, variables } : { problem: first };
}

function missing(name: string, at: Span): Problem {
  const hint = `set it, or give a default: \${${name}:-…}`;
  return problem('config-variable-missing', `the environment has no variable ${name}`, { at, hint });
}

function malformed(at: Span): Problem {
  const what = "'${' opens the name of a variable, and none follows: letters, digits, underscores, then '}' or ':-'";
  return problem('config-bad-value', what, { at, hint: "write '$${' for these two characters themselves" });
}

// ---- words

function misfit(
  written: Value,
  value: unknown,
  { key, field }: Wanted,
  { expected, hint, code }: { expected: string; hint: string | undefined; code: Code },
): Problem {
  const shown = field.kind.startsWith('secret') ? 'this value' : shownValue(value);
  return problem(code, `'${key}' takes ${expected}, not ${shown}`, { at: written.at, hint });
}

function shownValue(value: unknown): string {
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}

function outside(written: Value, value: unknown, wanted: Wanted): Problem {
  const { key, field } = wanted;
  const { at } = written;
  if (field.numbers !== undefined)
    return problem('config-bad-value', `'${key}' must be one of ${field.numbers.join(', ')}`, { at });
  if (field.kind === 'network')
    return problem('config-bad-value', `'${key}' must ${String(parseNetwork(String(value)))}`, { at });
  if (field.range !== undefined) return outOfBounds(at, Number(value), wanted, field.range);
  const [expected, usual] = shapes[field.kind] ?? ['be a text that is not empty and not too long', undefined];
  const hint = usual ?? (field.example && `for example ${field.example}`);
  return problem('config-bad-value', `'${key}' must ${field.shape?.words ?? expected}`, { at, hint });
}

function outOfBounds(at: Span, value: number, { key, field, unit }: Wanted, { least, most }: Range): Problem {
  const isDuration = field.kind === 'secs' || field.kind === 'ms';
  const inWords = isDuration ? formatDuration : (bound: number) => writtenValue(field, bound).replaceAll('"', '');
  const near = writtenValue(
    { ...field, kind: isDuration ? (unit ?? field.kind) : field.kind },
    value < least ? least : most,
  );
  const what = `'${key}' must be from ${inWords(least)} to ${inWords(most)}`;
  return problem('config-bad-value', what, { at, hint: `the nearest is ${near}` });
}

/** What the kinds without bounds look like. */
const shapes: { readonly [K in Field['kind']]?: readonly [expected: string, hint: string | undefined] } = {
  name: [
    'be a name: letters, digits, dots, dashes and underscores, at most 63, beginning with a letter or digit',
    undefined,
  ],
  address: ['be an address: host:port, [v6]:port or unix:/path', 'for example "127.0.0.1:8080"'],
};

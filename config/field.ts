// How one key of the language is described: the words with which `schema.ts` is written. Each word gives a zod type
// (the shape and the bounds of the value) and registers beside it what people and tools need: how it is written in KDL,
// unit, default, a sentence. Reader, reference, JSON Schema, completion and `show` all work from these descriptions.
// A description refuses to have an effect: that is elsewhere, and test/config/effects.test.ts asks for the proof.

import { z } from 'zod';
import type { Range } from './limits.ts';
import { parseNetwork } from './network.ts';
import { Secret } from './secret.ts';
import { formatDuration, formatSize, parseAddress } from './value.ts';

/** What a scalar's value is; `read-value.ts` knows how each kind is written. */
export type Kind =
  | 'text'
  | 'name'
  | 'integer'
  | 'flag'
  | 'size'
  | 'secs'
  | 'ms'
  | 'choice'
  | 'address'
  | 'secret-file'
  | 'secret'
  | 'pattern'
  | 'network'
  | 'folder'
  | 'file-path'
  | 'rule-path'
  | 'file';

/**
 * How a key stands in the file:
 *   scalar  `key VALUE`              list   `key V1 V2 …`
 *   block   `key { … }`              named  `keys { key "a" { … }; key "b" { … } }`
 *   items   `key V1 p=1; key V2`     map    `key { any "text"; … }`           json   `key { whatever }`
 * Items may take further arguments, where one of their properties is a list: `key V1 W1 W2 p=1`.
 */
export type Form = 'scalar' | 'list' | 'block' | 'named' | 'items' | 'map' | 'json';

/** Words that mean one of the choices, and words that mean none, with the reason that people are told. */
export interface OtherWords {
  readonly mean?: Readonly<Record<string, string>>;
  readonly refused?: Readonly<Record<string, string>>;
}

export interface Field {
  readonly form: Form;
  readonly kind: Kind;
  readonly doc: string;
  readonly since: string;
  readonly key?: string | undefined; // the KDL name where it is not the property's name in kebab case
  readonly item?: string | undefined; // named: what one is called (`listener` in `listeners`)
  readonly argument?: string | undefined; // items: the property that the argument fills
  readonly rest?: string | undefined; // items: the list that further arguments fill
  readonly fallback?: unknown; // the default, already as a value
  readonly range?: Range | undefined;
  readonly numbers?: readonly number[] | undefined; // the only ones, where a range would hold too many
  readonly choices?: readonly string[] | undefined;
  readonly otherWords?: OtherWords | undefined; // for choices, what else people write
  readonly words?: Readonly<Record<string, number>> | undefined; // integers that have names
  readonly example?: string | undefined;
  readonly shape?: Shape | undefined; // what every text of this key looks like; for maps, every value
  readonly names?: Shape | undefined; // for maps, what every name looks like
  readonly refersTo?: 'listeners' | 'routes' | 'upstreams' | 'agents' | 'filters' | undefined;
  readonly opens?: boolean | undefined; // may have a block, whose keys belong to the block that it stands in itself
  readonly security?: string | undefined; // why the default is the safe one: a row of the security table
}

/** What a text must look like, and how that is said: `'path' must ${words}`. */
export interface Shape {
  readonly expression: RegExp;
  readonly words: string;
  readonly takesNumbers?: boolean; // `200` for "200"
}

/** zod type -> its description. */
const fields = new WeakMap<z.ZodType, Field>();

export function fieldOf(type: z.ZodType): Field {
  const field = fields.get(type);
  if (field === undefined) throw new Error('a type in the schema has no description'); // our mistake: tested
  return field;
}

/** What every word takes besides its own. */
interface Common {
  readonly key?: string;
  readonly since?: string;
  readonly example?: string;
  readonly refersTo?: Field['refersTo'];
  readonly security?: string;
}

const firstVersion = '0.1.0';

function describe<T extends z.ZodType>(type: T, field: Omit<Field, 'since'> & { since?: string | undefined }): T {
  fields.set(type, { ...field, since: field.since ?? firstVersion });
  return type;
}

export function text(doc: string, options: Common & { fallback?: string; longest?: number; shape?: Shape } = {}) {
  const { longest = 4096, ...rest } = options;
  const bounded = z.string().min(1).max(longest);
  const type = options.shape === undefined ? bounded : bounded.regex(options.shape.expression);
  return describe(type, { form: 'scalar', kind: 'text', doc, ...rest });
}

/** A name given by the operator, or a reference to one: it appears in logs, metrics and messages. */
export function name(doc: string, options: Common = {}) {
  const type = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/);
  return describe(type, { form: 'scalar', kind: 'name', doc, ...options });
}

export function integer(doc: string, range: Range, options: Common & { words?: Record<string, number> } = {}) {
  const type = z.number().int().min(range.least).max(range.most);
  return describe(type, { form: 'scalar', kind: 'integer', doc, range, fallback: range.default, ...options });
}

/** A number that is one of a few: `status 308`. */
export function oneOf(doc: string, numbers: readonly number[], fallback: number, options: Common = {}) {
  const type = z.number().refine((written) => numbers.includes(written));
  return describe(type, { form: 'scalar', kind: 'integer', doc, numbers, fallback, ...options });
}

export function flag(doc: string, fallback: boolean, options: Common = {}) {
  return describe(z.boolean(), { form: 'scalar', kind: 'flag', doc, fallback, ...options });
}

export function size(doc: string, range: Range, options: Common = {}) {
  const type = z.number().int().min(range.least).max(range.most);
  return describe(type, { form: 'scalar', kind: 'size', doc, range, fallback: range.default, ...options });
}

/** A duration, a number of seconds unless the value names another unit. The value is in milliseconds. */
export function secs(doc: string, range: Range, options: Common = {}) {
  return duration('secs', doc, range, options);
}

/** A duration, a number of milliseconds unless the value names another unit. */
export function ms(doc: string, range: Range, options: Common = {}) {
  return duration('ms', doc, range, options);
}

function duration(kind: 'secs' | 'ms', doc: string, range: Range, options: Common) {
  const type = z.number().int().min(range.least).max(range.most);
  return describe(type, { form: 'scalar', kind, doc, range, fallback: range.default, ...options });
}

export function choice<const C extends readonly [string, ...string[]]>(
  doc: string,
  choices: C,
  options: Common & { fallback?: C[number]; opens?: boolean; otherWords?: OtherWords } = {},
) {
  return describe(z.enum(choices), { form: 'scalar', kind: 'choice', doc, choices, ...options });
}

export function address(doc: string, options: Common = {}) {
  const type = z.string().refine((written) => parseAddress(written) !== undefined);
  return describe(type, { form: 'scalar', kind: 'address', doc, ...options });
}

/** A regular expression in RE2's syntax; that it compiles is checked where re2 is at hand, in `refer.ts`. */
export function pattern(doc: string, options: Common = {}) {
  return describe(z.string().min(1).max(4096), { form: 'scalar', kind: 'pattern', doc, ...options });
}

/** `10.0.0.0/8`, `2001:db8::/32`, or an address alone. */
export function network(doc: string, options: Common = {}) {
  const type = z.string().refine((written) => typeof parseNetwork(written) !== 'string');
  return describe(type, { form: 'scalar', kind: 'network', doc, ...options });
}

/** The path of a file whose content is the value: read when the configuration is, never shown. */
export function secretFile(doc: string, options: Common = {}) {
  return describe(z.instanceof(Secret), { form: 'scalar', kind: 'secret-file', doc, ...options });
}

/** The path of a folder that exists, relative to the file that names it; the value is absolute. */
export function folder(doc: string, options: Common = {}) {
  return describe(z.string().min(1).max(4096), { form: 'scalar', kind: 'folder', doc, ...options });
}

/** The path of a file that can be read, relative to the file that names it; the value is absolute. Who uses it reads it. */
export function filePath(doc: string, options: Common = {}) {
  return describe(z.string().min(1).max(4096), { form: 'scalar', kind: 'file-path', doc, ...options });
}

/** Where rules of the firewall are: a word for those that are known, or a file, folder or pattern; the value is absolute. */
export function rulePath(doc: string, options: Common = {}) {
  return describe(z.string().min(1).max(4096), { form: 'scalar', kind: 'rule-path', doc, ...options });
}

/** Several values of one kind behind one key. Without any: the empty list, unless `atLeastOne`. */
export function list<T extends z.ZodType>(doc: string, of: T, options: Common & { atLeastOne?: boolean } = {}) {
  const { atLeastOne = false, ...rest } = options;
  const { kind, choices, otherWords, refersTo, example } = fieldOf(of);
  const type = atLeastOne ? z.array(of).min(1) : z.array(of);
  const fallback = atLeastOne ? undefined : [];
  return describe(type, { form: 'list', kind, choices, otherWords, refersTo, example, doc, fallback, ...rest });
}

export function block<S extends z.ZodRawShape>(doc: string, shape: S, options: Common = {}) {
  return describe(z.strictObject(shape), { form: 'block', kind: 'text', doc, ...options });
}

/** A block of things with names: `routes { route "a" { … } }`. The order of the file is kept. */
export function named<S extends z.ZodRawShape>(item: string, doc: string, shape: S, options: Common = {}) {
  const type = z.array(z.strictObject({ name: name(`The name of the ${item}.`), ...shape }));
  return describe(type, { form: 'named', kind: 'text', item, doc, fallback: [], ...options });
}

/**
 * A key that may be repeated, each with one argument and further properties: `target "10.0.0.1:80" weight=2`. With
 * `rest`, further arguments too: `header "X-Beta" "1" "2"`. With `fallback: []` it may be left out.
 */
export function items<S extends z.ZodRawShape>(
  argument: string,
  doc: string,
  shape: S,
  options: Common & { rest?: string; fallback?: readonly [] } = {},
) {
  const array = z.array(z.strictObject(shape));
  const type = options.fallback === undefined ? array.min(1) : array;
  return describe(type, { form: 'items', kind: 'text', argument, doc, ...options });
}

/** A block whose keys the operator chooses: header names, variables. */
export function map(doc: string, options: Common & { names: Shape; shape: Shape }) {
  return describe(z.record(z.string().regex(options.names.expression), z.string().regex(options.shape.expression)), {
    form: 'map',
    kind: 'text',
    doc,
    fallback: {},
    ...options,
  });
}

/** A text file that was read with the configuration, so that nobody reads it later: the path is for people. */
export interface FileText {
  readonly path: string;
  readonly text: string;
}

/** As `map`, with values that are paths of text files. */
export function fileMap(doc: string, options: Common & { names: Shape }) {
  const file = z.strictObject({ path: z.string(), text: z.string() });
  return describe(z.record(z.string().regex(options.names.expression), file), {
    form: 'map',
    kind: 'file',
    doc,
    fallback: {},
    ...options,
  });
}

/** As `map`, with values that are never shown. */
export function secretMap(doc: string, options: Common & { names: Shape }) {
  return describe(z.record(z.string().regex(options.names.expression), z.instanceof(Secret)), {
    form: 'map',
    kind: 'secret',
    doc,
    fallback: {},
    ...options,
  });
}

/** A block handed on as JSON, whatever it holds. */
export function json(doc: string, options: Common = {}) {
  return describe(z.json().optional(), { form: 'json', kind: 'text', doc, ...options });
}

/** The same key, which may be left out without anything taking its place. */
export function optional<T extends z.ZodType>(of: T): z.ZodOptional<T> {
  const { fallback: _, ...field } = fieldOf(of);
  return describe(z.optional(of), field);
}

export function isOptional(type: z.ZodType): boolean {
  return type instanceof z.ZodOptional;
}

/** The KDL name of a property: `maxConnections` -> `max-connections`, `headerMs` -> `header-secs` or `header-ms`. */
export function keyOf(property: string, field: Field): string {
  if (field.key !== undefined) return field.key;
  const unit = field.kind === 'secs' || field.kind === 'ms';
  const base = unit ? property.replace(/Ms$/, '') : property;
  const kebab = base.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return unit ? `${kebab}-${field.kind}` : kebab;
}

/** A value as a person would write it in the file. */
export function writtenValue(field: Field, value: unknown): string {
  if (field.kind === 'size' && typeof value === 'number') return `"${formatSize(value)}"`;
  if ((field.kind === 'secs' || field.kind === 'ms') && typeof value === 'number')
    return writtenDuration(field.kind, value);
  if (typeof value === 'boolean') return `#${value}`;
  if (typeof value === 'number') return String(value);
  return JSON.stringify(String(value));
}

function writtenDuration(kind: 'secs' | 'ms', milliseconds: number): string {
  if (kind === 'ms') return String(milliseconds);
  return milliseconds % 1000 === 0 ? String(milliseconds / 1000) : `"${formatDuration(milliseconds)}"`;
}

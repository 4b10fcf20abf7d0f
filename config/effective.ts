// A configuration written out again, value by value, in the words of the language: what `show` prints, what `diff`
// compares, what `--json` gives. Secrets are masked here by construction: they are never revealed.

import { type Field, type FileText, fieldOf, keyOf, writtenValue } from './field.ts';
import type { Origin, Origins } from './origin.ts';
import { type Config, configSchema } from './schema.ts';
import { Secret, secretMask } from './secret.ts';
import { shapeOf } from './walk.ts';

export interface EffectiveValue {
  readonly kind: 'value';
  readonly path: string; // `routes.api.policies.timeout-secs`
  readonly key: string; // `timeout-secs`
  readonly line: string; // `timeout-secs 30`
  readonly written: string; // `30`
  readonly data: unknown; // 30, for JSON: sizes in bytes, durations in the unit of the key
  readonly field: Field;
  readonly origin: Origin;
}

export interface EffectiveBlock {
  readonly kind: 'block';
  readonly path: string;
  readonly line: string; // `route "api"`
  readonly name: string; // `api`, or the key
  readonly item: boolean; // one of a named collection
  readonly entries: readonly Effective[];
}

export type Effective = EffectiveValue | EffectiveBlock;

/** The whole configuration in the order of the reference, the empty left out. */
export function effective(config: Config, origins: Origins): Effective[] {
  return entriesOf({ origins, path: '', language: '' }, shapeOf(configSchema), config);
}

/** Every value below, depth first. */
export function values(entries: readonly Effective[]): EffectiveValue[] {
  return entries.flatMap((entry) => (entry.kind === 'value' ? [entry] : values(entry.entries)));
}

/** As plain data: blocks and named things by name, repeated keys as a list. */
export function asData(entries: readonly Effective[]): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const entry of entries) {
    if (entry.kind === 'block') data[entry.name] = asData(entry.entries);
    else if (entry.field.form !== 'items') data[entry.key] = entry.data;
    else data[entry.key] = [...((data[entry.key] as unknown[] | undefined) ?? []), entry.data];
  }
  return data;
}

interface Place {
  readonly origins: Origins;
  readonly path: string; // in the configuration: `routes.0.policies`
  readonly language: string; // for people: `routes.api.policies`
}

function entriesOf(place: Place, shape: ReturnType<typeof shapeOf>, value: unknown): Effective[] {
  return Object.entries(shape).flatMap(([property, type]): Effective[] => {
    const inner: unknown = (value as Record<string, unknown>)[property];
    const field = fieldOf(type);
    const key = keyOf(property, field);
    const at = below(place, property, key);
    if (isEmpty(inner)) return [];
    if (field.form === 'block') return [blockOf(at, key, key, entriesOf(at, shapeOf(type), inner))];
    if (field.form === 'named') return [namedOf(at, key, field, type, inner)];
    if (field.form === 'items') return itemsOf(at, key, type, inner);
    return [writtenOf(at, key, field, inner)];
  });
}

function below({ origins, path, language }: Place, property: string, key: string): Place {
  const join = (one: string, other: string) => (one === '' ? other : `${one}.${other}`);
  return { origins, path: join(path, property), language: join(language, key) };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true;
  if (value instanceof Secret || typeof value !== 'object' || value === null) return false;
  return Object.keys(value).length === 0;
}

function blockOf(
  place: Place,
  line: string,
  name: string,
  entries: readonly Effective[],
  item = false,
): EffectiveBlock {
  return { kind: 'block', path: place.language, line, name, item, entries };
}

function namedOf(
  place: Place,
  key: string,
  field: Field,
  type: Parameters<typeof shapeOf>[0],
  value: unknown,
): EffectiveBlock {
  const { name: _, ...shape } = shapeOf(type);
  const items = (value as Array<{ name: string }>).map((one, index) => {
    const at = below(place, String(index), one.name);
    return blockOf(at, `${field.item} ${JSON.stringify(one.name)}`, one.name, entriesOf(at, shape, one), true);
  });
  return blockOf(place, key, key, items);
}

function itemsOf(place: Place, key: string, type: Parameters<typeof shapeOf>[0], value: unknown): EffectiveValue[] {
  const { argument = '', rest } = fieldOf(type);
  const shape = shapeOf(type);
  const list = value as Array<Record<string, unknown>>;
  return list.map((one, index) => {
    const at = below(place, String(index), String(one[argument]));
    const more = rest === undefined ? [] : (one[rest] as readonly unknown[]).map((text) => JSON.stringify(text));
    const properties = Object.entries(shape).filter(
      ([property]) => property !== argument && property !== rest && one[property] !== undefined,
    );
    const written = properties.map(
      ([property, child]) => `${keyOf(property, fieldOf(child))}=${writtenValue(fieldOf(child), one[property])}`,
    );
    const all = [JSON.stringify(one[argument]), ...more, ...written].join(' ');
    const before = list.slice(0, index).filter((other) => other[argument] === one[argument]).length;
    const path = `${place.language}.${one[argument]}${before === 0 ? '' : `.${before + 1}`}`;
    return {
      kind: 'value',
      path,
      key,
      line: `${key} ${all}`,
      written: all,
      data: one,
      field: fieldOf(type),
      origin: place.origins.get(at.path),
    };
  });
}

function writtenOf(place: Place, key: string, field: Field, value: unknown): EffectiveValue {
  const written = writtenForm(field, value);
  const origin = originOf(place, value);
  return {
    kind: 'value',
    path: place.language,
    key,
    line: `${key} ${written}`,
    written,
    data: dataForm(field, value),
    field,
    origin,
  };
}

/** The key's place, with the variables that went into any of its values. */
function originOf({ origins, path }: Place, value: unknown): Origin {
  const own = origins.get(path);
  if (typeof value !== 'object' || value === null || value instanceof Secret) return own;
  const inner = Object.keys(value).flatMap((name) =>
    origins.has(`${path}.${name}`) ? origins.get(`${path}.${name}`).variables : [],
  );
  return { ...own, variables: [...new Set([...own.variables, ...inner])] };
}

function writtenForm(field: Field, value: unknown): string {
  if (field.form === 'list') return (value as unknown[]).map((one) => writtenValue(field, one)).join(' ');
  if (field.form === 'map')
    return `{ ${Object.entries(value as object)
      .map(([name, one]) => `${nodeName(name)} ${JSON.stringify(mapValue(field, one))}`)
      .join('; ')} }`;
  if (field.form === 'json') return jsonBlock(value);
  return value instanceof Secret ? JSON.stringify(secretMask) : writtenValue(field, value);
}

/** Of a file, its path: what stands in it is nobody's configuration. */
function mapValue(field: Field, value: unknown): string {
  return field.kind === 'file' ? (value as FileText).path : String(value);
}

/** JSON as the KDL that gives it. */
function jsonBlock(value: unknown): string {
  if (Array.isArray(value)) {
    const scalars = value.length > 1 && value.every((one) => typeof one !== 'object' || one === null);
    return scalars ? value.map(jsonScalar).join(' ') : `{ ${value.map((one) => `- ${jsonBlock(one)}`).join('; ')} }`;
  }
  if (typeof value !== 'object' || value === null) return jsonScalar(value);
  return `{ ${Object.entries(value)
    .map(([name, one]) => `${nodeName(name)} ${jsonBlock(one)}`)
    .join('; ')} }`;
}

function jsonScalar(value: unknown): string {
  return typeof value === 'boolean' || value === null ? `#${value}` : JSON.stringify(value);
}

function nodeName(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) && !/^(true|false|null|inf|nan)$/.test(name) ? name : JSON.stringify(name);
}

function dataForm(field: Field, value: unknown): unknown {
  if (field.kind === 'secs' && typeof value === 'number') return value / 1000;
  if (value instanceof Secret) return secretMask;
  if (field.kind === 'file') {
    const files = Object.entries(value as Record<string, FileText>);
    return Object.fromEntries(files.map(([name, one]) => [name, mapValue(field, one)]));
  }
  return JSON.parse(JSON.stringify(value));
}

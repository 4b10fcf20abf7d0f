// The value behind a key that has no keys of its own: one, a list, or a map whose names the operator chooses. Notes where each
// came from, and asks the world for what a value names there: a secret, a file, a folder.

import type { z } from 'zod';
import { type Context, type FieldInput, keep, type Layer, layerOf, report } from './checking.ts';
import type { Problem } from './errors.ts';
import { type Field, fieldOf, isOptional, keyOf } from './field.ts';
import { anyString, freeText } from './json-value.ts';
import {
  refuseArguments,
  refuseBlockAndProperties,
  reportExtraValues,
  reportRepeated,
  reportValueMissing,
} from './key-problems.ts';
import type { Node, Value } from './parse.ts';
import { readValue } from './read-value.ts';
import { Secret } from './secret.ts';
import type { Span } from './source.ts';
import { unwrapped } from './walk.ts';

export function fallback(context: Context, { property, type, owner }: FieldInput): unknown {
  const field = fieldOf(type);
  if (field.fallback !== undefined || isOptional(type) || context.partial) return field.fallback;
  const key = keyOf(property, field);
  const example = field.example?.startsWith(key) ? field.example : `${key} ${field.example ?? '…'}`;
  report(context, 'config-missing-key', `'${key}' is missing ${owner.what}`, { at: owner.at, hint: `add: ${example}` });
  return undefined;
}

export function readScalar(context: Context, input: FieldInput, node: Node, layer: Layer): unknown {
  const [value, ...more] = node.args;
  refuseBlockAndProperties(context, node);
  if (value === undefined) return reportValueMissing(context, input, node);
  reportExtraValues(context, node, more);
  return readOne(context, { type: input.type, key: node.name, path: input.path }, value, layer);
}

function readOne(
  context: Context,
  { type, key, path }: { type: z.ZodType; key: string; path: string },
  value: Value,
  layer: Layer,
): unknown {
  const field = fieldOf(type);
  const unit = /[-_](secs|ms)$/.exec(key)?.[1] as 'secs' | 'ms' | undefined;
  const read = readValue(value, { key, field, type: unwrapped(type), unit }, context.environment);
  if (!read.ok) return keep(context, read.problem);
  context.origins.set(path, { kind: layer.kind, at: value.at, variables: read.variables });
  const look = lookersFor(context)[field.kind];
  if (look === undefined) return read.value;
  const found = look(String(read.value), value.at);
  return typeof found === 'string' || found instanceof Secret ? found : keep(context, found as Problem);
}

/** Kinds of value that stand for something on the disk. */
function lookersFor(context: Context): { readonly [K in Field['kind']]?: (path: string, at: Span) => unknown } {
  return { 'secret-file': context.readSecret, ...context.look };
}

export function readList(context: Context, { type, path }: FieldInput, node: Node, layer: Layer): unknown[] {
  refuseBlockAndProperties(context, node);
  const array = unwrapped(type) as z.ZodArray<z.ZodType>;
  if (node.args.length === 0) {
    const { example } = fieldOf(array.element);
    report(context, 'config-missing-value', `'${node.name}' stands without a value`, {
      at: node.nameAt,
      hint: `write: ${node.name} ${example ?? '…'}`,
    });
  }
  return node.args.map((value, index) =>
    readOne(context, { type: array.element, key: node.name, path: `${path}.${index}` }, value, layer),
  );
}

export function readMap(context: Context, { type, found, path }: FieldInput): Record<string, unknown> {
  const { kind } = fieldOf(type);
  const map = new Map<string, unknown>();
  for (const { nodes, layer } of found) {
    const { entries } = layerOf(context, nodes, layer.kind);
    for (const node of nodes) refuseArguments(context, node);
    reportRepeatedNames(context, entries);
    context.origins.set(path, { kind: layer.kind, at: nodes[0]?.nameAt, variables: [] });
    for (const entry of entries) {
      const value = readMapEntry(context, entry, fieldOf(type), `${path}.${entry.name}`, layer);
      map.set(entry.name, kind === 'secret' && typeof value === 'string' ? new Secret(value) : value);
    }
  }
  return Object.fromEntries(map);
}

function reportRepeatedNames(context: Context, entries: readonly Node[]): void {
  const seen = new Map<string, Node>();
  for (const entry of entries) {
    const first = seen.get(entry.name);
    if (first !== undefined) reportRepeated(context, entry, first);
    else seen.set(entry.name, entry);
  }
}

function readMapEntry(
  context: Context,
  entry: Node,
  { names, shape, kind }: Field,
  path: string,
  layer: Layer,
): unknown {
  const [value, ...more] = entry.args;
  refuseBlockAndProperties(context, entry);
  if (value === undefined)
    return report(context, 'config-missing-value', `'${entry.name}' stands without a value`, {
      at: entry.nameAt,
      hint: `write: ${entry.name} "…"`,
    });
  reportExtraValues(context, entry, more);
  // zod's records leave `__proto__` out without a word.
  if (names !== undefined && (!names.expression.test(entry.name) || entry.name === '__proto__'))
    report(context, 'config-bad-value', `'${entry.name}' must ${names.words}`, { at: entry.nameAt });
  const read = readValue(value, { key: entry.name, field: freeText, type: anyString }, context.environment);
  if (!read.ok) return keep(context, read.problem);
  if (shape !== undefined && !shape.expression.test(String(read.value)))
    report(context, 'config-bad-value', `'${entry.name}' must ${shape.words}`, { at: value.at });
  context.origins.set(path, { kind: layer.kind, at: value.at, variables: read.variables });
  if (kind !== 'file') return read.value;
  const file = context.readText(String(read.value), value.at);
  return 'text' in file ? file : keep(context, file);
}

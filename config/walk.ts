// The schema as a list: every key with its path in the language (`routes.route.policies.timeout-secs`), in the order
// of the reference. What documents, completes, diffs or checks the schema itself walks it here and nowhere else.

import { z } from 'zod';
import { type Field, fieldOf, keyOf } from './field.ts';
import { configSchema } from './schema.ts';

export interface SchemaKey {
  readonly path: string; // KDL names joined by dots, with the item's name in named collections
  readonly key: string; // the last of them
  readonly property: string; // the name in `Config`
  readonly field: Field;
  readonly type: z.ZodType;
  readonly parent: string; // '' at the top
}

let known: readonly SchemaKey[] | undefined;

/** Every key below the root, blocks included, parents before children. */
export function schemaKeys(): readonly SchemaKey[] {
  known ??= keysBelow(configSchema, '');
  return known;
}

/** The keys that hold a value: all but the blocks around them. */
export function valueKeys(): SchemaKey[] {
  return schemaKeys().filter(({ field }) => field.form !== 'block' && field.form !== 'named');
}

function keysBelow(type: z.ZodType, parent: string): SchemaKey[] {
  return Object.entries(shapeOf(type)).flatMap(([property, child]) => {
    const field = fieldOf(child);
    if (property === 'name' && fieldOf(child).kind === 'name' && isItem(type)) return [];
    const key = keyOf(property, field);
    const path = parent === '' ? key : `${parent}.${key}`;
    const own: SchemaKey = { path, key, property, field, type: child, parent };
    const below = field.item === undefined ? path : `${path}.${field.item}`;
    return [own, ...keysBelow(child, below)];
  });
}

/** True for the object type of a named collection's items: its `name` is the argument, not a key. */
function isItem(type: z.ZodType): boolean {
  const inner = unwrapped(type);
  return inner instanceof z.ZodArray;
}

/** The properties of a block, of a named collection's items, or of repeated items; nothing for everything else. */
export function shapeOf(type: z.ZodType): Readonly<Record<string, z.ZodType>> {
  const inner = unwrapped(type);
  if (inner instanceof z.ZodObject) return inner.shape as Record<string, z.ZodType>;
  if (inner instanceof z.ZodArray)
    return inner.element instanceof z.ZodObject ? (inner.element.shape as Record<string, z.ZodType>) : {};
  return {};
}

/** The type that `optional` was put around. */
export function unwrapped(type: z.ZodType): z.ZodType {
  return type instanceof z.ZodOptional ? (type.unwrap() as z.ZodType) : type;
}

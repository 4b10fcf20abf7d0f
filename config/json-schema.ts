// The language as JSON Schema (draft 2020-12), for editors and programs. It describes the data that `show --json` prints:
// blocks and named things are objects by name, durations are numbers in the unit of their key, sizes are bytes.

import type { z } from 'zod';
import { type Field, fieldOf, isOptional, keyOf } from './field.ts';
import { configSchema } from './schema.ts';
import { shapeOf, unwrapped } from './walk.ts';

type Json = Record<string, unknown>;

export function jsonSchema(): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'sentinel-stack configuration',
    ...blockSchema(shapeOf(configSchema)),
  };
}

function blockSchema(shape: Readonly<Record<string, z.ZodType>>): Json {
  const entries = Object.entries(shape);
  const required = entries
    .filter(([, type]) => isRequired(type))
    .map(([property, type]) => keyOf(property, fieldOf(type)));
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([property, type]) => [keyOf(property, fieldOf(type)), describe(type)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

/** A value that has no default and may not be left out. */
function isRequired(type: z.ZodType): boolean {
  const { form, fallback } = fieldOf(type);
  const valued = form === 'scalar' || form === 'list' || form === 'items';
  return valued && fallback === undefined && !isOptional(type);
}

function describe(type: z.ZodType): Json {
  const field = fieldOf(type);
  return { description: field.doc, ...formSchema(field, type) };
}

function formSchema(field: Field, type: z.ZodType): Json {
  switch (field.form) {
    case 'block':
      return blockSchema(shapeOf(type));
    case 'named': {
      const { name: _, ...shape } = shapeOf(type);
      return { type: 'object', additionalProperties: blockSchema(shape) };
    }
    case 'items':
      return {
        type: 'array',
        minItems: field.fallback === undefined ? 1 : 0,
        items: itemSchema(shapeOf(type)),
        ...withDefault(field),
      };
    case 'list':
      return { type: 'array', items: scalarSchema(elementOf(type)), ...withDefault(field) };
    case 'map':
      return { type: 'object', additionalProperties: { type: 'string' } };
    case 'json':
      return {};
    case 'scalar':
      return { ...scalarSchema(field), ...withDefault(field) };
    default:
      return field.form satisfies never;
  }
}

/** Repeated items keep the names of `Config`: they are data, not keys of the language. */
function itemSchema(shape: Readonly<Record<string, z.ZodType>>): Json {
  const properties = Object.fromEntries(Object.entries(shape).map(([property, type]) => [property, describe(type)]));
  return { type: 'object', properties, additionalProperties: false };
}

function elementOf(type: z.ZodType): Field {
  return fieldOf((unwrapped(type) as z.ZodArray<z.ZodType>).element);
}

function scalarSchema(field: Field): Json {
  if (field.choices !== undefined) return { type: 'string', enum: field.choices };
  if (field.kind === 'flag') return { type: 'boolean' };
  if (field.numbers !== undefined) return { type: 'integer', enum: field.numbers };
  if (field.range !== undefined) return numberSchema(field);
  return { type: 'string', ...(field.shape === undefined ? {} : { pattern: field.shape.expression.source }) };
}

function numberSchema(field: Field): Json {
  const scale = field.kind === 'secs' ? 1000 : 1;
  const bounds = { minimum: (field.range?.least ?? 0) / scale, maximum: (field.range?.most ?? 0) / scale };
  return { type: field.kind === 'secs' ? 'number' : 'integer', ...bounds };
}

function withDefault(field: Field): Json {
  if (field.fallback === undefined) return {};
  return { default: field.kind === 'secs' ? Number(field.fallback) / 1000 : field.fallback };
}

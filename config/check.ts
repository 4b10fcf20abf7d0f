// Tree -> configuration: every node against its description in the schema. Collects every problem instead of stopping at
// the first; fills defaults (a named thing's own keys, over `defaults` blocks before it, over the language's); remembers
// where each value came from. Whether names refer to something that exists is asked afterwards, in `refer.ts`.
// The shaping idea is the *layer* (checking.ts): what is written for one block in one place. A block is read from its layers together,
// the last winning key by key, so `defaults` and blocks repeated over included files are one mechanism.

import type { z } from 'zod';
import {
  type CheckInput,
  type Context,
  contextOf,
  type FieldInput,
  type Index,
  keep,
  type Layer,
  layerOf,
  normalName,
  type Owner,
  report,
  type Shape,
  shapeWithout,
} from './checking.ts';
import type { Problem } from './errors.ts';
import { type Field, fieldOf, isOptional, keyOf } from './field.ts';
import { restOf, withArguments } from './item-arguments.ts';
import { jsonOf } from './json-value.ts';
import { refuseArguments, refuseBareItem, refuseProperties, reportRepeated, reportUnknown } from './key-problems.ts';
import { fallback, readList, readMap, readScalar } from './key-values.ts';
import { opened } from './opened.ts';
import { Origins } from './origin.ts';
import type { Node } from './parse.ts';
import { configSchema } from './schema.ts';
import { shapeOf } from './walk.ts';

export interface Checked {
  readonly config: unknown; // a `Config` if there are no errors
  readonly origins: Origins;
  readonly problems: readonly Problem[];
}

export function check({ nodes, ...world }: CheckInput): Checked {
  const context = contextOf(world);
  const root: Owner = { what: 'at the top level', at: nodes[0]?.nameAt, path: '' };
  const entries = takeDefaults(context, nodes, root);
  const config = readBlock(context, shapeOf(configSchema), [{ entries, kind: 'file', repeatable: true }], '', root);
  return { config, origins: context.origins, problems: [...context.problems.values()] };
}

// ---- blocks

function readBlock(
  context: Context,
  shape: Shape,
  layers: readonly Layer[],
  path: string,
  owner: Owner,
): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const indexes = layers.map((layer) => ({ layer, index: indexOf(context, layer, shape, owner) }));
  for (const [property, child] of Object.entries(shape)) {
    const found = indexes.flatMap(({ layer, index }) => {
      const nodes = index.get(property);
      return nodes === undefined ? [] : [{ nodes, layer }];
    });
    const read = readField(context, {
      property,
      type: child,
      found,
      path: path === '' ? property : `${path}.${property}`,
      owner,
    });
    if (read !== undefined) value[property] = read;
  }
  return value;
}

/** Sorts a layer's keys by property, and says which are unknown or stand twice. */
function indexOf(context: Context, layer: Layer, shape: Shape, owner: Owner): Index {
  const known = context.indexes.get(layer);
  if (known !== undefined) return known;
  const byKey = propertiesByKey(shape);
  const index = new Map<string, Node[]>();
  for (const entry of layer.entries.flatMap((one) => opened(one, shape[byKey.get(normalName(one.name)) ?? '']))) {
    const property = byKey.get(normalName(entry.name));
    const before = property === undefined ? undefined : index.get(property);
    if (property === undefined) reportUnknown(context, entry, [...byKey.keys()], owner);
    else if (before === undefined) index.set(property, [entry]);
    else if (mayRepeat(fieldOf(shape[property] as z.ZodType), layer)) before.push(entry);
    else reportRepeated(context, entry, before[0]);
  }
  context.indexes.set(layer, index);
  return index;
}

const keysOfShapes = new WeakMap<Shape, ReadonlyMap<string, string>>();

/** KDL name -> property. A duration answers to both its units: `timeout-secs` and `timeout-ms`. */
function propertiesByKey(shape: Shape): ReadonlyMap<string, string> {
  const known = keysOfShapes.get(shape);
  if (known !== undefined) return known;
  const byKey = new Map<string, string>();
  for (const [property, type] of Object.entries(shape)) {
    const field = fieldOf(type);
    const key = keyOf(property, field);
    byKey.set(key, property);
    if (field.kind === 'secs') byKey.set(key.replace(/secs$/, 'ms'), property);
    if (field.kind === 'ms') byKey.set(key.replace(/ms$/, 'secs'), property);
  }
  keysOfShapes.set(shape, byKey);
  return byKey;
}

function mayRepeat(field: Field, layer: Layer): boolean {
  return field.form === 'items' || (layer.repeatable && (field.form === 'block' || field.form === 'named'));
}

// ---- keys

function readField(context: Context, input: FieldInput): unknown {
  const { form } = fieldOf(input.type);
  if (form === 'block') return readInnerBlock(context, input);
  if (form === 'named') return readNamed(context, input);
  if (form === 'map') return readMap(context, input);
  const last = input.found.at(-1);
  const node = last?.nodes.at(-1);
  if (last === undefined || node === undefined) return fallback(context, input);
  context.origins.set(input.path, { kind: last.layer.kind, at: node.nameAt, variables: [] });
  if (form === 'items') return last.nodes.map((one, index) => readItem(context, input, one, last.layer, index));
  if (form === 'list') return readList(context, input, node, last.layer);
  if (form === 'json') return jsonOf({ environment: context.environment, keep: (found) => keep(context, found) }, node);
  return readScalar(context, input, node, last.layer);
}

/** `target "127.0.0.1:80" weight=2`, or its properties as a block; `header "X-A" "1" "2"` where it takes a rest. */
function readItem(
  context: Context,
  { type, path, owner }: FieldInput,
  written: Node,
  layer: Layer,
  index: number,
): unknown {
  const { argument = '', rest } = fieldOf(type);
  const restKey = rest === undefined ? undefined : keyOf(rest, fieldOf(shapeOf(type)[rest] as z.ZodType));
  const node = withArguments(written, ({ name }) => normalName(name) === restKey);
  const first = shapeOf(type)[argument];
  const shape = shapeWithout(type, argument);
  const args = rest === undefined ? node.args : node.args.slice(0, 1);
  const itemPath = `${path}.${index}`;
  const what = `in ${node.name} ${JSON.stringify(node.args[0]?.value ?? '')}`;
  context.origins.set(itemPath, { kind: layer.kind, at: node.nameAt, variables: [] });
  const value =
    first &&
    readScalar(
      context,
      { property: argument, type: first, found: [], path: `${itemPath}.${argument}`, owner },
      { ...node, args, properties: [], children: undefined },
      layer,
    );
  const own = layerOf(context, [node], layer.kind);
  const inner = readBlock(context, shape, [{ ...own, entries: [...restOf(node, restKey), ...own.entries] }], itemPath, {
    what,
    at: node.nameAt,
    path: `${owner.path}.${keyOf(path.split('.').at(-1) ?? '', fieldOf(type))}`,
  });
  return { [argument]: value, ...inner };
}

// ---- blocks inside blocks

function readInnerBlock(context: Context, { property, type, found, path, owner }: FieldInput): unknown {
  if (found.length === 0 && isOptional(type)) return undefined;
  const key = keyOf(property, fieldOf(type));
  const last = found.at(-1)?.nodes.at(-1);
  for (const { nodes } of found) for (const node of nodes) refuseArguments(context, node);
  if (last !== undefined) context.origins.set(path, { kind: 'file', at: last.nameAt, variables: [] });
  const layers = found.map(({ nodes, layer }) => layerOf(context, nodes, layer.kind));
  const what = last === undefined ? `${owner.what}, block '${key}'` : `in '${key}'`;
  const inner: Owner = { what, at: last?.nameAt ?? owner.at, path: owner.path === '' ? key : `${owner.path}.${key}` };
  return readBlock(context, shapeOf(type), layers, path, inner);
}

// ---- named things and their defaults

function readNamed(context: Context, { property, type, found, path }: FieldInput): unknown[] {
  const field = fieldOf(type);
  const key = keyOf(property, field);
  const items: unknown[] = [];
  const seen = new Map<string, Node>();
  for (const node of found.flatMap(({ nodes }) => nodes)) {
    refuseArguments(context, node);
    refuseProperties(context, node);
    const layers = [...(context.defaultsBefore.get(node) ?? [])];
    for (const entry of node.children ?? []) {
      const name = normalName(entry.name);
      if (name === 'defaults') layers.push(takeDefaultsOf(context, entry, type, `${key}.${field.item}`));
      else if (name === field.item)
        items.push(
          ...readNamedItem(
            context,
            { type, path: `${path}.${items.length}`, languagePath: `${key}.${field.item}` },
            entry,
            layers,
            seen,
          ),
        );
      else
        reportUnknown(context, entry, [field.item ?? '', 'defaults'], {
          what: `in '${key}'`,
          at: node.nameAt,
          path: key,
        });
    }
  }
  return items;
}

function readNamedItem(
  context: Context,
  { type, path, languagePath }: { type: z.ZodType; path: string; languagePath: string },
  node: Node,
  layers: readonly Layer[],
  seen: Map<string, Node>,
): unknown[] {
  const nameType = shapeOf(type)['name'];
  const shape = shapeWithout(type, 'name');
  context.origins.set(path, { kind: 'file', at: node.nameAt, variables: [] });
  if (node.children === undefined && node.args.length > 0 && node.properties.length === 0)
    refuseBareItem(context, node);
  const bare = { ...node, properties: [], children: undefined };
  const name =
    nameType &&
    readScalar(
      context,
      {
        property: 'name',
        type: nameType,
        found: [],
        path: `${path}.name`,
        owner: { what: '', at: node.nameAt, path: '' },
      },
      bare,
      layerOf(context, [node], 'file'),
    );
  const first = typeof name === 'string' ? seen.get(name) : undefined;
  if (first !== undefined) {
    const other = { what: 'the other one is here', at: first.args[0]?.at ?? first.nameAt };
    report(context, 'config-duplicate-name', `there are two ${node.name}s of the name "${name}"`, {
      at: node.args[0]?.at ?? node.nameAt,
      hint: 'rename one of them',
      other,
    });
  } else if (typeof name === 'string') seen.set(name, node);
  const what = `in ${node.name} ${JSON.stringify(name ?? '')}`;
  return [
    {
      name,
      ...readBlock(context, shape, [...layers, layerOf(context, [node], 'file')], path, {
        what,
        at: node.args[0]?.at ?? node.nameAt,
        path: languagePath,
      }),
    },
  ];
}

/** Takes `defaults { route { … } }` out of the top level, and notes for each collection which stand above it. */
function takeDefaults(context: Context, nodes: readonly Node[], root: Owner): Node[] {
  const collections = Object.entries(shapeOf(configSchema)).filter(([, type]) => fieldOf(type).form === 'named');
  const sofar = new Map<string, Layer[]>();
  const rest: Node[] = [];
  for (const node of nodes) {
    if (normalName(node.name) === 'defaults') {
      refuseArguments(context, node);
      for (const entry of node.children ?? []) {
        const found = collections.find(([, type]) => fieldOf(type).item === normalName(entry.name));
        if (found === undefined)
          reportUnknown(
            context,
            entry,
            collections.map(([, type]) => fieldOf(type).item ?? ''),
            { ...root, what: "in 'defaults'", path: 'defaults' },
          );
        else
          sofar.set(found[0], [
            ...(sofar.get(found[0]) ?? []),
            takeDefaultsOf(context, entry, found[1], `${found[0]}.${entry.name}`),
          ]);
      }
      continue;
    }
    rest.push(node);
    context.defaultsBefore.set(node, [...(sofar.get(normalName(node.name)) ?? [])]);
  }
  return rest;
}

/** A `defaults` block as a layer, read once by itself so that its mistakes are found even if nothing follows it. */
function takeDefaultsOf(context: Context, node: Node, type: z.ZodType, languagePath: string): Layer {
  refuseArguments(context, node);
  const layer = layerOf(context, [node], 'defaults');
  const shape = shapeWithout(type, 'name');
  const alone: Context = { ...context, partial: true, origins: new Origins() };
  readBlock(alone, shape, [layer], '', { what: "in 'defaults'", at: node.nameAt, path: languagePath });
  return layer;
}

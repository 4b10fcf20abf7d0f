// Tree -> configuration: every node against its description in the schema. Collects every problem instead of stopping at
// the first; fills defaults (a named thing's own keys, over `defaults` blocks before it, over the language's); remembers
// where each value came from. Whether names refer to something that exists is asked afterwards, in `refer.ts`.
// The shaping idea is the *layer*: what is written for one block in one place. A block is read from its layers together,
// the last winning key by key, so `defaults` and blocks repeated over included files are one mechanism.

import type { z } from 'zod';
import { announced } from './announced.ts';
import { type Code, type Problem, type ProblemDetails, problem } from './errors.ts';
import { type Field, type FileText, fieldOf, isOptional, keyOf } from './field.ts';
import { restOf, withArguments } from './item-arguments.ts';
import { anyString, asNode, freeText, jsonOf } from './json-value.ts';
import { configurationLimits } from './limits.ts';
import { opened } from './opened.ts';
import { type OriginKind, Origins } from './origin.ts';
import type { Node, Value } from './parse.ts';
import { type Environment, readValue } from './read-value.ts';
import { configSchema } from './schema.ts';
import { Secret } from './secret.ts';
import type { Span } from './source.ts';
import { suggest } from './suggest.ts';
import { schemaKeys, shapeOf, unwrapped } from './walk.ts';

/** Reads the file a secret is kept in. Files are the only thing a check asks of the world, and `load.ts` answers it. */
export type ReadSecret = (path: string, at: Span) => Secret | Problem;

/** Reads a file whose text becomes part of the configuration. */
export type ReadText = (path: string, at: Span) => FileText | Problem;

/** Looks for a folder, a file, or rules; its absolute path. */
export type LookFor = (path: string, at: Span) => string | Problem;

export interface CheckInput {
  readonly nodes: readonly Node[]; // of all files, in reading order, includes already in place
  readonly environment: Environment;
  readonly readSecret: ReadSecret;
  readonly readText: ReadText;
  readonly look: Readonly<Record<'folder' | 'file-path' | 'rule-path', LookFor>>;
}

export interface Checked {
  readonly config: unknown; // a `Config` if there are no errors
  readonly origins: Origins;
  readonly problems: readonly Problem[];
}

export function check({ nodes, ...world }: CheckInput): Checked {
  const context: Context = {
    ...world,
    partial: false,
    origins: new Origins(),
    problems: new Map(),
    indexes: new WeakMap(),
    layers: new WeakMap(),
    defaultsBefore: new Map(),
  };
  const root: Owner = { what: 'at the top level', at: nodes[0]?.nameAt, path: '' };
  const entries = takeDefaults(context, nodes, root);
  const config = readBlock(context, shapeOf(configSchema), [{ entries, kind: 'file', repeatable: true }], '', root);
  return { config, origins: context.origins, problems: [...context.problems.values()] };
}

interface Context extends Omit<CheckInput, 'nodes'> {
  readonly partial: boolean; // a `defaults` block is read by itself: what it leaves out is not missing
  readonly origins: Origins;
  readonly problems: Map<string, Problem>; // one per place and code: a `defaults` block is read many times
  readonly indexes: WeakMap<Layer, Index>;
  readonly layers: WeakMap<Node, Layer>; // by the node that opens the block
  readonly defaultsBefore: Map<Node, readonly Layer[]>; // a collection's node -> the `defaults` above it for its items
}

/** What is written for one block in one place. */
interface Layer {
  readonly entries: readonly Node[]; // its keys; properties are keys too
  readonly kind: Exclude<OriginKind, 'default'>;
  readonly repeatable: boolean; // the top level: a block may stand several times, over several files
}

type Shape = Readonly<Record<string, z.ZodType>>;

/** The keys of a layer by property. */
type Index = ReadonlyMap<string, readonly Node[]>;

/** The block around, for messages. */
interface Owner {
  readonly what: string; // `in upstream "shop"`
  readonly at: Span | undefined;
  readonly path: string; // in the language
}

function report(context: Context, code: Code, what: string, details: ProblemDetails): void {
  if (!isJunk(context)) keep(context, problem(code, what, details));
}

function keep(context: Context, found: Problem): void {
  const { place, code } = found;
  const detail = place === undefined || code === 'config-missing-key' ? found.what : '';
  const key = `${code} ${place?.file}:${place?.line}:${place?.column} ${detail}`;
  if (!isJunk(context) && !context.problems.has(key)) context.problems.set(key, found);
}

function isJunk({ problems }: Context): boolean {
  return problems.size >= configurationLimits.problemsKeptMax;
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

const restsOfShapes = new WeakMap<z.ZodType, Shape>();

/** The keys of an item but for its argument, which stands on its own line. */
function shapeWithout(type: z.ZodType, argument: string): Shape {
  const known = restsOfShapes.get(type);
  if (known !== undefined) return known;
  const { [argument]: _, ...rest } = shapeOf(type);
  restsOfShapes.set(type, rest);
  return rest;
}

function normalName(name: string): string {
  return name.replaceAll('_', '-');
}

function mayRepeat(field: Field, layer: Layer): boolean {
  return field.form === 'items' || (layer.repeatable && (field.form === 'block' || field.form === 'named'));
}

function reportRepeated(context: Context, entry: Node, first: Node | undefined): void {
  const other = first && { what: 'it stands here already', at: first.nameAt };
  report(context, 'config-duplicate-key', `'${entry.name}' stands twice`, {
    at: entry.nameAt,
    hint: 'keep one of them',
    other,
  });
}

function reportUnknown(context: Context, entry: Node, keys: readonly string[], owner: Owner): void {
  if (isJunk(context)) return;
  const name = normalName(entry.name);
  if (announced[owner.path]?.includes(name)) {
    const what = `'${entry.name}' ${owner.what} has no effect in this version, so it is refused`;
    return report(context, 'config-key-not-yet', what, { at: entry.nameAt, hint: 'remove it for now' });
  }
  const hint = hintForUnknown(name, owner.path === '' ? [...keys, ...outsideTheSchema] : keys);
  return report(context, 'config-unknown-key', `unknown key '${entry.name}' ${owner.what}`, { at: entry.nameAt, hint });
}

const outsideTheSchema = ['include', 'defaults']; // of the top level: read before the schema is asked

function hintForUnknown(name: string, keys: readonly string[]): string {
  const near = suggest(name, keys);
  if (near !== undefined) return `did you mean '${near}'?`;
  const elsewhere = schemaKeys().filter(({ key }) => key === name);
  if (outsideTheSchema.includes(name) || elsewhere.some(({ parent }) => parent === ''))
    return 'it belongs at the top level';
  const block = elsewhere[0]?.parent.split('.').at(-1);
  return block === undefined ? `known here: ${keys.join(', ')}` : `it belongs in '${block}'`;
}

// ---- keys

interface Found {
  readonly nodes: readonly Node[];
  readonly layer: Layer;
}

interface FieldInput {
  readonly property: string;
  readonly type: z.ZodType;
  readonly found: readonly Found[]; // where it is written, weakest first
  readonly path: string;
  readonly owner: Owner;
}

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

function fallback(context: Context, { property, type, owner }: FieldInput): unknown {
  const field = fieldOf(type);
  if (field.fallback !== undefined || isOptional(type) || context.partial) return field.fallback;
  const key = keyOf(property, field);
  const example = field.example?.startsWith(key) ? field.example : `${key} ${field.example ?? '…'}`;
  report(context, 'config-missing-key', `'${key}' is missing ${owner.what}`, { at: owner.at, hint: `add: ${example}` });
  return undefined;
}

function readScalar(context: Context, input: FieldInput, node: Node, layer: Layer): unknown {
  const [value, ...more] = node.args;
  refuseBlockAndProperties(context, node);
  if (value === undefined) return reportValueMissing(context, input, node);
  reportExtraValues(context, node, more);
  return readOne(context, { type: input.type, key: node.name, path: input.path }, value, layer);
}

function reportValueMissing(context: Context, { type }: FieldInput, node: Node): undefined {
  const { example, range, kind, fallback: usual } = fieldOf(type);
  const shown =
    example ?? (kind === 'flag' ? '#true' : (range?.default ?? (typeof usual === 'string' ? `"${usual}"` : '…')));
  report(context, 'config-missing-value', `'${node.name}' stands without a value`, {
    at: node.nameAt,
    hint: `write: ${node.name} ${shown}`,
  });
}

function reportExtraValues(context: Context, node: Node, [extra, next]: readonly Value[]): void {
  if (extra === undefined) return;
  const isProperty = typeof extra.value === 'string' && /^[a-z][a-z_-]*$/.test(extra.value) && next !== undefined;
  const hint = isProperty ? `if a property is meant: ${extra.value}=${JSON.stringify(next.value)}` : 'remove it';
  report(context, 'config-extra-value', `'${node.name}' takes one value`, { at: extra.at, hint });
}

function refuseBlockAndProperties(context: Context, node: Node): void {
  const [property] = node.properties;
  if (property !== undefined)
    report(context, 'config-extra-value', `'${node.name}' takes no properties`, {
      at: property.nameAt,
      hint: 'remove it',
    });
  if (node.children !== undefined)
    report(context, 'config-extra-value', `'${node.name}' takes a value, not a block`, {
      at: node.nameAt,
      hint: `write: ${node.name} …`,
    });
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

function readList(context: Context, { type, path }: FieldInput, node: Node, layer: Layer): unknown[] {
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

function readMap(context: Context, { type, found, path }: FieldInput): Record<string, unknown> {
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

/** The keys of one block: its children, and the properties on its own line (`agent "waf" timeout-ms=50`). */
function layerOf(context: Context, nodes: readonly Node[], kind: Layer['kind']): Layer {
  const [first] = nodes;
  const known = first && context.layers.get(first);
  if (known !== undefined) return known;
  const entries = nodes.flatMap((node) => [...node.properties.map(asNode), ...(node.children ?? [])]);
  const layer: Layer = { entries, kind, repeatable: false };
  if (first !== undefined) context.layers.set(first, layer);
  return layer;
}

function refuseArguments(context: Context, node: Node): void {
  const [value] = node.args;
  if (value !== undefined) {
    report(context, 'config-extra-value', `'${node.name}' takes a block, not a value`, {
      at: value.at,
      hint: `write: ${node.name} { … }`,
    });
  } else if (node.children === undefined && node.properties.length === 0) {
    report(context, 'config-missing-value', `'${node.name}' stands without its block`, {
      at: node.nameAt,
      hint: `write: ${node.name} { … }`,
    });
  }
}

// ---- named things and their defaults

function readNamed(context: Context, { property, type, found, path }: FieldInput): unknown[] {
  const field = fieldOf(type);
  const key = keyOf(property, field);
  const items: unknown[] = [];
  const seen = new Map<string, Node>();
  for (const node of found.flatMap(({ nodes }) => nodes)) {
    refuseArguments(context, node);
    for (const one of node.properties)
      report(context, 'config-extra-value', `'${node.name}' takes no properties`, {
        at: one.nameAt,
        hint: 'remove it',
      });
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

function refuseBareItem(context: Context, node: Node): void {
  report(
    context,
    'config-missing-value',
    `${node.name} ${JSON.stringify(node.args[0]?.value)} stands without its block`,
    { at: node.nameAt, hint: `write: ${node.name} "…" { … }` },
  );
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

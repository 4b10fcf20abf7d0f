// What reading a configuration carries along: the world, what was found, where values came from. The shaping idea is the
// *layer*: what is written for one block in one place. Refuses to read anything itself.

import type { z } from 'zod';
import { type Code, type Problem, type ProblemDetails, problem } from './errors.ts';
import type { FileText } from './field.ts';
import { asNode } from './json-value.ts';
import { configurationLimits } from './limits.ts';
import { type OriginKind, Origins } from './origin.ts';
import type { Node } from './parse.ts';
import type { Environment } from './read-value.ts';
import type { Secret } from './secret.ts';
import type { Span } from './source.ts';
import { shapeOf } from './walk.ts';

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

export interface Context extends Omit<CheckInput, 'nodes'> {
  readonly partial: boolean; // a `defaults` block is read by itself: what it leaves out is not missing
  readonly origins: Origins;
  readonly problems: Map<string, Problem>; // one per place and code: a `defaults` block is read many times
  readonly indexes: WeakMap<Layer, Index>;
  readonly layers: WeakMap<Node, Layer>; // by the node that opens the block
  readonly defaultsBefore: Map<Node, readonly Layer[]>; // a collection's node -> the `defaults` above it for its items
}

export const contextOf = (world: Omit<CheckInput, 'nodes'>): Context => ({
  ...world,
  partial: false,
  origins: new Origins(),
  problems: new Map(),
  indexes: new WeakMap(),
  layers: new WeakMap(),
  defaultsBefore: new Map(),
});

/** What is written for one block in one place. */
export interface Layer {
  readonly entries: readonly Node[]; // its keys; properties are keys too
  readonly kind: Exclude<OriginKind, 'default'>;
  readonly repeatable: boolean; // the top level: a block may stand several times, over several files
}

/** The keys of a layer by property. */
export type Index = ReadonlyMap<string, readonly Node[]>;

export type Shape = Readonly<Record<string, z.ZodType>>;

/** The block around, for messages. */
export interface Owner {
  readonly what: string; // `in upstream "shop"`
  readonly at: Span | undefined;
  readonly path: string; // in the language
}

export interface Found {
  readonly nodes: readonly Node[];
  readonly layer: Layer;
}

export interface FieldInput {
  readonly property: string;
  readonly type: z.ZodType;
  readonly found: readonly Found[]; // where it is written, weakest first
  readonly path: string;
  readonly owner: Owner;
}

export function report(context: Context, code: Code, what: string, details: ProblemDetails): void {
  if (!isJunk(context)) keep(context, problem(code, what, details));
}

export function keep(context: Context, found: Problem): void {
  const { place, code } = found;
  const detail = place === undefined || code === 'config-missing-key' ? found.what : '';
  const key = `${code} ${place?.file}:${place?.line}:${place?.column} ${detail}`;
  if (!isJunk(context) && !context.problems.has(key)) context.problems.set(key, found);
}

export function isJunk({ problems }: Context): boolean {
  return problems.size >= configurationLimits.problemsKeptMax;
}

export function normalName(name: string): string {
  return name.replaceAll('_', '-');
}

const restsOfShapes = new WeakMap<z.ZodType, Shape>();

/** The keys of an item but for its argument, which stands on its own line. */
export function shapeWithout(type: z.ZodType, argument: string): Shape {
  const known = restsOfShapes.get(type);
  if (known !== undefined) return known;
  const { [argument]: _, ...rest } = shapeOf(type);
  restsOfShapes.set(type, rest);
  return rest;
}

/** The keys of one block: its children, and the properties on its own line (`agent "waf" timeout-ms=50`). */
export function layerOf(context: Context, nodes: readonly Node[], kind: Layer['kind']): Layer {
  const [first] = nodes;
  const known = first && context.layers.get(first);
  if (known !== undefined) return known;
  const entries = nodes.flatMap((node) => [...node.properties.map(asNode), ...(node.children ?? [])]);
  const layer: Layer = { entries, kind, repeatable: false };
  if (first !== undefined) context.layers.set(first, layer);
  return layer;
}

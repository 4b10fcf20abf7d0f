// Text -> tree with positions: the mended text through the KDL library, whose tree becomes ours (plain values, spans in
// the original text). Problems are collected, never thrown. It knows no key of the language.

import {
  type Entry,
  getLocation,
  InvalidKdlError,
  type Document as KdlDocument,
  type Node as KdlNode,
  parse as parseKdl,
} from '@bgotink/kdl';
import { type Problem, problem } from './errors.ts';
import { mend } from './mend.ts';
import type { Source, Span } from './source.ts';

export type Scalar = string | number | boolean | null;

export interface Value {
  readonly value: Scalar;
  readonly at: Span;
}

export interface Property extends Value {
  readonly name: string;
  readonly nameAt: Span;
}

/** `name arg arg prop=value { children }` */
export interface Node {
  readonly name: string;
  readonly nameAt: Span;
  readonly args: readonly Value[];
  readonly properties: readonly Property[];
  readonly children: readonly Node[] | undefined; // undefined: no block was written
}

export interface Parsed {
  readonly nodes: readonly Node[];
  readonly problems: readonly Problem[];
  readonly whole: boolean; // false: nothing could be read of it, so what it defines is not known
}

export function parse(source: Source): Parsed {
  const mended = mend(source);
  if (!mended.nests) return { nodes: [], problems: mended.problems, whole: false };
  const toSpan = (start: number, end: number): Span => {
    const from = mended.originalOffset(start);
    return { source, start: from, end: Math.max(from, mended.originalOffset(end)) };
  };
  try {
    const document = parseKdl(mended.text, { storeLocations: true });
    return { nodes: readNodes(document, toSpan), problems: mended.problems, whole: true };
  } catch (error) {
    if (!(error instanceof InvalidKdlError)) throw error;
    const found = [...error.flat()].map((one) => explain(one, toSpan));
    return { nodes: [], problems: [...mended.problems, ...withoutRepeats(found, mended.problems)], whole: false };
  }
}

type ToSpan = (start: number, end: number) => Span;

function readNodes(document: KdlDocument, toSpan: ToSpan): Node[] {
  return document.nodes.map((node) => readNode(node, toSpan));
}

function readNode(node: KdlNode, toSpan: ToSpan): Node {
  return {
    name: node.getName(),
    nameAt: spanOf(node.name, toSpan),
    args: node.getArgumentEntries().map((entry) => ({ value: entry.getValue(), at: spanOf(entry.value, toSpan) })),
    properties: node.entries.filter((entry) => entry.isProperty()).map((entry) => readProperty(entry, toSpan)),
    children: node.children === null ? undefined : readNodes(node.children, toSpan),
  };
}

function readProperty(entry: Entry, toSpan: ToSpan): Property {
  return {
    name: entry.getName() ?? '',
    nameAt: spanOf(entry.name ?? entry, toSpan),
    value: entry.getValue(),
    at: spanOf(entry.value, toSpan),
  };
}

function spanOf(element: Parameters<typeof getLocation>[0], toSpan: ToSpan): Span {
  const location = getLocation(element);
  return toSpan(location?.start.offset ?? 0, location?.end.offset ?? 0);
}

/** The library's words are written for people who know KDL; the place it gives is right. */
function explain(error: InvalidKdlError, toSpan: ToSpan): Problem {
  const start = error.start?.offset ?? 0;
  const what = error.message
    .replace(/ at (\d+:\d+|end of input)$/, '')
    .replace(/, did you forget to quote an identifier\?$/, '')
    .replace(/^./, (letter) => letter.toLowerCase());
  return problem('config-syntax', what, {
    at: toSpan(start, Math.max(start + 1, error.end?.offset ?? 0)),
    hint: 'texts stand in double quotes',
  });
}

/** One mistake, one problem: what `mend` has explained is not said again at the same line. */
function withoutRepeats(found: readonly Problem[], explained: readonly Problem[]): Problem[] {
  const lines = new Set(explained.map(({ place }) => place?.line));
  return found.filter(({ place }) => !lines.has(place?.line) && lines.add(place?.line));
}

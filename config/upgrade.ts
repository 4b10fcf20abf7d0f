// Files that are written for an older version of the language, written for the newest. The shaping decision: a version is
// that of a whole configuration, one file of it says which, and a step leads from a version to the next for each of its
// files; so what was configured years ago takes all steps one after the other. Version 1 is the first, so there is no
// step yet. It refuses versions that it does not know, and to change half of a configuration: there is a text for every
// file, or there are problems.

import { type Problem, problem } from './errors.ts';
import { type Node, parse, type Value } from './parse.ts';
import { schemaVersion } from './schema.ts';
import { makeSource, type Source } from './source.ts';

/** From version `from` to the one behind it. */
export interface Step {
  readonly from: number;
  /** One file; all but its `schema-version`. */
  rewrite(source: Source): string;
}

/** Every step that there ever was. */
export const steps: readonly Step[] = [];

export type Upgraded =
  | { readonly ok: true; readonly from: number; readonly texts: readonly string[] } // in the order of the sources
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Files that say no version are written in that of the others, and in the newest if none of them says one. */
export function upgrade(sources: readonly Source[], known = steps, newest = Number(schemaVersion)): Upgraded {
  const parsed = sources.map(parse);
  const broken = parsed.flatMap(({ problems }) => problems);
  if (broken.length > 0) return { ok: false, problems: broken };
  const declared = parsed.flatMap(({ nodes }) => nodes.flatMap(versionOf));
  const problems = versionProblems(declared, known, newest);
  if (problems.length > 0) return { ok: false, problems };
  const from = Number(declared[0]?.value ?? newest);
  const texts = sources.map((source) => (from === newest ? source.text : rewrite(source, from, known, newest)));
  return { ok: true, from, texts };
}

/** Of one file, too, all that is wrong with what it says of versions. */
function versionProblems(declared: readonly Value[], known: readonly Step[], newest: number): Problem[] {
  const [first] = declared;
  return declared.flatMap(({ value, at }) => {
    const what = obstacle(String(value), known, newest);
    if (what !== undefined) return [problem('config-schema-version', what, { at })];
    if (first === undefined || String(value) === String(first.value)) return [];
    const apart = `this file is written for version ${value} of the language, and ${first.at.source.file} for version ${first.value}`;
    return [problem('config-schema-version', apart, { at, hint: 'upgrade each configuration by itself' })];
  });
}

function obstacle(written: string, known: readonly Step[], newest: number): string | undefined {
  const version = Number(written);
  if (!/^\d{1,9}$/.test(written)) return `'${written}' is no version of the language; the newest is ${newest}`;
  if (version > newest)
    return `this file is written for version ${version} of the language; this program knows version ${newest}`;
  const isReachable = wayFrom(version, known, newest).length === newest - version;
  return isReachable ? undefined : `there is no way from version ${version} of the language to version ${newest}`;
}

function wayFrom(version: number, known: readonly Step[], newest: number): Step[] {
  const step = version < newest ? known.find(({ from }) => from === version) : undefined;
  return step === undefined ? [] : [step, ...wayFrom(version + 1, known, newest)];
}

function rewrite({ file, path, text }: Source, from: number, known: readonly Step[], newest: number): string {
  const written = wayFrom(from, known, newest).reduce((now, step) => step.rewrite(makeSource(file, now, path)), text);
  const spans = parse(makeSource(file, written, path)).nodes.flatMap(versionOf);
  return spans.reduceRight((now, { at }) => `${now.slice(0, at.start)}"${newest}"${now.slice(at.end)}`, written);
}

function versionOf({ name, args: [value] }: Node): Value[] {
  return name.replaceAll('_', '-') === 'schema-version' && value !== undefined ? [value] : [];
}

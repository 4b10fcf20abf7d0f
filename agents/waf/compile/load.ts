// The only file of the engine that touches the disk: rule files by path or pattern, what they include, and the phrase
// files that their operators name, all read before anything is compiled. Bytes as Latin-1. What cannot be read is a
// problem of the rule that names it, so nothing is reported here but a first file that is not there.

import { glob, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { problem } from '#config/errors';
import { wafLangLimits } from '#config/limits-waf-lang';
import { parseRuleFile } from '../lang/parser.ts';
import type { RuleFile, RuleProblem } from '../lang/rule-file.ts';
import type { Statement } from '../lang/tree.ts';
import { pathFrom, type RuleFiles } from './expand.ts';

export interface LoadedFiles {
  readonly sources: readonly RuleFile[]; // for the patterns that were asked for, in their order
  readonly files: RuleFiles; // all else, in memory
  readonly problems: readonly RuleProblem[];
}

/** Paths or patterns; the files of a pattern come in the order of their names. */
export async function loadRuleFiles(patterns: readonly string[]): Promise<LoadedFiles> {
  const disk: Disk = { texts: new Map(), matches: new Map(), bytes: 0 };
  const problems: RuleProblem[] = [];
  const sources: RuleFile[] = [];
  for (const pattern of patterns) {
    const found = await filesOf(pattern, disk);
    if (found.length === 0)
      problems.push(problem('rule-file-unusable', `there is no file '${pattern}' that can be read`));
    sources.push(...found);
  }
  await readWhatIsNamed(sources, disk);
  if (disk.bytes > wafLangLimits.totalBytesMax)
    problems.push(
      problem('rule-too-large', 'the files of rules are too large together', {
        hint: `${wafLangLimits.totalBytesMax} bytes are the most`,
      }),
    );
  return {
    sources,
    files: { read: (name) => disk.texts.get(name), include: (pattern) => disk.matches.get(pattern) ?? [] },
    problems,
  };
}

interface Disk {
  readonly texts: Map<string, string | undefined>;
  readonly matches: Map<string, readonly RuleFile[]>; // of a pattern
  bytes: number;
}

/** Includes of includes, each pattern once; then every file that an operator names. */
async function readWhatIsNamed(sources: readonly RuleFile[], disk: Disk): Promise<void> {
  const waiting = [...sources];
  const seen = new Set<string>();
  for (let file = waiting.shift(); file !== undefined && seen.size < wafLangLimits.filesMax; file = waiting.shift()) {
    if (seen.has(file.file)) continue;
    seen.add(file.file);
    for (const statement of parseRuleFile(file).statements) {
      const pattern = includedBy(statement);
      if (pattern !== undefined) waiting.push(...(await filesOf(pattern, disk)));
      for (const data of dataOf(statement)) await textOf(data, disk);
    }
  }
}

function includedBy(statement: Statement): string | undefined {
  if (statement.kind !== 'setting' || !/^include(?:optional)?$/i.test(statement.name)) return undefined;
  const name = statement.values[0]?.text;
  return name === undefined ? undefined : pathFrom(statement.place.file, name);
}

/** Of `@pmFromFile a.data b.data` and SecUnicodeMapFile. */
function dataOf(statement: Statement): string[] {
  if (statement.kind === 'setting' && /^SecUnicodeMapFile$/i.test(statement.name)) {
    return statement.values.slice(0, 1).map(({ text }) => pathFrom(statement.place.file, text));
  }
  if (statement.kind !== 'rule' || !/^(?:pm|ipmatch)f(?:romfile)?$/i.test(statement.operator.name)) return [];
  const names = statement.operator.argument.split(/\s+/).filter((name) => name !== '');
  return names.map((name) => pathFrom(statement.place.file, name));
}

async function filesOf(pattern: string, disk: Disk): Promise<readonly RuleFile[]> {
  const known = disk.matches.get(pattern);
  if (known !== undefined) return known;
  const paths = /[*?[{]/.test(pattern) ? await matchesOf(pattern) : [pattern];
  const files: RuleFile[] = [];
  for (const file of paths.toSorted().slice(0, wafLangLimits.filesMax)) {
    const text = await textOf(file, disk);
    if (text !== undefined) files.push({ file, text });
  }
  disk.matches.set(pattern, files);
  return files;
}

/** Looked for from the last folder that is named: one that is confined may read nothing above it. */
async function matchesOf(pattern: string): Promise<string[]> {
  const named = dirname(pattern.slice(0, pattern.search(/[*?[{]/)).concat('x'));
  const rest = named === '.' ? pattern : pattern.slice(named.length).replace(/^\/+/, '');
  const found = await Array.fromAsync(glob(rest, { cwd: named }));
  return named === '.' ? found : found.map((path) => join(named, path));
}

async function textOf(path: string, disk: Disk): Promise<string | undefined> {
  if (disk.texts.has(path)) return disk.texts.get(path);
  const text = disk.bytes > wafLangLimits.totalBytesMax ? undefined : await readable(path);
  disk.texts.set(path, text);
  disk.bytes += text?.length ?? 0;
  return text;
}

/** Nothing but a regular file within the bound is read: a pipe would be waited for for ever. */
async function readable(path: string): Promise<string | undefined> {
  try {
    const facts = await stat(path);
    if (!facts.isFile() || facts.size > wafLangLimits.fileBytesMax) return undefined;
    return await readFile(path, 'latin1');
  } catch {
    return undefined;
  }
}

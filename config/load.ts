// From the disk to a configuration: which file, what it includes, what the environment and the secret files add. The only
// file of this room, with rule-files.ts, that touches the disk. A set of files is wholly accepted or wholly refused, with every problem found
// in one run; nothing is half applied. Reading is bounded (size, count, depth) and cannot hang: only regular files are opened.

import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import RE2 from 're2';
import { check } from './check.ts';
import { hasErrors, type Problem, problem } from './errors.ts';
import { type FileText, fieldOf, text } from './field.ts';
import { configurationLimits, tlsFileLimits } from './limits.ts';
import type { Origins } from './origin.ts';
import { type Node, parse, type Value } from './parse.ts';
import { type Environment, readValue } from './read-value.ts';
import { refer } from './refer.ts';
import type { ReadFile } from './refer-tls.ts';
import { lookForRules, realPathOf, ruleFilesDigest, ruleFilesOf } from './rule-files.ts';
import { type Config, configSchema, schemaVersion } from './schema.ts';
import { Secret } from './secret.ts';
import { makeSource, placeOf, type Source, type Span } from './source.ts';
import { withWaf } from './waf.ts';

export interface Loaded {
  readonly ok: true;
  readonly config: Config; // as it is written
  readonly running: Config; // with the agent and the filters that the block `waf` stands for
  readonly origins: Origins;
  readonly sources: readonly Source[];
  readonly problems: readonly Problem[]; // warnings
  readonly file: string | undefined; // undefined: the embedded default
  readonly files: readonly string[]; // everything that was read for it, by its full path
}

export interface Refused {
  readonly ok: false;
  readonly problems: readonly Problem[];
  readonly sources: readonly Source[];
}

export interface LoadOptions {
  readonly environment?: Environment;
  readonly cwd?: string;
}

/** The file named, else `sentinel.kdl` here, else the system's, else the embedded default. */
export function loadConfig(path: string | undefined, options: LoadOptions = {}): Loaded | Refused {
  const { environment = process.env, cwd = process.cwd() } = options;
  const file = path ?? usualPlaces.find((place) => kindOfFile(resolve(cwd, place)) !== 'missing');
  const load = new Load(environment);
  const nodes = readFile(
    load,
    file ?? 'default.kdl',
    file === undefined ? embeddedDefault : resolve(cwd, file),
    undefined,
  );
  return judge(load, nodes, { file, cwd });
}

/** As `loadConfig`, for a text that is in no file: tests, editors, starter files before they are written. */
export function loadText(shown: string, source: string, options: LoadOptions = {}): Loaded | Refused {
  const { environment = {}, cwd = process.cwd() } = options;
  const load = new Load(environment);
  return judge(load, readNodes(load, makeSource(shown, source, join(cwd, shown))), { file: shown, cwd });
}

const usualPlaces = ['sentinel.kdl', '/etc/sentinel-stack/sentinel.kdl'];
export const embeddedDefault = join(import.meta.dirname, 'default.kdl');

/** Of a file that cannot be used: the runtime folder that it names, for those who want to know who runs there. */
export function runtimeDirOf(sources: readonly Source[]): string | undefined {
  for (const { text } of sources) {
    const [, folder] = /^[^\n/]*\bruntime-dir\s+"([^"\\\n]{1,200})"/m.exec(text) ?? [];
    if (folder !== undefined) return folder;
  }
  return undefined;
}

/** What one loading has come across. */
class Load {
  readonly environment: Environment;
  readonly problems: Problem[] = [];
  readonly sources: Source[] = [];
  readonly open: Array<{ readonly real: string; readonly shown: string }> = []; // the chain of includes being read
  readonly seen = new Map<string, Span | undefined>(); // real path -> the include that brought it
  readonly secrets = new Map<string, Secret | Problem>(); // by path: each is read once
  readonly texts = new Map<string, FileText | Problem>(); // likewise
  textBytes = 0; // as often as they are used: each use travels to each worker
  bytes = 0;
  complete = true; // false: some file could not be read, so names may be missing for that reason

  constructor(environment: Environment) {
    this.environment = environment;
  }

  add(found: readonly Problem[]): void {
    for (const one of found) this.problems.push(one);
  }
}

interface Place {
  readonly file: string | undefined;
  readonly cwd: string;
}

function judge(load: Load, nodes: readonly Node[], place: Place): Loaded | Refused {
  const { file } = place;
  const { environment, problems, sources } = load;
  const current = withoutOtherVersions(load, nodes);
  const checked = check({
    nodes: current,
    environment,
    readSecret: (path, at) => readSecret(load, path, at),
    readText: (path, at) => readIncludedText(load, path, at),
    look: {
      folder: lookForFolder,
      'file-path': lookForFile,
      'rule-path': (path, at) => lookForRules(path, at, environment),
    },
  });
  load.add(checked.problems);
  if (load.complete)
    load.add(refer(checked.config as Config, checked.origins, { readFile: readTlsFile, nowMs: Date.now() }));
  if (hasErrors(problems)) return { ok: false, problems: withoutEchoes(problems), sources };
  const config = freeze(configSchema.parse(checked.config)) as Config;
  const exclusionsFile = exclusionsFileOf(config, place);
  const { waf } = config;
  const rules = waf === undefined ? [] : [...ruleFilesOf([...waf.rules, ...(waf.canary?.rules ?? [])]), exclusionsFile];
  const files = [...sources.map(({ path }) => path), ...load.secrets.keys(), ...load.texts.keys(), ...rules];
  const running = freeze(withWaf(config, { digest: ruleFilesDigest(rules), exclusionsFile }));
  return { ok: true, config, running, origins: checked.origins, sources, problems, file, files };
}

/** Beside the file; the embedded default has what lies where it is started. */
function exclusionsFileOf({ waf }: Config, { file, cwd }: Place): string {
  return resolve(file === undefined ? cwd : dirname(resolve(cwd, file)), waf?.exclusionsFile ?? '');
}

/** That nothing listens is not worth saying when the listeners were what could not be read. */
function withoutEchoes(problems: readonly Problem[]): Problem[] {
  const worthSaying = problems.filter(({ place, code }) => place !== undefined || code !== 'config-missing-key');
  return hasErrors(worthSaying) ? worthSaying : [...problems];
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Secret)) {
    for (const inner of Object.values(value)) freeze(inner);
    Object.freeze(value);
  }
  return value;
}

// ---- the language's version

function withoutOtherVersions(load: Load, nodes: readonly Node[]): Node[] {
  return nodes.filter((node) => {
    const [version] = node.args;
    if (node.name.replaceAll('_', '-') !== 'schema-version' || version === undefined) return true;
    const written = String(version.value);
    if (!/^\d{1,9}$/.test(written) || Number(written) <= Number(schemaVersion)) return true;
    const what = `this file is written for version ${written} of the language; this program knows version ${schemaVersion}`;
    load.problems.push(
      problem('config-schema-version', what, {
        at: version.at,
        hint: 'upgrade sentinel-stack, or write the file for the older version',
      }),
    );
    return false;
  });
}

// ---- files and what they include

function readFile(load: Load, shown: string, path: string, from: Span | undefined): Node[] {
  const text = readText(load, shown, path, from);
  if (text === undefined) {
    load.complete = false;
    return [];
  }
  const real = realPathOf(path) ?? path;
  load.seen.set(real, from);
  load.open.push({ real, shown });
  const nodes = readNodes(load, makeSource(shown, text, path));
  load.open.pop();
  return nodes;
}

function readNodes(load: Load, source: Source): Node[] {
  load.sources.push(source);
  const { nodes, problems, whole } = parse(source);
  load.add(problems);
  load.complete &&= whole;
  return nodes.flatMap((node) => (node.name === 'include' ? include(load, node) : [node]));
}

function include(load: Load, node: Node): Node[] {
  const hint = 'write: include "conf.d/*.kdl"';
  if (node.args.length === 0) {
    load.add([problem('config-missing-value', "'include' stands without a path", { at: node.nameAt, hint })]);
  }
  if (node.properties.length > 0 || node.children !== undefined) {
    load.add([problem('config-extra-value', "'include' takes paths and nothing else", { at: node.nameAt, hint })]);
  }
  return node.args.flatMap((argument) => {
    const pattern = readPath(load, argument);
    const files = pattern === undefined ? [] : filesOf(load, pattern, argument.at);
    return files.flatMap((file) => includeFile(load, file, argument.at));
  });
}

const pathText = text('A path.');

function readPath(load: Load, argument: Value): string | undefined {
  const read = readValue(argument, { key: 'include', field: fieldOf(pathText), type: pathText }, load.environment);
  if (read.ok) return String(read.value);
  load.problems.push(read.problem);
  load.complete = false;
  return undefined;
}

interface Named {
  readonly shown: string;
  readonly path: string;
}

/**
 * The files that a path names, in the order of their names. With `*` or `?` in its last part it may name none; a plain
 * path must exist. In folders neither is special: a search through the whole disk is never one typing mistake away.
 */
function filesOf(load: Load, pattern: string, at: Span): Named[] {
  const home = dirname(at.source.file);
  const show = (file: string) => (isAbsolute(file) || home === '.' ? file : join(home, file));
  const full = (file: string) => resolve(dirname(at.source.path), file);
  if (/[*?].*\//.test(pattern)) {
    const what = "'include' finds files in one folder: '*' and '?' stand behind the last '/'";
    return refuse(load, problem('config-bad-value', what, { at, hint: 'name the folders one by one' }));
  }
  if (!/[*?]/.test(pattern)) return [{ shown: show(pattern), path: full(pattern) }];
  const folder = dirname(pattern);
  const found = namesIn(full(folder), basename(pattern));
  if ('reason' in found) {
    return refuse(load, problem(found.code, `cannot look into ${show(folder)}: ${found.reason}`, { at }));
  }
  if (found.names.length + load.seen.size > configurationLimits.filesMax) return refuseMany(load, at);
  return found.names.map((name) => ({ shown: show(join(folder, name)), path: full(join(folder, name)) }));
}

/** As shells do: names that begin with a dot are not meant. A folder that is missing holds nothing. */
function namesIn(folder: string, pattern: string): { readonly names: string[] } | Unreadable {
  const expression = pattern
    .replace(/[^*?]+/g, (plain) => RegExp.escape(plain))
    .replace(/[*?]/g, '.$&')
    .replaceAll('.?', '.');
  const matches = new RE2(`^(?:${expression})$`, 'su');
  try {
    const names = readdirSync(folder).filter((name) => !name.startsWith('.') && matches.test(name));
    return { names: names.toSorted() };
  } catch (error) {
    const problem = unreadable(error);
    return problem.code === 'config-not-found' ? { names: [] } : problem;
  }
}

function refuseMany(load: Load, at: Span): [] {
  const what = `more than ${configurationLimits.filesMax} files`;
  return refuse(load, problem('config-too-large', what, { at, hint: 'name them more narrowly' }));
}

function includeFile(load: Load, { shown, path }: { shown: string; path: string }, at: Span): Node[] {
  const real = realPathOf(path);
  const loop = load.open.findIndex((one) => one.real === real);
  if (loop !== -1) {
    const chain = [...load.open.slice(loop).map((one) => one.shown), shown].join(' -> ');
    return refuse(
      load,
      problem('config-include-loop', `these files include each other: ${chain}`, { at, hint: 'remove this include' }),
    );
  }
  if (real !== undefined && load.seen.has(real)) {
    const first = load.seen.get(real);
    return refuse(
      load,
      problem('config-include-twice', `${shown} is included a second time`, {
        at,
        other: first && { what: 'the first time is here', at: first },
      }),
    );
  }
  if (load.open.length >= configurationLimits.includeDepthMax) {
    return refuse(
      load,
      problem('config-too-deep', `includes are nested deeper than ${configurationLimits.includeDepthMax}`, { at }),
    );
  }
  if (load.seen.size >= configurationLimits.filesMax) {
    return refuseMany(load, at);
  }
  return readFile(load, shown, path, at);
}

function refuse(load: Load, found: Problem): [] {
  load.problems.push(found);
  load.complete = false;
  return [];
}

// ---- one file

function readText(load: Load, shown: string, path: string, from: Span | undefined): string | undefined {
  const bytes = readBounded(path, configurationLimits.fileBytesMax);
  if ('reason' in bytes) {
    const named = from === undefined ? `cannot read ${shown}` : `cannot read ${shown}, which is included here`;
    load.problems.push(problem(bytes.code, `${named}: ${bytes.reason}`, { at: from, hint: bytes.hint }));
    return undefined;
  }
  load.bytes += bytes.content.length;
  if (load.bytes > configurationLimits.totalBytesMax) {
    const what = `all files together are over ${configurationLimits.totalBytesMax / 1024 / 1024} MiB`;
    load.problems.push(problem('config-too-large', what, { at: from }));
    return undefined;
  }
  return decode(load, shown, bytes.content);
}

function decode(load: Load, shown: string, content: Buffer): string | undefined {
  const text = textOf(content);
  if (text !== undefined) return text;
  const valid = validPrefix(content);
  const source = makeSource(shown, `${content.subarray(0, valid).toString('utf8')}\ufffd`);
  const at = { source, start: source.text.length - 1, end: source.text.length };
  const byte = content[valid]?.toString(16).padStart(2, '0');
  const what = `the byte 0x${byte} here is not UTF-8`;
  load.problems.push(problem('config-not-text', what, { at, hint: 'save the file as UTF-8' }));
  return undefined;
}

/** How many bytes from the start are whole characters: found by halving, since the decoder does not say. */
function validPrefix(content: Buffer): number {
  let low = 0;
  let high = content.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (textOf(content.subarray(0, middle), { stream: true }) !== undefined) low = middle;
    else high = middle - 1;
  }
  while (textOf(content.subarray(0, low)) === undefined) low -= 1; // at most three bytes of a character cut short
  return low;
}

/** `stream`: a character cut short at the end is good so far. */
function textOf(bytes: Buffer, options: { readonly stream?: boolean } = {}): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, options);
  } catch {
    return undefined;
  }
}

interface Content {
  readonly content: Buffer;
  readonly mode: number;
}

interface Unreadable {
  readonly code: 'config-not-found' | 'config-unreadable' | 'config-too-large';
  readonly reason: string;
  readonly hint?: string;
}

/** Opens without waiting (a pipe would), and reads only if it is a regular file within the bound. */
function readBounded(path: string, bytesMax: number): Content | Unreadable {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return unreadable(error);
  }
  try {
    const stat = fstatSync(descriptor);
    const hint = `name a file in it, or include "${path}/*.kdl"`;
    if (stat.isDirectory()) return { code: 'config-unreadable', reason: 'it is a folder', hint };
    if (!stat.isFile()) return { code: 'config-unreadable', reason: 'it is not a regular file' };
    const content = stat.size > bytesMax ? undefined : readAll(descriptor, bytesMax, stat.size);
    if (content === undefined) return { code: 'config-too-large', reason: `it is over ${bytesMax / 1024} KiB` };
    return { content, mode: stat.mode };
  } catch (error) {
    return unreadable(error);
  } finally {
    closeSync(descriptor);
  }
}

/** To its end, wherever that is: some file systems tell no size, and a file may grow. */
function readAll(descriptor: number, bytesMax: number, expected: number): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let total = 0; total <= bytesMax; ) {
    const piece = Buffer.alloc(Math.max(expected - total, 0) + 4096);
    const length = readSync(descriptor, piece, 0, piece.length, null);
    if (length === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, length));
    total += length;
  }
  return undefined;
}

function unreadable(error: unknown): Unreadable {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [kind, reason, hint] = reasons[code] ?? (['config-unreadable', code || String(error), undefined] as const);
  return { code: kind, reason, ...(hint === undefined ? {} : { hint }) };
}

const reasons: Readonly<
  Record<string, readonly [code: 'config-not-found' | 'config-unreadable', reason: string, hint: string | undefined]>
> = {
  ENOENT: ['config-not-found', 'there is no such file', undefined],
  ENOTDIR: ['config-not-found', 'a part of its path is not a folder', undefined],
  EACCES: ['config-unreadable', 'this user may not read it', 'change its owner or rights'],
  ELOOP: ['config-unreadable', 'its symbolic links lead in a circle', undefined],
  ENAMETOOLONG: ['config-unreadable', 'its path is too long', undefined],
  ENXIO: ['config-unreadable', 'it is not a regular file', undefined],
  ERR_INVALID_ARG_VALUE: ['config-unreadable', 'its path holds a character that no path has', undefined],
};

function kindOfFile(path: string): 'missing' | 'there' {
  const content = readBounded(path, 0);
  return 'code' in content && content.code === 'config-not-found' ? 'missing' : 'there';
}

// ---- texts that become part of the configuration

/** The path is relative to the file that names it. */
function readIncludedText(load: Load, path: string, at: Span): FileText | Problem {
  const full = resolve(dirname(at.source.path), path);
  const file = load.texts.get(full) ?? readTextFile(full, path, at);
  load.texts.set(full, file);
  if (!('text' in file)) return { ...file, place: placeOf(at) };
  load.textBytes += file.text.length;
  if (load.textBytes <= configurationLimits.includedTextsBytesMax) return file;
  const what = `the files named by values are over ${configurationLimits.includedTextsBytesMax / 1024 / 1024} MiB together`;
  return problem('config-too-large', what, { at, hint: 'name fewer or smaller ones; each use counts' });
}

function readTextFile(full: string, shown: string, at: Span): FileText | Problem {
  const bytes = readBounded(full, configurationLimits.includedTextBytesMax);
  if ('reason' in bytes) return problem(bytes.code, `cannot read ${shown}: ${bytes.reason}`, { at });
  const text = textOf(bytes.content);
  if (text === undefined)
    return problem('config-not-text', `${shown} is not UTF-8 text`, { at, hint: 'save it as UTF-8' });
  return { path: shown, text };
}

// ---- folders that are named

/** The absolute path; the path written is relative to the file that names it. Symbolic links stay: they may be moved on purpose. */
function lookForFolder(path: string, at: Span): string | Problem {
  const full = resolve(dirname(at.source.path), path);
  const refused = (reason: string, hint?: string) =>
    problem('config-folder-unusable', `cannot serve from ${path}: ${reason}`, { at, hint });
  try {
    readdirSync(full);
    return full;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT') return refused('there is no such folder', 'make it, or correct the path');
    if (code === 'ENOTDIR') return refused('it is no folder', 'name the folder that holds the file');
    return refused(unreadable(error).reason, unreadable(error).hint);
  }
}

/** The same of a file, which must be one that can be read: what is in it is its user's to judge. */
function lookForFile(path: string, at: Span): string | Problem {
  const full = resolve(dirname(at.source.path), path);
  const bytes = readBounded(full, tlsFileLimits.fileBytesMax);
  if (!('reason' in bytes)) return full;
  return problem(bytes.code, `cannot read ${path}: ${bytes.reason}`, { at, hint: bytes.hint });
}

/** `undefined` if it is gone since it was looked for, or grew too large. */
function readTlsFile(path: string): ReturnType<ReadFile> {
  const bytes = readBounded(path, tlsFileLimits.fileBytesMax);
  return 'reason' in bytes ? undefined : { content: bytes.content, isExposed: (bytes.mode & readableByOthers) !== 0 };
}

// ---- secrets

/** What the file holds, without the blanks around it; its path is relative to the file that names it. */
function readSecret(load: Load, path: string, at: Span): Secret | Problem {
  const full = resolve(dirname(at.source.path), path);
  const secret = load.secrets.get(full) ?? readSecretFile(load, full, path, at);
  load.secrets.set(full, secret);
  return secret;
}

function readSecretFile(load: Load, full: string, shown: string, at: Span): Secret | Problem {
  const refused = (what: string, hint?: string) => problem('config-secret-unreadable', what, { at, hint });
  const bytes = readBounded(full, configurationLimits.secretBytesMax);
  if ('reason' in bytes) return refused(`cannot read the secret in ${shown}: ${bytes.reason}`, bytes.hint);
  if ((bytes.mode & readableByOthers) !== 0) warnExposed(load, shown, at);
  const secret = textOf(bytes.content)?.trim();
  if (secret === undefined) return refused(`the file ${shown} is not UTF-8 text`, 'write the secret as text');
  return secret === '' ? refused(`the file ${shown} is empty`, 'put the secret into it') : new Secret(secret);
}

const readableByOthers = 0o004; // S_IROTH

function warnExposed(load: Load, shown: string, at: Span): void {
  const what = `every user of this machine can read the secret in ${shown}`;
  const details = { at, hint: `chmod 600 ${shown}`, severity: 'warning' } as const;
  load.problems.push(problem('config-secret-exposed', what, details));
}

// Persistent collections on a disk: read when the agent starts, written beside the traffic every so often and at its end.
// The shaping decision: one file, one record a line, a checksum in the last; it is written next to its place and moved
// there whole, so that a crash leaves the old one or the new one. A file that is not as it was written is put aside with
// a warning, and nothing of it is believed. One process has one file: it refuses to share.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { constants, type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { wafRunLimits } from '#config/limits-waf-run';
import { type MemoryStore, newStore, type StoredRecord } from './engine.ts';

export interface KeptCollections extends AsyncDisposable {
  readonly store: MemoryStore; // for `beginTransaction`
  /** Writes now. Never throws: what goes wrong is a warning, and tried again later. */
  save(): Promise<void>;
}

export interface KeptOptions {
  readonly path: string;
  readonly warn: (what: string) => void;
  readonly now?: () => number; // milliseconds
  readonly everySecs?: number;
}

/** The records of the file, and from now on the file of the records, until it is disposed of. */
export async function openCollections({
  path,
  warn,
  now = Date.now,
  everySecs = wafRunLimits.recordsSavedEverySecs,
}: KeptOptions): Promise<KeptCollections> {
  const store = await readStore(path, warn, secs(now()));
  let saving: Promise<void> = Promise.resolve();
  let lastProblem = '';
  const save = (): Promise<void> => {
    saving = saving.then(async () => {
      const problem = await writeStore(path, store, secs(now()));
      if (problem !== '' && problem !== lastProblem) warn(`the collections cannot be kept in ${path}: ${problem}`);
      lastProblem = problem;
    });
    return saving;
  };
  const timer = setInterval(() => void save(), everySecs * 1000);
  timer.unref();
  const dispose = (): Promise<void> => {
    clearInterval(timer);
    return save();
  };
  return { store, save, [Symbol.asyncDispose]: dispose };
}

const secs = (ms: number): number => Math.floor(ms / 1000);
const format = 'sentinel-stack collections 1';

async function readStore(path: string, warn: KeptOptions['warn'], nowSecs: number): Promise<MemoryStore> {
  try {
    const facts = await stat(path).catch(ifAbsent);
    if (facts === undefined) return newStore();
    if (!facts.isFile()) throw new Error('it is no file');
    if (facts.size > wafRunLimits.recordsFileBytesMax) throw new Error('it is too long');
    return await storeFrom(path, nowSecs);
  } catch (error) {
    const aside = `${path}.broken`;
    const isMoved = await rename(path, aside).then(
      () => true,
      () => false,
    );
    const where = isMoved ? `; it is now ${aside}` : '';
    warn(`the collections start empty, since ${path} cannot be used: ${(error as Error).message}${where}`);
    return newStore();
  }
}

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** All of the file is in the store, or it throws. */
async function storeFrom(path: string, nowSecs: number): Promise<MemoryStore> {
  const store = newStore();
  const hash = createHash('sha256');
  let count = -1; // the first line says what the file is
  let isComplete = false;
  for await (const line of linesOf(path)) {
    if (isComplete) throw new Error('there is more behind its end');
    const { sha256, records } = count === -1 ? {} : endOf(line);
    if (sha256 !== undefined) {
      if (sha256 !== hash.digest('hex') || records !== count) throw new Error('its checksum does not fit');
      isComplete = true;
      continue;
    }
    hash.update(`${line}\n`, 'latin1');
    if (count === -1 && line !== JSON.stringify(format)) throw new Error('it is no file of collections');
    if (count >= 0) store.restore(recordOf(line), nowSecs);
    count += 1;
  }
  if (!isComplete) throw new Error('its end is missing');
  return store;
}

async function* linesOf(path: string): AsyncGenerator<string, void> {
  let rest = '';
  for await (const piece of createReadStream(path, { encoding: 'latin1' })) {
    const lines = `${rest}${piece}`.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > wafRunLimits.recordsFileLineBytesMax) throw new Error('a line of it is too long');
    yield* lines;
  }
  if (rest !== '') throw new Error('its last line has no end');
}

function endOf(line: string): { readonly sha256?: string; readonly records?: number } {
  if (!line.startsWith('{')) return {};
  return JSON.parse(line);
}

/** What a line says, narrowed: somebody may have written the file by hand and the checksum too. */
function recordOf(line: string): StoredRecord {
  const [collection, key, variables, expiries]: readonly unknown[] = JSON.parse(line);
  if (typeof collection !== 'string' || typeof key !== 'string') throw new Error('a record has no name');
  if (!isPairs(variables, 'string') || !isPairs(expiries, 'number')) throw new Error('a record has no variables');
  return { collection, key, variables, expiries } as StoredRecord;
}

const isPairs = (value: unknown, type: 'string' | 'number'): boolean =>
  Array.isArray(value) &&
  value.every(
    (pair) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && typeof pair[1] === type,
  );

/** Each write is on the disk when it returns: a confined process may not call fsync (Node's permission model). */
const synchronous = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_DSYNC;

/** What went wrong, in words; '' for nothing. */
async function writeStore(path: string, store: MemoryStore, nowSecs: number): Promise<string> {
  const partial = `${path}.partial`;
  try {
    const file = await open(partial, synchronous, 0o600); // it names clients and sessions
    try {
      await writeRecords(file, store, nowSecs);
    } finally {
      await file.close();
    }
    await rename(partial, path);
    return '';
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    return (error as Error).message;
  }
}

/** A few records at a time, so that requests do not wait for all of them. */
async function writeRecords(file: FileHandle, store: MemoryStore, nowSecs: number): Promise<void> {
  const hash = createHash('sha256');
  let count = 0;
  const write = async (lines: readonly string[]): Promise<void> => {
    const text = lines.map((line) => `${line}\n`).join('');
    hash.update(text, 'latin1');
    await file.appendFile(text, 'latin1');
  };
  await write([JSON.stringify(format)]);
  const names = store.names();
  for (let at = 0; at < names.length; at += wafRunLimits.recordsPerTurn) {
    const some = names.slice(at, at + wafRunLimits.recordsPerTurn);
    const records = some.flatMap((name) => store.stored(name, nowSecs) ?? []);
    count += records.length;
    await write(
      records.map(({ collection, key, variables, expiries }) => lineOf(collection, key, variables, expiries)),
    );
  }
  await file.appendFile(`${JSON.stringify({ records: count, sha256: hash.digest('hex') })}\n`, 'latin1');
}

const lineOf = (...parts: readonly unknown[]): string => JSON.stringify(parts);

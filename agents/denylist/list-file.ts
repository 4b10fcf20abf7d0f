// One list kept in a file: an entry a line, `#` begins a comment line. The shaping decision: it is read in slices with
// a turn of the event loop between them, so a million entries do not keep requests waiting while they are taken; and it
// is taken wholly or refused with the lines that are wrong. It refuses files that are larger than memory should be.

import { readFile, stat } from 'node:fs/promises';
import RE2 from 're2';
import { denylistLimits } from '#config/limits';
import type { Denylists, FileKind } from './model.ts';
import { NetworkSet } from './networks.ts';
import { normalizePath } from './target.ts';

export type FileReading =
  | { readonly ok: true; readonly lists: Denylists; readonly entries: number }
  | { readonly ok: false; readonly problems: readonly string[] };

export async function readListFile(kind: FileKind, path: string): Promise<FileReading> {
  try {
    const { size } = await stat(path);
    if (size > denylistLimits.fileBytesMax)
      return refused(`${path}: ${size} bytes are more than the ${denylistLimits.fileBytesMax} allowed`);
    return await new FileList(kind, path).read(await readFile(path, 'utf8'));
  } catch (error) {
    return refused(`${path}: cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function refused(problem: string): FileReading {
  return { ok: false, problems: [`${problem} [agent-config]`] };
}

const entriesMost = {
  paths: denylistLimits.entriesMax,
  networks: denylistLimits.entriesMax,
  patterns: denylistLimits.patternsMax,
  'user-agents': denylistLimits.userAgentsMax,
} as const satisfies Record<FileKind, number>;

class FileList {
  readonly #kind: FileKind;
  readonly #path: string;
  readonly #paths = new Set<string>();
  readonly #networks = new NetworkSet();
  readonly #patterns: RE2[] = [];
  readonly #userAgents: string[] = [];
  readonly #problems: string[] = [];
  #entries = 0;

  constructor(kind: FileKind, path: string) {
    this.#kind = kind;
    this.#path = path;
  }

  async read(text: string): Promise<FileReading> {
    let line = 0;
    for (let at = 0; at <= text.length && this.#problems.length < denylistLimits.problemsShownMax; ) {
      const lineEnd = text.indexOf('\n', at);
      const end = lineEnd === -1 ? text.length : lineEnd;
      line += 1;
      this.#take(text.slice(at, end).trim(), line);
      at = end + 1;
      if (line % denylistLimits.turnLinesMax === 0) await new Promise((done) => setImmediate(done));
    }
    if (this.#entries > entriesMost[this.#kind])
      return refused(`${this.#path}: ${this.#entries} entries are more than the ${entriesMost[this.#kind]} allowed`);
    if (this.#problems.length > 0) return { ok: false, problems: this.#problems };
    return { ok: true, lists: this.#lists(), entries: this.#entries };
  }

  #take(entry: string, line: number): void {
    if (entry === '' || entry.startsWith('#')) return;
    this.#entries += 1;
    if (this.#entries > entriesMost[this.#kind]) return;
    const problem = this.#add(entry);
    if (problem !== undefined)
      this.#problems.push(`${this.#path}:${line}: '${shown(entry)}' ${problem} [agent-config]`);
  }

  /** Why the entry is none, or nothing. */
  #add(entry: string): string | undefined {
    if (entry.length > denylistLimits.textCharactersMax) return 'is too long';
    switch (this.#kind) {
      case 'paths':
        if (!entry.startsWith('/')) return `does not begin with a slash; write '/${shown(entry)}'`;
        this.#paths.add(own(normalizePath(entry)));
        return undefined;
      case 'networks':
        return this.#networks.add(entry);
      case 'patterns':
        return this.#addPattern(entry);
      case 'user-agents':
        if (entry.length > denylistLimits.userAgentCharactersMax) return 'is too long';
        this.#userAgents.push(entry);
        return undefined;
    }
  }

  #addPattern(entry: string): string | undefined {
    try {
      this.#patterns.push(new RE2(entry, 'u'));
      return undefined;
    } catch (error) {
      return `is not an RE2 expression: ${error instanceof Error ? error.message : error}`;
    }
  }

  #lists(): Denylists {
    return {
      name: this.#path,
      paths: this.#paths,
      patterns: this.#patterns,
      networks: this.#networks,
      userAgents: anyOf(this.#userAgents),
      builtinAttacks: false,
    };
  }
}

/** One expression for all of them: any of the parts occurs, in any case. */
export function anyOf(parts: readonly string[]): RE2 | undefined {
  if (parts.length === 0) return undefined;
  return new RE2(parts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'iu');
}

/** A text of its own: a slice would keep the whole file in memory. */
function own(text: string): string {
  return Buffer.from(text).toString();
}

function shown(entry: string): string {
  return entry.length <= 100 ? entry : `${entry.slice(0, 100)}…`;
}

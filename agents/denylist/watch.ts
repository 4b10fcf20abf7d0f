// The files of the lists, read at the start and again whenever they change. The shaping decision: files are looked at in
// rhythm, since a confined agent may read its lists and not the folders around them, which is what watches of the kernel
// need. A change is taken once the file is the same at two looks, since editors and downloads write in pieces; a new file
// that is bad or gone leaves the old list in force, and says so. It refuses to start with a file that is bad: at that
// moment somebody is looking.

import { stat } from 'node:fs/promises';
import { denylistLimits } from '#config/limits';
import type { Logger } from '#config/log';
import { readListFile } from './list-file.ts';
import type { Denylists, ListFile } from './model.ts';

export class WatchedFiles {
  readonly #files: readonly ListFile[];
  readonly #log: Logger;
  readonly #lists = new Map<string, Denylists>(); // by kind and path
  readonly #onChange: (lists: readonly Denylists[]) => void;
  readonly #taken = new Map<string, string>(); // by path: what was read last
  readonly #seen = new Map<string, string>(); // at the last look
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #reading: Promise<void> = Promise.resolve(); // one file after the other
  #closed = false;

  constructor(files: readonly ListFile[], log: Logger, onChange: (lists: readonly Denylists[]) => void) {
    this.#files = files;
    this.#log = log;
    this.#onChange = onChange;
  }

  get lists(): readonly Denylists[] {
    return [...this.#lists.values()];
  }

  /** Reads all of them and watches from then on; returns what is wrong, and watches nothing then. */
  async start(): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const { path } of this.#files) this.#taken.set(path, await stampOf(path));
    for (const file of this.#files) problems.push(...(await this.#read(file)));
    if (problems.length > 0 || this.#files.length === 0) return problems;
    this.#timer = setInterval(() => void this.#look(), denylistLimits.settleMs);
    return [];
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#reading;
  }

  /** Each file by itself; one that is the same at two looks has settled. */
  async #look(): Promise<void> {
    if (this.#isLooking) return; // a slow disk
    this.#isLooking = true;
    for (const path of new Set(this.#files.map((file) => file.path))) {
      const now = await stampOf(path);
      const hasSettled = now === this.#seen.get(path);
      this.#seen.set(path, now);
      if (now === this.#taken.get(path) || !hasSettled) continue;
      this.#taken.set(path, now);
      if (now === missing) this.#log.warn('agent-refused-list', { file: path, problems: ['it is gone'] });
      else this.#reload(path);
    }
    this.#isLooking = false;
  }

  #reload(path: string): void {
    this.#reading = this.#reading.then(async () => {
      for (const file of this.#files.filter((one) => one.path === path)) {
        if (this.#closed) return;
        const problems = await this.#read(file);
        if (problems.length > 0) this.#log.warn('agent-refused-list', { file: path, problems: problems.slice(0, 5) });
        else this.#onChange(this.lists);
      }
    });
  }

  async #read(file: ListFile): Promise<readonly string[]> {
    const reading = await readListFile(file.kind, file.path);
    if (!reading.ok) return reading.problems;
    this.#lists.set(`${file.kind} ${file.path}`, reading.lists);
    this.#log.info('agent-list-taken', { file: file.path, entries: reading.entries });
    return [];
  }
}

const missing = 'missing';

/** Changes with the content, as far as that can be seen from outside. */
async function stampOf(path: string): Promise<string> {
  const status = await stat(path, { bigint: true }).catch(() => undefined);
  return status === undefined ? missing : `${status.ino} ${status.size} ${status.mtimeNs} ${status.ctimeNs}`;
}

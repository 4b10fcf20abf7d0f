// The files of the lists, read at the start and again whenever they change. The shaping decision: a change is taken once
// the file has not grown for a while, since editors and downloads write in pieces; a new file that is bad or gone leaves
// the old list in force, and says so. It refuses to start with a file that is bad: at that moment somebody is looking.

import { type FSWatcher, watch } from 'chokidar';
import { denylistLimits } from '#config/limits';
import type { Logger } from '#config/log';
import { readListFile } from './list-file.ts';
import type { Denylists, ListFile } from './model.ts';

export class WatchedFiles {
  readonly #files: readonly ListFile[];
  readonly #log: Logger;
  readonly #lists = new Map<string, Denylists>(); // by kind and path
  readonly #onChange: (lists: readonly Denylists[]) => void;
  #watcher: FSWatcher | undefined;
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
    for (const file of this.#files) problems.push(...(await this.#read(file)));
    if (problems.length > 0 || this.#files.length === 0) return problems;
    await this.#watch();
    return [];
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#watcher?.close();
    await this.#reading;
  }

  #watch(): Promise<void> {
    const settling = { stabilityThreshold: denylistLimits.settleMs, pollInterval: denylistLimits.settleMs / 4 };
    this.#watcher = watch(
      this.#files.map(({ path }) => path),
      { ignoreInitial: true, awaitWriteFinish: settling, atomic: true },
    );
    this.#watcher.on('add', (path) => this.#reload(path));
    this.#watcher.on('change', (path) => this.#reload(path));
    this.#watcher.on('unlink', (path) =>
      this.#log.warn('agent-refused-list', { file: path, problems: ['it is gone'] }),
    );
    this.#watcher.on('error', (error) =>
      this.#log.error('internal-error', { during: 'watching', error: String(error) }),
    );
    return new Promise((resolve) => this.#watcher?.once('ready', () => resolve()));
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

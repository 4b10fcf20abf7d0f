// Tells when files have changed, whatever way they were: written over, replaced by another, or reached by a symbolic link
// that now leads elsewhere (as certbot and Kubernetes do). The folders are watched, since watching a file loses it when it
// is replaced, and all files are looked at again now and then, since some file systems tell nothing. The shaping decision:
// a change is a difference between two looks, so events may come twice, too early or not at all. It reads no contents.

import { type FSWatcher, watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { tlsFileLimits } from '#config/limits';

export class FileWatch {
  readonly #paths: readonly string[];
  readonly #onChanged: (paths: ReadonlySet<string>) => void;
  readonly #stamps = new Map<string, string>();
  readonly #watchers = new Map<string, FSWatcher>(); // by folder
  readonly #slow: NodeJS.Timeout;
  #settling: NodeJS.Timeout | undefined = undefined;
  #looking: Promise<void>;
  #isClosed = false;

  /** `onChanged` is told which of them differ from the last look; the first look is now. */
  constructor(paths: readonly string[], onChanged: (paths: ReadonlySet<string>) => void) {
    this.#paths = [...new Set(paths)];
    this.#onChanged = onChanged;
    this.#slow = setInterval(() => this.#lookSoon(), tlsFileLimits.lookAgainMs).unref();
    this.#looking = this.#look();
  }

  /** Settles when the look that is under way is over. */
  ready(): Promise<void> {
    return this.#looking;
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#slow);
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Certificate and key are replaced one after the other: a look between the two would find a pair that does not fit. */
  #lookSoon(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#looking = this.#looking.then(() => this.#tellChanged());
    }, tlsFileLimits.settleMs).unref();
  }

  async #tellChanged(): Promise<void> {
    const before = new Map(this.#stamps);
    await this.#look();
    const changed = this.#paths.filter((path) => this.#stamps.get(path) !== before.get(path));
    if (changed.length > 0 && !this.#isClosed) this.#onChanged(new Set(changed));
  }

  async #look(): Promise<void> {
    for (const path of this.#paths) {
      const real = await realpath(path).catch(() => path);
      const status = await stat(path, { bigint: true }).catch(() => undefined);
      this.#stamps.set(
        path,
        status === undefined ? 'missing' : `${real} ${status.ino} ${status.size} ${status.mtimeNs}`,
      );
      this.#watchFolder(dirname(path));
      this.#watchFolder(dirname(real));
    }
  }

  #watchFolder(folder: string): void {
    if (this.#isClosed || this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#lookSoon());
      watcher.on('error', () => this.#forget(folder)); // the slow look sees to it
      this.#watchers.set(folder, watcher);
    } catch {
      // it is missing, or there are no watches left: the slow look sees to it
    }
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}

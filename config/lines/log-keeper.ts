// Puts log files aside that several workers write to. The shaping decision: one worker does, the first, with its own rights:
// it may rename what it may write, and a supervisor that is root touches nothing in a folder that others write to. It
// renames, then has everybody told; lines written meanwhile are in the file that was put aside, none is lost. Files are
// looked at once a second, so one may grow past its size by what a second brings. It refuses to write lines.

import { lstat, open } from 'node:fs/promises';
import { timeLimits } from '../limits.ts';
import type { Logger } from '../log.ts';
import { isDue, putAside, type RotationRules } from '../rotation.ts';

export interface Keeping {
  readonly log: Logger;
  /** Files have been put aside: whoever writes opens its own anew. */
  readonly onPutAside: () => unknown;
  readonly clock?: () => number;
}

export class LogKeeper {
  readonly #files: readonly RotationRules[];
  readonly #keeping: Keeping;
  readonly #failing = new Set<string>();
  readonly #firstSeen = new Map<string, readonly [inode: number, at: number]>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(files: readonly RotationRules[], keeping: Keeping) {
    this.#files = files.filter(({ path, maxSize, maxAgeMs }) => path !== 'stdout' && (maxSize > 0 || maxAgeMs > 0));
    this.#keeping = keeping;
  }

  start(): void {
    if (this.#files.length === 0) return;
    this.#timer = setInterval(() => {
      this.#looking ??= this.look().finally(() => {
        this.#looking = undefined;
      });
    }, timeLimits.logLookMs).unref();
  }

  /** Done with, once what is under way has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async look(): Promise<void> {
    let isAnyAside = false;
    for (const file of this.#files) isAnyAside = (await this.#tend(file)) || isAnyAside;
    if (isAnyAside) this.#keeping.onPutAside();
  }

  async #tend(file: RotationRules): Promise<boolean> {
    const now = (this.#keeping.clock ?? Date.now)();
    try {
      const status = await lstat(file.path).catch(() => undefined);
      if (status?.isFile() !== true) return false; // put aside by somebody else, or a pipe
      const begunAt = status.birthtimeMs > 0 ? status.birthtimeMs : this.#seenSince(file.path, status.ino, now);
      if (!isDue({ bytes: status.size, begunAt }, file, now)) return false;
      if ((await lstat(file.path)).ino !== status.ino) return false; // somebody was faster
      await putAside(file);
      await beginAnew(file.path, status.mode);
      this.#failing.delete(file.path);
      return true;
    } catch (error) {
      this.#fail(file.path, error);
      return false;
    }
  }

  /** Where a file system does not tell when a file was made. */
  #seenSince(path: string, inode: number, now: number): number {
    const [known, at] = this.#firstSeen.get(path) ?? [];
    if (known === inode && at !== undefined) return at;
    this.#firstSeen.set(path, [inode, now]);
    return now;
  }

  /** Said once: the file grows on, and it is tried again each second. */
  #fail(path: string, error: unknown): void {
    if (this.#failing.has(path)) return;
    this.#failing.add(path);
    this.#keeping.log.warn('log-not-put-aside', {
      path,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}

/** With the rights that it had; whoever was faster has made it already. */
async function beginAnew(path: string, mode: number): Promise<void> {
  const handle = await open(path, 'a', mode & 0o777);
  await handle.close();
}

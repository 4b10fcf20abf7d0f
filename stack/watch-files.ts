// Notices that files of the configuration have changed, for `auto-reload`. The shaping decision: it looks at the files'
// times and sizes in rhythm instead of asking the kernel to be told, because editors, package managers and orchestrators
// replace files, folders and symbolic links in ways that watches of inodes miss, and a stat of twenty files costs less
// than 0.2 ms. Folders are looked at too, for includes that are new. What has changed must then stay as it is for a
// while, so that a file is not read while it is written. It refuses to read anything.

import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { supervisorLimits } from '#config/limits';

export class FileWatch implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #onChange: () => void;
  #paths: readonly string[];
  #known: string | undefined;
  #seen: string | undefined; // changed, and not yet known to stay so
  #isLooking = false;

  constructor(files: readonly string[], onChange: () => void, intervalMs: number = supervisorLimits.filesLookedAtMs) {
    this.#paths = withFolders(files);
    this.#onChange = onChange;
    this.#timer = setInterval(() => void this.#look(), intervalMs);
    void this.#look();
  }

  /** Another configuration has other files. What changes from now on counts. */
  watch(files: readonly string[]): void {
    this.#paths = withFolders(files);
    this.#known = undefined;
    this.#seen = undefined;
    void this.#look();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return; // a slow disk
    this.#isLooking = true;
    const paths = this.#paths;
    const found = (await Promise.all(paths.map(stateOf))).join('\n');
    this.#isLooking = false;
    if (paths === this.#paths) this.#compare(found);
  }

  #compare(found: string): void {
    this.#known ??= found;
    const hasSettled = found === this.#seen;
    this.#seen = found === this.#known ? undefined : found;
    if (this.#seen === undefined || !hasSettled) return;
    this.#known = found;
    this.#seen = undefined;
    this.#onChange();
  }
}

function withFolders(files: readonly string[]): readonly string[] {
  return [...new Set([...files, ...files.map((file) => dirname(file))])];
}

/** Changes with the content, as far as that can be seen from outside. */
async function stateOf(path: string): Promise<string> {
  const status = await stat(path, { bigint: true }).catch(() => undefined);
  if (status === undefined) return `${path} missing`;
  const { ino, size, mtimeNs, ctimeNs } = status;
  return status.isDirectory() ? `${path} ${ino} ${mtimeNs}` : `${path} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

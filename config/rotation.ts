// Log files that are put aside: `access.log` becomes `access.log.1`, that `access.log.2`, and the last one goes. When and
// how, the same for every log of every process; the words are those that logrotate taught everybody. The shaping decision:
// a file is renamed, never copied or cut, so whoever writes to it loses nothing and begins a new one when told to. It
// refuses to look at the clock, and to touch what is no regular file: a log may be a pipe or a device.

import { lstat, rename, rm } from 'node:fs/promises';

export interface RotationRules {
  readonly path: string;
  readonly maxSize: number; // 0: any
  readonly maxAgeMs: number; // 0: any
  readonly maxFiles: number; // put aside and kept
}

export interface BegunFile {
  readonly bytes: number;
  readonly begunAt: number; // milliseconds since 1970
}

/** An empty file is never due: a quiet night makes no row of nothing. */
export function isDue({ bytes, begunAt }: BegunFile, { maxSize, maxAgeMs }: RotationRules, now: number): boolean {
  if (bytes === 0) return false;
  return (maxSize > 0 && bytes >= maxSize) || (maxAgeMs > 0 && now - begunAt >= maxAgeMs);
}

/** Rejects if the file system refuses; then what was there is still there, at worst under another number. */
export async function putAside({ path, maxFiles }: Pick<RotationRules, 'path' | 'maxFiles'>): Promise<void> {
  if (maxFiles === 0) return rm(path, { force: true });
  for (let number = maxFiles - 1; number >= 1; number -= 1) {
    if (await isThere(`${path}.${number}`)) await rename(`${path}.${number}`, `${path}.${number + 1}`);
  }
  await rename(path, `${path}.1`);
  return undefined;
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

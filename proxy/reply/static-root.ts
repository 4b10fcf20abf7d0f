// Opens files below one folder, and only those. The file is opened first and judged afterwards, by what the system says
// was opened (/proc/self/fd): so nothing can be exchanged between the judgement and the opening, and a symbolic link may
// lead anywhere below the root but not out of it. The root itself may be a link that is moved to the next release: then
// it is looked up again. Never blocks: opening waits for no pipe, and all of it happens on the threads of Node.

import { close, constants, fstat, open, read, readlink, realpath, type Stats } from 'node:fs';
import { promisify } from 'node:util';

/** An open file; whoever has it closes it. */
export interface OpenFile {
  readonly fd: number;
  readonly size: number;
  readonly modifiedMs: number; // with fractions
  readonly stamp: string; // another one, another content
}

/** Why there is none. `unreadable`: it is there, and the system does not give it. */
export interface Unopened {
  readonly fd: undefined;
  readonly reason: 'missing' | 'folder' | 'unreadable';
  readonly error: string; // for the access line
}

const openFile = promisify(open);
const statFile = promisify(fstat);
const readLink = promisify(readlink);
const realPath = promisify(realpath.native);
const readFile = promisify(read);

export class StaticRoot {
  readonly #root: string;
  #real: string | undefined = undefined;

  constructor(root: string) {
    this.#root = root.replace(/\/$/, ''); // of `/` nothing is left
  }

  /** `name` begins with a slash and has no `..` in it (static-path.ts). */
  async open(name: string): Promise<OpenFile | Unopened> {
    let fd: number;
    try {
      fd = await openFile(`${this.#root}${name}`, flags);
    } catch (error) {
      return unopened(error);
    }
    try {
      return await this.#judge(fd);
    } catch (error) {
      closeFile(fd);
      return unopened(error);
    }
  }

  async #judge(fd: number): Promise<OpenFile | Unopened> {
    const stats = await statFile(fd);
    if (!(await this.#holds(await readLink(`/proc/self/fd/${fd}`))))
      return refused(fd, 'missing', 'outside of the root');
    if (stats.isDirectory()) return refused(fd, 'folder', 'a folder');
    if (!stats.isFile()) return refused(fd, 'missing', 'no regular file');
    return { fd, size: stats.size, modifiedMs: stats.mtimeMs, stamp: stampOf(stats) };
  }

  async #holds(path: string): Promise<boolean> {
    this.#real ??= await realPath(`${this.#root}/`);
    if (isBelow(path, this.#real)) return true;
    this.#real = await realPath(`${this.#root}/`);
    return isBelow(path, this.#real);
  }
}

// Without O_NONBLOCK opening a pipe waits for somebody who writes to it; without O_NOCTTY a terminal becomes ours.
const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root === '/' ? '/' : `${root}/`);
}

function refused(fd: number, reason: Unopened['reason'], error: string): Unopened {
  closeFile(fd);
  return { fd: undefined, reason, error };
}

function unopened(error: unknown): Unopened {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return { fd: undefined, reason: missing.has(code) ? 'missing' : 'unreadable', error: code };
}

/** A socket cannot be opened (ENXIO), and a name may be longer than any file's. */
const missing: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'ENXIO',
  'EACCES',
  'EPERM',
]);

function stampOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/** True if nothing was written into the file since it was opened. Another one may stand in its place by now: that one was not promised. */
export async function isUnchanged({ fd, size, modifiedMs }: OpenFile): Promise<boolean> {
  const stats = await statFile(fd);
  return stats.size === size && stats.mtimeMs === modifiedMs;
}

/** All of a small file; `undefined` if it changed meanwhile. It stays open. */
export async function readWhole(file: OpenFile): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafeSlow(file.size);
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await readFile(file.fd, bytes, at, bytes.length - at, at);
    if (bytesRead === 0) return undefined;
    at += bytesRead;
  }
  return (await isUnchanged(file)) ? bytes : undefined;
}

/** Nobody waits for it, and there is nothing to be done if it fails. */
export function closeFile(fd: number): void {
  close(fd, () => undefined);
}

// The path of an agent's Unix socket. The shaping decision: the socket is bound under a name of its own, closed to
// other users (or to all but a group), and only then renamed to the path, so whoever finds the path finds a socket that listens, with its final
// mode, and a stale one is replaced in one step. It refuses to take the path from a program that still listens there,
// and to remove anything that is not its own socket.

import { chmod, lstat, rename, rm } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { systemLimits } from '#config/limits';

const ownerOnly = 0o600;
const forGroup = 0o660;

/** Why the socket cannot be opened, in the operator's words. */
export class SocketProblem extends Error {}

export class SocketPath {
  readonly #path: string;
  readonly #replaces: boolean;
  readonly #mode: number;
  #inode: bigint | undefined;

  /**
   * `replaces`: whoever listens there is of our own stack and ends when this one is ready. `isForGroup`: those who are to
   * connect are of the socket's group.
   */
  constructor(path: string, { replaces = false, isForGroup = false } = {}) {
    this.#mode = isForGroup ? forGroup : ownerOnly;
    this.#path = path;
    this.#replaces = replaces;
  }

  async listen(server: Server): Promise<void> {
    const ownPath = `${this.#path}.${process.pid}`;
    if (Buffer.byteLength(ownPath) > systemLimits.unixPathBytesMax) {
      throw new SocketProblem(
        `${this.#path}: a socket's path has at most ${systemLimits.unixPathBytesMax - 12} bytes; choose a shorter one`,
      );
    }
    await this.#refuseTaken();
    await rm(ownPath, { force: true }); // left by a program that had our process id before
    await this.#bind(server, ownPath);
    await chmod(ownPath, this.#mode);
    this.#inode = await inodeOf(ownPath);
    await rename(ownPath, this.#path);
  }

  /** Takes the path away, unless another program has taken it over. New clients are refused from here on. */
  async remove(): Promise<void> {
    if (this.#inode !== undefined && (await inodeOf(this.#path)) === this.#inode) await rm(this.#path, { force: true });
  }

  async #refuseTaken(): Promise<void> {
    const status = await lstat(this.#path).catch(() => undefined);
    if (status === undefined) return;
    if (!status.isSocket())
      throw new SocketProblem(`${this.#path}: exists and is not a socket; remove it or choose another path`);
    if (!this.#replaces && (await somebodyListens(this.#path))) {
      throw new SocketProblem(`${this.#path}: another program listens there; stop it or choose another path`);
    }
  }

  #bind(server: Server, ownPath: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (error: Error) =>
        reject(new SocketProblem(`${this.#path}: cannot listen there: ${error.message}`));
      server.once('error', failed);
      server.listen(ownPath, () => {
        server.off('error', failed);
        resolve();
      });
    });
  }
}

function somebodyListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

async function inodeOf(path: string): Promise<bigint | undefined> {
  const status = await lstat(path, { bigint: true }).catch(() => undefined);
  return status?.ino;
}

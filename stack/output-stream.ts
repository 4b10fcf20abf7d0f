// Our own stdout and stderr. Node writes to pipes, files and terminals synchronously: a reader that stops reading
// (`sentinel-stack up | less`) would stop the supervisor, and with it every restart. Here one write at a time is in
// the thread pool and the rest waits in memory; `pendingBytes` lets those who write without end drop instead. A disk that
// is full loses what is written meanwhile, and nothing more: it is tried again with what comes next.

import { write } from 'node:fs';
import type { Output } from './command.ts';

export interface OutputStream extends Output {
  /** Resolves when all that was written has been taken, or nobody reads any more. */
  flushed(): Promise<void>;
}

export interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export function openOutput(
  fd: number,
  terminal: Terminal,
  env: Readonly<Record<string, string | undefined>>,
): OutputStream {
  const queue = new WriteQueue(fd);
  const isTerminal = terminal.isTTY === true;
  const { NO_COLOR = '', TERM } = env; // https://no-color.org
  const noColor = NO_COLOR !== '' || TERM === 'dumb';
  return {
    write: (text) => queue.write(text),
    isTerminal,
    color: isTerminal && !noColor,
    get columns() {
      return terminal.columns ?? 80;
    },
    get pendingBytes() {
      return queue.pendingBytes;
    },
    takeLostBytes: () => queue.takeLostBytes(),
    flushed: () => queue.flushed(),
  };
}

class WriteQueue {
  readonly #fd: number;
  #waiting: Buffer[] = [];
  #writing = false;
  #readerGone = false;
  #lostBytes = 0;
  #isLosing = false;
  #idle: (() => void)[] = [];
  pendingBytes = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(text: string): void {
    if (this.#readerGone || text === '') return;
    const bytes = Buffer.from(text);
    this.pendingBytes += bytes.length;
    this.#waiting.push(bytes);
    if (!this.#writing) this.#next();
  }

  takeLostBytes(): number {
    if (this.#isLosing) return 0;
    const lost = this.#lostBytes;
    this.#lostBytes = 0;
    return lost;
  }

  flushed(): Promise<void> {
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #next(): void {
    const bytes = this.#waiting.length > 1 ? Buffer.concat(this.#waiting) : this.#waiting[0];
    this.#waiting = [];
    this.#writing = bytes !== undefined;
    if (bytes !== undefined) this.#put(bytes);
    else for (const resolve of this.#idle.splice(0)) resolve();
  }

  #put(bytes: Buffer): void {
    write(this.#fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error === null) this.#took(bytes, written);
      else if (error.code === 'EAGAIN')
        setTimeout(() => this.#put(bytes), retryMs); // a shared non-blocking pipe
      else if (isFull.has(error.code)) this.#lose(bytes.length);
      else this.#giveUp();
    });
  }

  /** There may be room again for what comes next. */
  #lose(bytes: number): void {
    this.#isLosing = true;
    this.#lostBytes += bytes;
    this.pendingBytes -= bytes;
    this.#next();
  }

  #took(bytes: Buffer, written: number): void {
    this.#isLosing = false;
    this.pendingBytes -= written;
    if (written < bytes.length) this.#put(bytes.subarray(written));
    else this.#next();
  }

  /** EPIPE, EIO: the reader is gone (`| head`, a closed terminal). What nobody reads is not an error of ours. */
  #giveUp(): void {
    this.#readerGone = true;
    this.#waiting = [];
    this.pendingBytes = 0;
    this.#next();
  }
}

const retryMs = 10;

/** The disk, the user's share of it, or the longest file. */
const isFull: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

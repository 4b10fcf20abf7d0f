// Lines, gathered and written many at a time to a file or to standard output, never waited for. Bounded: when they cannot
// be written fast enough, the newest are dropped and counted, and traffic goes on. A write that fails costs its lines; that
// it fails is said once, and once that it works again.

import { write } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { bufferLimits, timeLimits } from '../limits.ts';
import type { Logger } from '../log.ts';
import { ByteWriter, newSheet } from './byte-writer.ts';

const standardOutput = 1;
const heldBytesUsual = 2 * bufferLimits.accessLogBatchBytes; // a batch, and the lines that come while one is written

export class LineFile {
  readonly path: string;
  #descriptor: number;
  #handle: FileHandle | undefined;
  readonly #log: Logger;
  #lines = new ByteWriter(newSheet(heldBytesUsual));
  #spare: ByteWriter | undefined = undefined; // the other one of two, while neither is being written
  #lineStart = 0;
  #writing: Promise<void> | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #dropped = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #isFailing = false;
  #isTorn = false; // the last write ended in the middle of a line
  droppedTotal = 0;

  private constructor(handle: FileHandle | undefined, log: Logger, path: string) {
    this.path = path;
    this.#handle = handle;
    this.#descriptor = handle?.fd ?? standardOutput;
    this.#log = log;
  }

  /** `stdout`, or a file to append to. */
  static async open(path: string, log: Logger): Promise<LineFile> {
    if (path === 'stdout') return new LineFile(undefined, log, path);
    return new LineFile(await open(path, 'a', 0o640), log, path);
  }

  /** The line with its end. */
  append(line: string): void {
    this.begin().utf8(line);
    this.end();
  }

  /** A line begins: whoever called writes it, and calls `end`. */
  begin(): ByteWriter {
    this.#lineStart = this.#lines.length;
    return this.#lines;
  }

  /** The line is whole, its end included; where there is no room for it, it goes. */
  end(): void {
    if (this.#lines.length > bufferLimits.accessLogHeldBytesMax) {
      this.#lines.length = this.#lineStart;
      this.#dropped += 1;
      this.droppedTotal += 1;
      return;
    }
    this.#flushSoon();
  }

  /** At once if there is enough for a write of its own, else when the time has come. */
  #flushSoon(): void {
    if (this.#lines.length >= bufferLimits.accessLogBatchBytes) this.#flush();
    else if (this.#lines.length > 0)
      this.#timer ??= setTimeout(() => this.#flush(), timeLimits.accessLogFlushMs).unref();
  }

  /** The file of that name as it is now: what was written to has been put aside. Nothing is lost between the two. */
  async reopen(): Promise<void> {
    if (this.#handle === undefined) return;
    const fresh = await open(this.path, 'a', 0o640);
    while (this.#writing !== undefined) await this.#writing; // a batch ends in the file that it began in
    this.#isTorn = false;
    const old = this.#handle;
    this.#handle = fresh;
    this.#descriptor = fresh.fd;
    await old?.close();
  }

  /** Everything written, as far as it can be. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    this.#flush();
    await this.#writing;
    this.#tellDropped(true);
    await this.#handle?.close();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing !== undefined || this.#lines.length === 0) return; // what is left is written when the writing ends
    const batch = this.#lines;
    this.#lines = this.#spare ?? new ByteWriter(newSheet(heldBytesUsual));
    this.#spare = undefined;
    this.#writing = this.#writeAll(batch.bytes.subarray(0, batch.length)).finally(() => {
      this.#writing = undefined;
      batch.length = 0;
      if (batch.bytes.length === heldBytesUsual) this.#spare = batch; // one that grew in a bad moment is given back
      this.#tellDropped();
      this.#flushSoon();
    });
  }

  async #writeAll(batch: Buffer): Promise<void> {
    if (this.#isTorn && typeof (await writeSome(this.#descriptor, lineEnd, 0)) === 'number') this.#isTorn = false;
    let at = 0;
    while (at < batch.length) {
      const result = await writeSome(this.#descriptor, batch, at);
      if (typeof result === 'number') at += result;
      else if (result.code === 'EAGAIN')
        await new Promise((resolve) => setTimeout(resolve, timeLimits.accessLogFlushMs));
      else {
        const lost = batch.subarray(at).toString('latin1').split('\n').length - 1;
        this.#dropped += lost;
        this.droppedTotal += lost;
        this.#isTorn ||= at > 0 && batch[at - 1] !== lineEnd[0];
        this.#fail(result);
        return;
      }
    }
    this.#recover();
  }

  #fail({ message }: NodeJS.ErrnoException): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#log.warn('log-failed', { path: this.path, error: message });
  }

  #recover(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#log.warn('log-resumed', { path: this.path, dropped: this.#dropped });
    this.#dropped = 0;
  }

  /** Of a disk that is slow. Of one that fails the count is told when it works again, or at the end. */
  #tellDropped(isLast = false): void {
    const now = performance.now();
    const isEarly = this.#isFailing || now - this.#toldAt < timeLimits.logToldApartMs;
    if (this.#dropped === 0 || (isEarly && !isLast)) return;
    this.#log.warn('access-log-dropped', { path: this.path, lines: this.#dropped });
    this.#toldAt = now;
    this.#dropped = 0;
  }
}

const lineEnd = Buffer.from('\n');

/** The bytes written, or the error. */
function writeSome(descriptor: number, batch: Buffer, at: number): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    write(descriptor, batch, at, batch.length - at, null, (error, written) => resolve(error ?? written));
  });
}

// Lines, gathered and written many at a time to a file or to standard output, never waited for. Bounded: when they cannot
// be written fast enough, the newest are dropped and counted, and traffic goes on. A write that fails costs its lines.

import { write } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { bufferLimits, timeLimits } from '#config/limits';
import type { Logger } from '#config/log';
import { ByteWriter } from './byte-writer.ts';

const standardOutput = 1;
const heldBytesUsual = 2 * bufferLimits.accessLogBatchBytes; // a batch, and the lines that come while one is written

export class LineFile {
  readonly #descriptor: number;
  readonly #handle: FileHandle | undefined;
  readonly #log: Logger;
  #lines = new ByteWriter(heldBytesUsual);
  #spare: ByteWriter | undefined = undefined; // the other one of two, while neither is being written
  #lineStart = 0;
  #writing: Promise<void> | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #dropped = 0;
  droppedTotal = 0;

  private constructor(handle: FileHandle | undefined, log: Logger) {
    this.#handle = handle;
    this.#descriptor = handle?.fd ?? standardOutput;
    this.#log = log;
  }

  /** `stdout`, or a file to append to. */
  static async open(path: string, log: Logger): Promise<LineFile> {
    return new LineFile(path === 'stdout' ? undefined : await open(path, 'a', 0o640), log);
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

  /** Everything written, as far as it can be. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    this.#flush();
    await this.#writing;
    await this.#handle?.close();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing !== undefined || this.#lines.length === 0) return; // what is left is written when the writing ends
    const batch = this.#lines;
    this.#lines = this.#spare ?? new ByteWriter(heldBytesUsual);
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
        return;
      }
    }
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#log.warn('access-log-dropped', { lines: this.#dropped });
    this.#dropped = 0;
  }
}

/** The bytes written, or the error. */
function writeSome(descriptor: number, batch: Buffer, at: number): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    write(descriptor, batch, at, batch.length - at, null, (error, written) => resolve(error ?? written));
  });
}

// The stack's log in a file: appended by one write at a time, put aside by size and age, opened anew on request. The
// shaping decision: nobody waits for it. A disk that is full, a folder that is gone costs the lines, which are counted, one
// warning, and a look now and then whether it works again. It refuses to know what a line means.

import { type FileHandle, open } from 'node:fs/promises';
import { supervisorLimits } from '#config/limits';
import { isDue, putAside, type RotationRules } from '#config/rotation';

export interface LogFileListener {
  failed(why: string): void;
  resumed(dropped: number): void;
}

export class LogFile {
  readonly #rules: RotationRules;
  readonly #listener: LogFileListener;
  readonly #clock: () => number;
  #handle: FileHandle | undefined;
  #bytes = 0;
  #begunAt = 0;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  #retryAt = 0;
  #dropped = 0;
  #isFailing = false;
  #opensAnew = false;
  pendingBytes = 0;

  constructor(rules: RotationRules, listener: LogFileListener, clock: () => number = Date.now) {
    this.#rules = rules;
    this.#listener = listener;
    this.#clock = clock;
  }

  write(text: string): void {
    if (this.pendingBytes > supervisorLimits.pendingBytesMax) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(text);
    this.pendingBytes += text.length;
    this.#begin();
  }

  /** What follows goes to the file of that name as it is then. */
  reopen(): void {
    this.#opensAnew = true;
    this.#retryAt = 0;
    this.#begin();
  }

  /** Everything that was written so far is on the disk, or dropped. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async close(): Promise<void> {
    await this.settled();
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
  }

  #begin(): void {
    this.#writing ??= this.#work().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0 || this.#opensAnew) this.#begin();
    });
  }

  async #work(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = [];
    this.pendingBytes = 0;
    if (this.#isFailing && this.#clock() < this.#retryAt) {
      this.#dropped += lines.length;
      return;
    }
    try {
      const handle = await this.#ready();
      const bytes = Buffer.from(lines.join(''));
      await handle.appendFile(bytes);
      this.#bytes += bytes.length;
      this.#recover();
    } catch (error) {
      this.#fail(error, lines.length);
    }
  }

  async #ready(): Promise<FileHandle> {
    if (this.#opensAnew) await this.#letGo();
    this.#opensAnew = false;
    const begun = { bytes: this.#bytes, begunAt: this.#begunAt };
    if (this.#handle !== undefined && isDue(begun, this.#rules, this.#clock())) {
      await this.#letGo();
      await putAside(this.#rules);
    }
    if (this.#handle !== undefined) return this.#handle;
    const handle = await open(this.#rules.path, 'a', 0o640);
    const { size, birthtimeMs } = await handle.stat();
    this.#bytes = size;
    this.#begunAt = size === 0 ? this.#clock() : birthtimeMs;
    this.#handle = handle;
    return handle;
  }

  async #letGo(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }

  #recover(): void {
    const dropped = this.#dropped;
    if (!this.#isFailing && dropped === 0) return;
    this.#isFailing = false;
    this.#dropped = 0;
    this.#listener.resumed(dropped);
  }

  #fail(error: unknown, lines: number): void {
    this.#dropped += lines;
    this.#retryAt = this.#clock() + supervisorLimits.logRetryMs;
    void this.#letGo();
    if (this.#isFailing) return; // said once
    this.#isFailing = true;
    this.#listener.failed(error instanceof Error ? error.message : String(error));
  }
}

// The files that the firewall writes: audit records and alert lines. Gathered, written many at a time, put aside by size
// or age as every log of the stack, never waited for. It refuses to decide what is written.

import { lstat } from 'node:fs/promises';
import { timeLimits } from '#config/limits';
import { LineFile } from '#config/lines/line-file';
import { LogKeeper } from '#config/lines/log-keeper';
import type { Logger } from '#config/log';
import type { RotationRules } from '#config/rotation';

export class RecordFile {
  readonly #file: LineFile;
  readonly #keeper: LogKeeper;
  readonly #log: Logger;
  readonly #looking: NodeJS.Timeout;
  #inode: number | undefined;
  #reopening: Promise<void> | undefined;

  private constructor(file: LineFile, rules: RotationRules, log: Logger) {
    this.#file = file;
    this.#log = log;
    this.#keeper = new LogKeeper([rules], { log, onPutAside: () => this.#reopen() });
    this.#keeper.start();
    // Another process of the firewall, or logrotate, may have put it aside.
    this.#looking = setInterval(() => void this.#look(), timeLimits.logLookMs).unref();
  }

  /** Rejects if it cannot be opened. */
  static async open(rules: RotationRules, log: Logger): Promise<RecordFile> {
    const record = new RecordFile(await LineFile.open(rules.path, log), rules, log);
    await record.#look();
    return record;
  }

  /** Bytes as the engine has them, a character each; the end of the line is added. */
  append(text: string): void {
    this.#file.append(text.endsWith('\n') ? text : `${text}\n`);
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    await this.#keeper.stop();
    await this.#reopening;
    await this.#file.close();
  }

  async #look(): Promise<void> {
    const status = await lstat(this.#file.path).catch(() => undefined);
    const isOther = this.#inode !== undefined && this.#inode !== status?.ino;
    this.#inode = status?.ino;
    if (isOther) this.#reopen();
  }

  #reopen(): void {
    this.#reopening ??= this.#file
      .reopen()
      .catch((error: unknown) => this.#log.warn('log-failed', { path: this.#file.path, error: String(error) }))
      .finally(() => {
        this.#reopening = undefined;
      });
  }
}

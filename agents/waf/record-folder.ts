// Audit records as a file each, as ModSecurity's concurrent log has them: `20261128/1407/20261128-140211-ID` below a
// folder, made for our own user alone. Written one behind the other and never waited for; where the disk is too slow, or
// says no, records are dropped and counted. The folders of days before the last few are removed. It refuses to follow
// what a client wrote: a name is made of digits and of the letters of our own ids.

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { wafAgentLimits } from '#config/limits-waf-agent';
import type { Logger } from '#config/log';

export interface FolderRules {
  readonly folder: string;
  readonly daysMax: number; // 0: all
}

export class RecordFolder {
  readonly #rules: FolderRules;
  readonly #log: Logger;
  #waiting = 0;
  #dropped = 0;
  #isFailing = false;
  #tail: Promise<void> = Promise.resolve();
  #day = '';

  private constructor(rules: FolderRules, log: Logger) {
    this.#rules = rules;
    this.#log = log;
  }

  /** Rejects if the folder cannot be made. */
  static async open(rules: FolderRules, log: Logger): Promise<RecordFolder> {
    await mkdir(rules.folder, { recursive: true, mode: 0o700 });
    return new RecordFolder(rules, log);
  }

  /** Where the record will stand, below the folder; nothing if it is dropped. */
  put(text: string, id: string, nowMs: number): string | undefined {
    if (this.#waiting >= wafAgentLimits.recordsWaitingMax) {
      this.#dropped += 1;
      return undefined;
    }
    const path = placeOf(id, nowMs);
    this.#waiting += 1;
    this.#tail = this.#tail.then(() => this.#write(path, text));
    return path;
  }

  async close(): Promise<void> {
    await this.#tail;
  }

  async #write(path: string, text: string): Promise<void> {
    const full = join(this.#rules.folder, path);
    try {
      await mkdir(dirname(full), { recursive: true, mode: 0o700 });
      await writeFile(full, text, { mode: 0o600 });
      await this.#forgetOldDays(path.slice(0, dayCharacters));
      this.#recover();
    } catch (error) {
      this.#dropped += 1;
      this.#fail(error);
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Looked at when a day begins. */
  async #forgetOldDays(day: string): Promise<void> {
    if (day === this.#day || this.#rules.daysMax === 0) return;
    this.#day = day;
    const days = (await readdir(this.#rules.folder)).filter((name) => /^\d{8}$/.test(name)).toSorted();
    for (const old of days.slice(0, -this.#rules.daysMax)) await rm(join(this.#rules.folder, old), { recursive: true });
  }

  #fail(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#log.warn('log-failed', {
      path: this.#rules.folder,
      error: error instanceof Error ? error.message : String(error),
    });
  }

  #recover(): void {
    if (this.#dropped === 0) return;
    this.#log.warn('log-resumed', { path: this.#rules.folder, dropped: this.#dropped });
    this.#dropped = 0;
    this.#isFailing = false;
  }
}

const dayCharacters = 8;

function placeOf(id: string, nowMs: number): string {
  const [, day = '', time = ''] = /^(\S+)T(\S+?)\./.exec(new Date(nowMs).toISOString()) ?? [];
  const [date, clock] = [day.replaceAll('-', ''), time.replaceAll(':', '')];
  return join(date, clock.slice(0, 4), `${date}-${clock}-${id.replaceAll(/[^A-Za-z0-9]/g, '_').slice(0, 64)}`);
}

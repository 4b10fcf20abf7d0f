// Follows a log file that somebody else writes: whole lines, as bytes, from the place on where it was when it was opened.
// A file that was cut or put aside and begun again is read from its start. It refuses to wait: whoever reads asks again.

import { type FileHandle, open, stat } from 'node:fs/promises';
import { crsLimits } from '#config/limits-crs';

export class LogTail implements AsyncDisposable {
  readonly path: string;
  #file: FileHandle;
  #inode: number;
  #offset: number;
  #rest = ''; // of a line whose end has not come

  private constructor(path: string, file: FileHandle, at: { readonly ino: number; readonly size: number }) {
    this.path = path;
    this.#file = file;
    this.#inode = at.ino;
    this.#offset = at.size;
  }

  static async open(path: string): Promise<LogTail> {
    const file = await open(path, 'r');
    return new LogTail(path, file, await file.stat());
  }

  /** Lines that have come since. */
  async read(): Promise<readonly string[]> {
    const lines = await this.#readOn();
    const now = await stat(this.path).catch(() => undefined);
    if (now === undefined || (now.ino === this.#inode && now.size >= this.#offset)) return lines;
    await this.#file.close();
    this.#file = await open(this.path, 'r');
    this.#inode = now.ino;
    this.#offset = 0;
    this.#rest = '';
    return [...lines, ...(await this.#readOn())];
  }

  async #readOn(): Promise<string[]> {
    const lines: string[] = [];
    const piece = Buffer.allocUnsafe(crsLimits.logPieceBytes);
    for (;;) {
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, this.#offset);
      if (bytesRead === 0) return lines;
      this.#offset += bytesRead;
      const [last = '', ...whole] = (this.#rest + piece.toString('latin1', 0, bytesRead)).split('\n').toReversed();
      for (const line of whole.toReversed()) lines.push(cut(line));
      this.#rest = cut(last);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

const cut = (line: string): string => line.slice(0, crsLimits.logLineBytesMax);

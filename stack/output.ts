// What children write: always read, cut into bounded lines. A child can write 10 MB without a newline, or forever; it
// costs one line buffer, and never waits for us. It refuses to keep lines (journal.ts does) and to print (the faces do).

import { supervisorLimits } from '#config/limits';

/** Text in any pieces -> whole lines. What is longer than a line may be is cut there, and the rest of it skipped. */
export class LineReader {
  readonly #onLine: (line: string) => void;
  #partial = '';
  #skippedChars = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#take(text.slice(start, end));
      this.#emit();
      start = end + 1;
    }
    this.#take(text.slice(start));
  }

  /** The stream ended: what is left is a line too. */
  end(): void {
    if (this.#partial !== '') this.#emit();
  }

  #take(piece: string): void {
    const room = supervisorLimits.lineCharactersMax - this.#partial.length;
    this.#partial += piece.slice(0, room);
    this.#skippedChars += Math.max(0, piece.length - room);
  }

  #emit(): void {
    const cut = this.#skippedChars > 0 ? `… (${this.#skippedChars} more characters)` : '';
    const line = this.#partial.replace(/\r$/, '') + cut;
    this.#partial = '';
    this.#skippedChars = 0;
    this.#onLine(line);
  }
}

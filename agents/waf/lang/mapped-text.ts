// Text that remembers where each character stood in its file, though quotes, escapes and line ends have been taken out
// of it. Kept as a few stretches, not per character: a directive of 12 KB is two or three of them.

export interface MappedText {
  readonly text: string;
  readonly starts: readonly number[]; // where in `text` a stretch begins, ascending from 0
  readonly offsets: readonly number[]; // and where that is in the file
  readonly end: number; // the offset behind the last character
}

export class TextBuilder {
  readonly #parts: string[] = [];
  readonly #starts: number[] = [];
  readonly #offsets: number[] = [];
  #length = 0;
  #next = -1; // the offset that would go on with the last stretch
  readonly #origin: number;

  constructor(origin: number) {
    this.#origin = origin;
  }

  append(text: string, offset: number): void {
    if (text === '') return;
    if (offset !== this.#next) {
      this.#starts.push(this.#length);
      this.#offsets.push(offset);
    }
    this.#parts.push(text);
    this.#length += text.length;
    this.#next = offset + text.length;
  }

  finish(): MappedText {
    if (this.#starts.length === 0) return { text: '', starts: [0], offsets: [this.#origin], end: this.#origin };
    return { text: this.#parts.join(''), starts: this.#starts, offsets: this.#offsets, end: this.#next };
  }
}

/** Where in the file a character of the text stands; the end of the text is where its last character ends. */
export function offsetAt(mapped: MappedText, index: number): number {
  if (index >= mapped.text.length) return mapped.end;
  const stretch = stretchAt(mapped.starts, index);
  return (mapped.offsets[stretch] ?? 0) + index - (mapped.starts[stretch] ?? 0);
}

/** A part of a text, its places kept. */
export function sliceMapped(mapped: MappedText, start: number, end: number): MappedText {
  const builder = new TextBuilder(offsetAt(mapped, start));
  let at = start;
  for (let stretch = stretchAt(mapped.starts, start); at < end; stretch += 1) {
    const until = Math.min(end, mapped.starts[stretch + 1] ?? mapped.text.length);
    builder.append(mapped.text.slice(at, until), offsetAt(mapped, at));
    at = until;
  }
  return builder.finish();
}

/** Takes a backslash away where it stands before one of some characters. */
export function unescapeMapped(mapped: MappedText, escapable: string): MappedText {
  if (!mapped.text.includes('\\')) return mapped;
  const builder = new TextBuilder(offsetAt(mapped, 0));
  let from = 0;
  const take = (until: number) => {
    const part = sliceMapped(mapped, from, until);
    part.starts.forEach((start, index) => {
      builder.append(part.text.slice(start, part.starts[index + 1]), part.offsets[index] ?? 0);
    });
  };
  for (let at = mapped.text.indexOf('\\'); at !== -1; at = mapped.text.indexOf('\\', at)) {
    const isEscape = at + 1 < mapped.text.length && escapable.includes(mapped.text.charAt(at + 1));
    if (!isEscape) {
      at += 1;
      continue;
    }
    take(at);
    from = at + 1;
    at += 2;
  }
  take(mapped.text.length);
  return builder.finish();
}

function stretchAt(starts: readonly number[], index: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= index) low = middle;
    else high = middle;
  }
  return low;
}

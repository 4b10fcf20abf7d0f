// One file of configuration as text, and places in it. A place is an offset pair; lines and columns are worked out
// only when a problem is shown, so reading a good file never pays for them. Columns count characters from 1.

export interface Source {
  readonly file: string; // as the user named it
  readonly path: string; // absolute: what stands in it relative to a folder is relative to this one
  readonly text: string;
  readonly lineStarts: readonly number[];
}

/** A stretch of a source: [start, end). */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** What a person is shown of a span. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number; // characters on the first line, at least 1
  readonly text: string; // that whole line
}

export function makeSource(file: string, text: string, path = file): Source {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { file, path, text, lineStarts };
}

export function placeOf({ source, start, end }: Span): Place {
  const line = lineAt(source, start);
  const lineStart = visibleStart(source, line);
  const nextLine = source.lineStarts[line] ?? source.text.length + 1;
  const lineEnd = source.text.charAt(nextLine - 2) === '\r' ? nextLine - 2 : nextLine - 1;
  const text = source.text.slice(lineStart, lineEnd);
  const column = characters(source.text.slice(lineStart, start)) + 1;
  const marked = source.text.slice(start, Math.min(end, lineStart + text.length));
  return { file: source.file, line, column, length: Math.max(1, characters(marked)), text };
}

/** Where a line starts for a reader: a byte order mark is not part of the first. */
function visibleStart(source: Source, line: number): number {
  return line === 1 && source.text.startsWith('\ufeff') ? 1 : (source.lineStarts[line - 1] ?? 0);
}

/** Where the line of an offset starts. */
export function lineStartOf(source: Source, offset: number): number {
  return source.lineStarts[lineAt(source, offset) - 1] ?? 0;
}

/** The line of an offset, from 1: the last start that is not after it. */
function lineAt(source: Source, offset: number): number {
  let low = 0;
  let high = source.lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

// Past this a line is not one that a person wrote, and its columns are counted in UTF-16 units.
const countedLineMax = 10_000;

function characters(text: string): number {
  if (text.length > countedLineMax) return text.length;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

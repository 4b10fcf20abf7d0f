// *Did you mean*: the nearest of some known words, or none. Distance counts an insertion, a deletion, a changed letter
// and two swapped neighbours as one each (Damerau-Levenshtein, restricted); `-` and `_` and case count as the same.

/** The nearest candidate within a third of the word's length, the first of equals; else one that begins alike. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = normal(word);
  // Of one letter every other is as near; of a long word none is, and distance is quadratic.
  if (wanted.length < 2 || wanted.length > 64) return undefined;
  let nearest: string | undefined;
  let prefixed: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const known = normal(candidate);
    prefixed ??= beginAlike(wanted, known) ? candidate : undefined;
    if (Math.abs(known.length - wanted.length) >= least) continue; // the distance is at least that
    const distance = distanceBetween(wanted, known);
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest ?? prefixed;
}

/** `warning` for `warn`, `max-conn` for `max-connections`. */
function beginAlike(one: string, other: string): boolean {
  return Math.min(one.length, other.length) >= 4 && (one.startsWith(other) || other.startsWith(one));
}

function normal(word: string): string {
  return word.toLowerCase().replaceAll('_', '-');
}

function distanceBetween(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let line = 1; line <= one.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= other.length; column += 1) {
      next.push(cell(one, other, line, column, { before, row, next }));
    }
    [before, row] = [row, next];
  }
  return row[other.length] ?? 0;
}

function cell(
  one: string,
  other: string,
  line: number,
  column: number,
  rows: { before: number[]; row: number[]; next: number[] },
): number {
  const same = one.charAt(line - 1) === other.charAt(column - 1);
  const changed = (rows.row[column - 1] ?? 0) + (same ? 0 : 1);
  const best = Math.min(changed, (rows.row[column] ?? 0) + 1, (rows.next[column - 1] ?? 0) + 1);
  const swapped =
    line > 1 &&
    column > 1 &&
    one.charAt(line - 1) === other.charAt(column - 2) &&
    one.charAt(line - 2) === other.charAt(column - 1);
  return swapped ? Math.min(best, (rows.before[column - 2] ?? 0) + 1) : best;
}

// Edits of a text, and the way back: which place of the original a place of the edited text stands for. Edits come in the
// order of their places; one inside a stretch that is already replaced is dropped. It knows nothing of what it edits.

export interface Edit {
  readonly start: number;
  readonly end: number; // as `start`: an insertion
  readonly put: string;
}

export interface Edited {
  readonly text: string;
  /** An offset of the edited text as one of the original, never outside of it. */
  readonly originalOffset: (offset: number) => number;
}

/** From `from` on, edited text is original text `shift` further, up to the original's `most`. */
interface Stretch {
  readonly from: number;
  readonly shift: number;
  most: number;
}

export function applyEdits(text: string, edits: readonly Edit[]): Edited {
  const pieces: string[] = [];
  let stretch: Stretch = { from: 0, shift: 0, most: text.length };
  const stretches = [stretch];
  let taken = 0;
  let length = 0;
  for (const edit of edits) {
    if (edit.start < taken) continue; // already replaced by a wider edit
    length += edit.start - taken + edit.put.length;
    pieces.push(text.slice(taken, edit.start), edit.put);
    taken = edit.end;
    stretch.most = edit.end;
    stretch = { from: length, shift: edit.end - length, most: text.length };
    stretches.push(stretch);
  }
  pieces.push(text.slice(taken));
  return { text: pieces.join(''), originalOffset: (offset) => originalOffset(stretches, offset) };
}

function originalOffset(stretches: readonly Stretch[], offset: number): number {
  let low = 0;
  let high = stretches.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((stretches[middle]?.from ?? 0) <= offset) low = middle;
    else high = middle;
  }
  const { shift, most } = stretches[low] ?? { shift: 0, most: 0 };
  return Math.min(offset + shift, most);
}

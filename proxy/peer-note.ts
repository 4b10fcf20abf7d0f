// A note from one worker to the others, as text: lines of what, whose, and how much. Bounded in entries and characters, so
// that neither writing nor reading one holds anybody up. What comes is narrowed entry by entry: a note with anything wrong
// in it is none. It refuses to know what the amounts mean.

import { sharingLimits } from '#config/limits';

/** What is counted, for whom, and how much. */
export type NoteEntry = readonly [subject: string, key: string, amount: number];

const { noteCharactersMax, noteEntriesMax, keyCharactersMax, amountMost } = sharingLimits;

/** As many of the entries, from the first on, as one note has room for. */
export function writeNote(entries: readonly NoteEntry[]): { readonly text: string; readonly count: number } {
  const written: string[] = [];
  let length = 1;
  for (const entry of entries) {
    const text = JSON.stringify(entry);
    length += text.length + 1;
    if (written.length === noteEntriesMax || length > noteCharactersMax) break;
    written.push(text);
  }
  return { text: `[${written.join(',')}]`, count: written.length };
}

/** `undefined`: it is none of ours. */
export function readNote(text: string): readonly NoteEntry[] | undefined {
  const entries = parse(text);
  if (!Array.isArray(entries) || entries.length > noteEntriesMax) return undefined;
  return entries.every(isEntry) ? entries : undefined;
}

function parse(text: string): unknown {
  if (text.length > noteCharactersMax) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isEntry(entry: unknown): entry is NoteEntry {
  if (!Array.isArray(entry) || entry.length !== 3) return false;
  const [subject, key, amount]: readonly unknown[] = entry;
  return (
    isText(subject) && isText(key) && Number.isInteger(amount) && 0 <= Number(amount) && Number(amount) <= amountMost
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= keyCharactersMax;
}

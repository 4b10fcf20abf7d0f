// Is this certainly no word of SQL? Asked before a text is made of its bytes and looked up, which costs ten times as much,
// and most words of most texts are none. The shaping decision: a table of marks by a hash over the bytes in capitals; two
// words may share a place, so the answer is "no" or "perhaps". It refuses to answer for bytes that are no ASCII.

export type WordFilter = Uint8Array; // marks by hash

const bits = 16;
const mask = 2 ** bits - 1;
const isWordMark = 1;
const startsPhraseMark = 2;

/** Of what is no word at all, a sign. No phrase starts with one. */
export const signHash = 0;
/** Not known: perhaps anything. */
export const unknownHash = -1;
export const emptyHash = 0x811c9dc5 | 0; // of FNV-1a, as is the rest

const capital = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));

export const hashOn = (hash: number, byte: number): number => Math.imul(hash ^ (capital[byte] as number), 0x01000193);

const placeOf = (hash: number): number => (hash ^ (hash >>> bits)) & mask;

export const mayBeWord = (filter: WordFilter, hash: number): boolean =>
  hash === unknownHash || ((filter[placeOf(hash)] as number) & isWordMark) !== 0;

export const mayStartPhrase = (filter: WordFilter, hash: number): boolean =>
  hash === unknownHash || ((filter[placeOf(hash)] as number) & startsPhraseMark) !== 0;

/** For tables that are not known: perhaps everything. */
export const everyWord: WordFilter = new Uint8Array(mask + 1).fill(isWordMark | startsPhraseMark);

export function wordFilter(words: Iterable<string>): WordFilter {
  const filter = new Uint8Array(mask + 1);
  for (const word of words) {
    addMark(filter, word, isWordMark);
    // A phrase is put together word by word, and what has been put together starts the rest.
    for (let at = word.indexOf(' '); at !== -1; at = word.indexOf(' ', at + 1))
      addMark(filter, word.slice(0, at), startsPhraseMark);
  }
  return filter;
}

function addMark(filter: WordFilter, word: string, markBit: number): void {
  const place = placeOf(hashOf(word));
  filter[place] = (filter[place] as number) | markBit;
}

/** Of what the hash is of, and this text behind it. */
export function hashOf(text: string, before = emptyHash): number {
  let hash = before;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    if (byte >= 0x80) return unknownHash;
    hash = hashOn(hash, byte);
  }
  return hash;
}

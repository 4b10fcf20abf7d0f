// Is this certainly no SQL injection? Asked first, in one pass over the bytes, since most texts are words, numbers and
// harmless signs. The shaping decision: only words of which none is SQL's, numbers, operators, commas and points: folding
// makes nothing else of these, and no fingerprint of these kinds alone is on the list (a test reads that off the list). It
// refuses to judge: "no" means that the text is to be read properly.
//
// Eight words or numbers side by side are the end of it: nothing folds two of them into one, except the first with what
// stands before it, and the window of tokens holds six (sqli-fold.ts).

import { bytesOf } from '../transform/scratch.ts';
import { behindNumber, isPointAlone, wordEnds } from './sqli-token.ts';
import { emptyHash, hashOn, mayBeWord, mayStartPhrase, type WordFilter } from './sqli-word-filter.ts';

const rowIsEnough = 8;

const space = 1;
const word = 2;
const number = 3;
const sign = 4;

/** By byte; 0: what may be more than a word, a number or an operator. */
const classes = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (byte <= 0x20 || byte === 0x7f || byte === 0xa0) return space;
  if (/[A-Za-z_]/.test(character)) return word;
  if (/[\d.]/.test(character)) return number;
  return '!%&*+,-/:<=>?^|~'.includes(character) ? sign : 0;
});

/** Of these two in a row are a comment or another kind: `--`, `&&`, `||`; and so is `/*`. */
const second = new Uint8Array(256);
for (const pair of ['--', '&&', '||', '/*']) second[pair.charCodeAt(0)] = pair.charCodeAt(1);

export function isPlain(text: string, filter: WordFilter): boolean {
  if (text.includes("'") || text.includes('"')) return false; // it is read from within the quotes too
  const bytes = bytesOf(text);
  let row = 0; // words and numbers side by side
  for (let at = 0; at < text.length && row < rowIsEnough; ) {
    const byte = bytes[at] as number;
    const kind = classes[byte];
    if (kind === space) at += 1;
    else if (kind === word) {
      at = behindWord(bytes, at, filter);
      if (at === notPlain) return false;
      row += 1;
    } else if (kind === number) {
      const start = at;
      at = behindNumber(bytes, at);
      row = isPointAlone(bytes, start, at) ? 0 : row + 1;
    } else if (kind === sign && (second[byte] === 0 || bytes[at + 1] !== second[byte])) {
      at += 1;
      row = 0;
    } else return false;
  }
  return true;
}

const notPlain = -1;
const tick = 0x60;
const point = 0x2e;

/** What stands before a point may be a word of its own. */
function behindWord(bytes: Buffer, start: number, filter: WordFilter): number {
  let [end, hash] = [start, emptyHash];
  for (; ; end += 1) {
    const byte = bytes[end] as number;
    if (wordEnds[byte] === 1) break;
    if (byte === tick || byte >= 0x80 || (byte === point && mayBeWord(filter, hash))) return notPlain;
    hash = hashOn(hash, byte);
  }
  return mayBeWord(filter, hash) || mayStartPhrase(filter, hash) ? notPlain : end;
}

// What the oracle takes a word for: a keyword, a function, nothing at all. The shaping decision: every kind is a hypothesis.
// A word is put into thirty texts, the fingerprint of each is worked out by our own reading for every kind, and the kind
// that agrees with the oracle most often is it. Most agree always; what makes a phrase with a neighbour in a text does
// not there. It refuses to look anything up.

import { type SqlTables, sqliFingerprint } from '../../agents/waf/operator/sqli.ts';
import type { Oracle } from './oracle.ts';

/** `none`: not in the table. A single word of kind `n` reads the same, a phrase does not: it makes two words one. */
type Kind = string;

const kinds: readonly Kind[] = ['none', 'k', 'U', 'B', 'E', 't', 'f', 'n', '1', 'v', 'o', '&', 'A', 'T'];

const texts: readonly string[] = [
  'W',
  'W 1',
  '1 W',
  '1 W 1',
  '1 W (',
  '1 union select W',
  '1 union select W (',
  '1 union select W 1',
  '; W 1',
  "' W 1",
  '1 ; W foo',
  '1 and W',
  '1 and W ( 1',
  'select W from foo',
  '1 union W foo',
  '1 W select 1',
  '1 W union select 1',
  'foo W foo union select 1',
  '1 ; W union select 1',
  '@a W @a',
  '1 ) W ( select 1',
  '1 W 1 = 1 -- ',
  '1 collate W 1 union select',
  '1 W int',
  '1 W sin ( 1',
  "'a' W 'a'",
  '1 W foo . foo',
  ', W 1 union select 1',
  '1 , W ( select 1',
  'W ( 1 ) union select 1',
];

const telling = [
  '1 W select 1',
  '1 union select W',
  '1 W union select 1',
  '1 W 1',
  '1 ; W 1',
  'foo W foo union select 1',
  '1 and W ( 1',
  '1 W (',
];

export type Words = Map<string, Kind>;

export class Classifier {
  readonly #oracle: Oracle;
  readonly #fingerprints: ReadonlySet<string>;
  readonly words: Words;

  constructor(oracle: Oracle, fingerprints: ReadonlySet<string>, words: Words) {
    this.#oracle = oracle;
    this.#fingerprints = fingerprints;
    this.words = words;
  }

  /** Some of the texts: enough to see that two words side by side are one. */
  isSomething(word: string): boolean {
    return telling.some((text) => {
      const written = text.replace('W', word);
      return this.#oracle.sqli(written) !== sqliFingerprint(written, this.#tablesWith(word, 'none'));
    });
  }

  classify(word: string): Kind {
    const agreeing = new Map<Kind, number>(kinds.map((kind) => [kind, 0]));
    for (const text of texts) {
      const written = text.replace('W', word);
      const found = this.#oracle.sqli(written);
      for (const kind of kinds) {
        if (sqliFingerprint(written, this.#tablesWith(word, kind)) === found) add(agreeing, kind);
      }
    }
    const most = Math.max(...agreeing.values());
    return kinds.find((kind) => agreeing.get(kind) === most) ?? 'none'; // `none` is the first: no difference, no entry
  }

  #tablesWith(word: string, kind: Kind): SqlTables {
    return {
      lookUp: (asked) => (asked === word ? (kind === 'none' ? undefined : kind) : this.words.get(asked)),
      isListed: (fingerprint) => this.#fingerprints.has(fingerprint.toUpperCase()),
    };
  }
}

const add = (counts: Map<Kind, number>, kind: Kind): unknown => counts.set(kind, (counts.get(kind) ?? 0) + 1);

/** Words that stand in the texts above: what they make with a neighbour must be known before anything else. */
const textWords = ['UNION', 'SELECT', 'AND', 'COLLATE', 'FROM', 'INT', 'SIN', 'FOO'];

/** Words one by one, twice: what a word makes with its neighbours in a text is only known after the first time. */
export function findWords(classifier: Classifier, candidates: readonly string[], phraseWords: readonly string[]): void {
  classifyAll(classifier, candidates);
  extendPhrases(classifier, textWords, phraseWords);
  classifyAll(classifier, candidates);
}

function classifyAll(classifier: Classifier, candidates: readonly string[]): void {
  for (const word of candidates) {
    const kind = classifier.classify(word);
    if (kind === 'none') classifier.words.delete(word);
    else classifier.words.set(word, kind);
  }
}

const longestPhrase = 5; // words: IS NOT DISTINCT FROM has four

/** Phrases of two words, then of three and more: each known phrase with each word behind it. */
export function findPhrases(classifier: Classifier, phraseWords: readonly string[]): void {
  let starts = phraseWords;
  for (let words = 2; words <= longestPhrase; words += 1) starts = extendPhrases(classifier, starts, phraseWords);
}

function extendPhrases(classifier: Classifier, starts: readonly string[], nexts: readonly string[]): string[] {
  const found: string[] = [];
  for (const start of starts) {
    for (const next of nexts) {
      const phrase = `${start} ${next}`;
      if (phrase.length >= 32 || !classifier.isSomething(phrase)) continue;
      const kind = classifier.classify(phrase);
      if (kind === 'none') continue;
      classifier.words.set(phrase, kind);
      found.push(phrase);
    }
  }
  return found;
}

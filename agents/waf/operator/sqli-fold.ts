// Tokens into a fingerprint of at most five letters: the second half of `@detectSQLi`. The shaping decision: a window of
// six places in which neighbours that say nothing new are folded (`1+1` is `1`, a list is its first member), so length
// does not hide an attack and every token costs a bounded number of steps. The rules and their order are
// libinjection's; each is one line of a table. It refuses to judge the fingerprint.

import { type LookUpWord, type SqlScanner, Token } from './sqli-token.ts';
import { hashOf, hashOn, mayBeWord, mayStartPhrase, unknownHash } from './sqli-word-filter.ts';

export const tokensMax = 5;

export interface Folded {
  readonly fingerprint: string;
  readonly tokens: readonly Token[];
}

export function fold(scanner: SqlScanner): Folded {
  const window = new Window(scanner);
  window.run();
  if (window.isEvil) return evil;
  const tokens = window.result();
  const last = tokens.at(-1);
  if (tokens.length > 2 && last?.type === 'n' && last.open === '`' && last.value === '' && last.close === '') {
    last.type = 'c'; // PHP's way to comment with a back tick
  }
  let fingerprint = '';
  for (const { type } of tokens) {
    if (type === 'X') return evil;
    fingerprint += type;
  }
  return { fingerprint, tokens };
}

const evil: Folded = { fingerprint: 'X', tokens: [new Token('X', 'X', 0, 1)] };

/** Kinds, by the code of their letter. */
type Kinds = Uint8Array;

function kinds(letters: string): Kinds {
  const set = new Uint8Array(128);
  for (const letter of letters) set[letter.charCodeAt(0)] = 1;
  return set;
}

const is = (set: Kinds, { type }: Token): boolean => set[type.charCodeAt(0)] === 1;

const opening = kinds('c(t');
const linking = kinds('o&');
const phraseStarts = kinds('knoUfETt');
const phraseEnds = kinds('knot&fUET');
const nameOrVariable = kinds('nv');
const typed = kinds('n1t(fvs');
const parentheses = kinds('()');
const values = kinds('1nvs');
const beforeSigns = kinds('EB,');
const words = kinds('kEB');
const valuesAndFunctions = kinds('1nvsf');
const unquoted = kinds('v1n');
const plain = kinds('n1');

function isWord(token: Token, ...words: readonly string[]): boolean {
  return words.includes(token.value.toUpperCase());
}

function isUnary(token: Token): boolean {
  return token.type === 'o' && (['+', '-', '!', '~', '!!'].includes(token.value) || isWord(token, 'NOT'));
}

function isArithmetic(token: Token): boolean {
  return token.type === 'o' && ['*', '/', '-', '+', '%'].includes(token.value);
}

const namesThatAreFunctions = [
  'USER_ID',
  'USER_NAME',
  'DATABASE',
  'PASSWORD',
  'USER',
  'CURRENT_USER',
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_TIMESTAMP',
  'LOCALTIME',
  'LOCALTIMESTAMP',
];

/** What a rule did: `folded` begins again, `kept` lets the next rules look. */
type Outcome = 'folded' | 'kept';

class Window {
  readonly #scanner: SqlScanner;
  readonly #lookUp: LookUpWord;
  isEvil = false;
  readonly #tokens: Token[] = []; // of which `#count` hold
  #count = 0;
  #left = 0;
  #more = true;
  #comment: Token | undefined;

  constructor(scanner: SqlScanner) {
    this.#scanner = scanner;
    this.#lookUp = scanner.lookUp;
  }

  run(): void {
    if (!this.#skipOpening()) return;
    for (;;) {
      if (this.#count >= tokensMax) this.#shorten();
      if (this.isEvil || !this.#more || this.#left >= tokensMax) break;
      this.#fill(2);
      if (this.#count - this.#left < 2) {
        this.#left = this.#count;
        continue;
      }
      if (this.#foldTwo() === 'folded') continue;
      this.#fill(3);
      if (this.#count - this.#left < 3) {
        this.#left = this.#count;
        continue;
      }
      if (this.#foldThree() === 'kept') this.#left += 1;
    }
    this.#left = this.#count;
  }

  result(): readonly Token[] {
    const tokens = this.#tokens.slice(0, Math.min(this.#left, tokensMax));
    if (this.#left < tokensMax && this.#comment !== undefined) tokens.push(this.#comment);
    return tokens;
  }

  /** Comments, parentheses, types and signs before anything else. */
  #skipOpening(): boolean {
    for (let token = this.#scanner.next(); token !== undefined; token = this.#scanner.next()) {
      if (is(opening, token) || isUnary(token)) continue;
      this.#tokens[0] = token;
      this.#count = 1;
      return true;
    }
    return false;
  }

  #fill(wanted: number): void {
    while (this.#more && this.#count <= tokensMax && this.#count - this.#left < wanted) {
      const token = this.#scanner.next();
      if (token === undefined) this.#more = false;
      else if (token.type === 'c') this.#comment = token;
      else {
        this.#comment = undefined;
        this.#tokens[this.#count] = token;
        this.#count += 1;
      }
    }
  }

  #types(): string {
    let types = '';
    for (let at = 0; at < tokensMax; at += 1) types += this.#tokens[at]?.type ?? '';
    return types;
  }

  /** Five places taken by what is one value. */
  #shorten(): void {
    if (this.#tokens[2]?.type !== '(' && this.#tokens[3]?.type !== '(') return; // as all of them have
    if (!['1o(1)', '1,(1)', 'no(n)', 'no(1)', '1),(1', 'n)o(n'].includes(this.#types())) return;
    const next = this.#tokens[tokensMax];
    const isNextKnown = this.#count > tokensMax && next !== undefined;
    if (isNextKnown) this.#tokens[1] = next;
    this.#count = isNextKnown ? 2 : 1;
    this.#left = 0;
  }

  /** Takes tokens away from the end of the window. */
  #drop(count: number, left: number): Outcome {
    this.#count -= count;
    this.#left = Math.max(left, 0);
    return 'folded';
  }

  #foldTwo(): Outcome {
    const [left, tokens] = [this.#left, this.#tokens];
    const [one, two] = [tokens[left], tokens[left + 1]];
    if (one === undefined || two === undefined) return 'kept';
    if (one.type === two.type && (one.type === 's' || one.type === ';')) return this.#drop(1, left);
    if (is(linking, one) && (isUnary(two) || two.type === 't')) return this.#drop(1, 0);
    if (one.type === '(' && isUnary(two)) return this.#drop(1, left - 1);
    if (this.#mergeWords(one, two)) return this.#drop(1, left - 1);
    return this.#retype(one, two) ?? this.#simplify(one, two);
  }

  /** `UNION` and `ALL` are one word of the table. */
  #mergeWords(one: Token, two: Token): boolean {
    if (!is(phraseStarts, one) || !is(phraseEnds, two)) return false;
    const { filter } = this.#scanner;
    if (!mayStartPhrase(filter, one.hash)) return false;
    const hash = one.hash === unknownHash ? unknownHash : hashOf(two.value, hashOn(one.hash, 0x20));
    if (!mayBeWord(filter, hash)) return false;
    const phrase = `${one.value} ${two.value}`;
    const type = phrase.length < 32 ? this.#lookUp(phrase.toUpperCase()) : undefined;
    if (type === undefined) return false;
    this.#tokens[this.#left] = new Token(type, phrase, 0, phrase.length, hash, one.open, one.close);
    return true;
  }

  /** Words whose kind depends on their neighbour. `undefined`: none of these. */
  #retype(one: Token, two: Token): Outcome | undefined {
    if (one.type === ';' && two.type === 'f' && /^if/i.test(two.value)) {
      two.type = 'T';
      return 'folded';
    }
    if (is(nameOrVariable, one) && two.type === '(' && isWord(one, ...namesThatAreFunctions)) {
      one.type = 'f';
      return 'folded';
    }
    if (one.type === 'k' && isWord(one, 'IN', 'NOT IN')) {
      one.type = two.type === '(' ? 'o' : 'n';
      return 'folded';
    }
    if (one.type !== 'o' || !isWord(one, 'LIKE', 'NOT LIKE')) return undefined;
    if (two.type === '(') one.type = 'f';
    return 'kept';
  }

  #simplify(one: Token, two: Token): Outcome {
    if (one.type === 't' && is(typed, two)) return this.#replaceFirst(two);
    if (one.type === 'A' && two.type === 'n') {
      if (!two.value.includes('_')) return 'kept';
      two.type = 't';
      this.#left = 0;
      return 'kept';
    }
    if (one.type === '\\') {
      if (!isArithmetic(two)) return this.#replaceFirst(two);
      one.type = '1';
      return this.#drop(0, 0);
    }
    if (one.type === two.type && is(parentheses, one)) return this.#drop(1, 0);
    if (one.type === '{' && two.type === 'n') return this.#foldBrace(two);
    return two.type === '}' ? this.#drop(1, 0) : 'kept';
  }

  #replaceFirst(two: Token): Outcome {
    this.#tokens[this.#left] = two;
    return this.#drop(1, 0);
  }

  /** ODBC's `{name value}`; MySQL's empty name in it is an attack. */
  #foldBrace(name: Token): Outcome {
    if (name.value !== '') return this.#drop(2, 0);
    name.type = 'X';
    this.#more = false;
    this.isEvil = true;
    return 'folded';
  }

  #foldThree(): Outcome {
    const left = this.#left;
    const [one, two, three] = [this.#tokens[left], this.#tokens[left + 1], this.#tokens[left + 2]];
    if (one === undefined || two === undefined || three === undefined) return 'kept';
    if (isOneValue(one, two, three)) return this.#drop(2, 0);
    if (this.#foldSign(one, two, three)) return 'folded';
    if (one.type === 'f' && two.type === '(' && three.type !== ')' && isWord(one, 'USER')) one.type = 'n';
    return 'kept';
  }

  /** A sign before a value, or a point, goes. */
  #foldSign(one: Token, two: Token, three: Token): boolean {
    const isSign = isUnary(two);
    const isListed = one.type === ',' && isSign && is(values, three);
    const isRemoved =
      (is(beforeSigns, one) && isSign && three.type === '(') ||
      (is(words, one) && isSign && is(valuesAndFunctions, three)) ||
      isListed ||
      (one.type === ',' && isSign && three.type === 'f') ||
      (one.type === 'E' && two.type === '.' && three.type === 'n');
    if (!isRemoved) return false;
    this.#tokens[this.#left + 1] = three;
    this.#drop(isListed ? 3 : 1, 0);
    return true;
  }
}

/** `1+1`, `a and b and`, `a, b`, `a.b`: as good as the first. */
function isOneValue(one: Token, two: Token, three: Token): boolean {
  if (one.type === 'o' && two.type !== '(' && three.type === 'o') return true;
  if (one.type === '&' && three.type === '&') return true;
  if (two.type === '.') return one.type === 'n' && three.type === 'n';
  if (two.type === ',') return is(values, one) && is(values, three);
  if (two.type !== 'o') return false;
  if (is(plain, one) && is(plain, three)) return true;
  if (one.type === 'v' && is(unquoted, three)) return true;
  return is(values, one) && three.type === 't' && two.value === '::';
}

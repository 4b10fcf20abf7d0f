// Tokens into a fingerprint of at most five letters: the second half of `@detectSQLi`. The shaping decision: a window of
// six places in which neighbours that say nothing new are folded (`1+1` is `1`, a list is its first member), so length
// does not hide an attack and every token costs a bounded number of steps. The rules and their order are
// libinjection's; each is one line of a table. It refuses to judge the fingerprint.

import type { LookUpWord, SqlScanner, Token } from './sqli-token.ts';

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
  const fingerprint = tokens.map(({ type }) => type).join('');
  return fingerprint.includes('X') ? evil : { fingerprint, tokens };
}

const evil: Folded = { fingerprint: 'X', tokens: [{ type: 'X', value: 'X', open: '', close: '' }] };

const is = (letters: string, token: Token | undefined): boolean => token !== undefined && letters.includes(token.type);

function isWord(token: Token, ...words: readonly string[]): boolean {
  return words.includes(token.value.toUpperCase());
}

function isUnary(token: Token | undefined): boolean {
  return token?.type === 'o' && (['+', '-', '!', '~', '!!'].includes(token.value) || isWord(token, 'NOT'));
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
      if (is('c(t', token) || isUnary(token)) continue;
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

  #types(from: number, count: number): string {
    let types = '';
    for (let at = from; at < from + count; at += 1) types += this.#tokens[at]?.type ?? '';
    return types;
  }

  /** Five places taken by what is one value. */
  #shorten(): void {
    const types = this.#types(0, tokensMax);
    if (!['1o(1)', '1,(1)', 'no(n)', 'no(1)', '1),(1', 'n)o(n'].includes(types)) return;
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
    const pair = one.type + two.type;
    if (pair === 'ss' || pair === ';;') return this.#drop(1, left);
    if (is('o&', one) && (isUnary(two) || two.type === 't')) return this.#drop(1, 0);
    if (one.type === '(' && isUnary(two)) return this.#drop(1, left - 1);
    if (this.#mergeWords(one, two)) return this.#drop(1, left - 1);
    return this.#retype(one, two) ?? this.#simplify(one, two);
  }

  /** `UNION` and `ALL` are one word of the table. */
  #mergeWords(one: Token, two: Token): boolean {
    if (!is('knoUfETt', one) || !is('knot&fUET', two)) return false;
    const phrase = `${one.value} ${two.value}`;
    const type = phrase.length < 32 ? this.#lookUp(phrase.toUpperCase()) : undefined;
    if (type === undefined) return false;
    this.#tokens[this.#left] = { ...one, type, value: phrase };
    return true;
  }

  /** Words whose kind depends on their neighbour. `undefined`: none of these. */
  #retype(one: Token, two: Token): Outcome | undefined {
    if (one.type === ';' && two.type === 'f' && /^if/i.test(two.value)) {
      two.type = 'T';
      return 'folded';
    }
    if (is('nv', one) && two.type === '(' && isWord(one, ...namesThatAreFunctions)) {
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
    if (one.type === 't' && is('n1t(fvs', two)) return this.#replaceFirst(two);
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
    if (one.type === two.type && is('()', one)) return this.#drop(1, 0);
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
    const isListed = one.type === ',' && isSign && is('1nvs', three);
    const isRemoved =
      (is('EB,', one) && isSign && three.type === '(') ||
      (is('kEB', one) && isSign && is('1nvsf', three)) ||
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
  const types = one.type + two.type + three.type;
  if (types === '1o1' || types === 'n.n') return true;
  if (one.type === 'o' && two.type !== '(' && three.type === 'o') return true;
  if (one.type === '&' && three.type === '&') return true;
  if (one.type === 'v' && two.type === 'o' && is('v1n', three)) return true;
  if (is('n1', one) && two.type === 'o' && is('1n', three)) return true;
  if (is('n1vs', one) && two.type === 'o' && two.value === '::' && three.type === 't') return true;
  return is('n1sv', one) && two.type === ',' && is('1nsv', three);
}

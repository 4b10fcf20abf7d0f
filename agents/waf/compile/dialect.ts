// A regular expression as PCRE reads it -> one that RE2 reads the same way, on values whose characters are bytes. Three
// things differ silently and are rewritten, each tested byte by byte against its definition:
//
//   \s, \S   PCRE has had the vertical tab among blanks since 8.34, RE2 has not: an attacker's blank
//   \v, \h   are classes in PCRE; RE2 takes \v for one character and does not know \h
//   (?i)     RE2 folds by Unicode, so that byte E9 would match byte C9; PCRE folds ASCII alone
//
// A possessive quantifier becomes a greedy one and an atomic group a plain one: they match all that the others do, and
// RE2 never backtracks. `\Z` takes a last line feed along. What RE2 cannot do (looking around, references to groups, …) is
// refused in words a person can act on.

import { wafLangLimits } from '#config/limits-waf-lang';

export type Translated =
  | { readonly expression: string }
  | { readonly fault: string; readonly hint: string; readonly at: number };

class Refused extends Error {
  readonly hint: string;
  readonly at: number;
  constructor(what: string, hint: string, at: number) {
    super(what);
    this.hint = hint;
    this.at = at;
  }
}

/** `foldsCase`: the expression is matched without regard to case from its start. */
export function translate(source: string, foldsCase = false): Translated {
  const reader: Reader = { source, at: 0, folds: [foldsCase], out: foldsCase ? ['(?i)'] : [], classes: new Map() };
  try {
    while (reader.at < source.length) step(reader);
    return { expression: reader.out.join('') };
  } catch (error) {
    if (error instanceof Refused) return { fault: error.message, hint: error.hint, at: error.at };
    throw error;
  }
}

interface Reader {
  readonly source: string;
  at: number;
  readonly folds: boolean[]; // whether case is folded, for each group that is open
  readonly out: string[];
  readonly classes: Map<string, string>; // translated, by their text
}

function step(reader: Reader): void {
  const { source, at } = reader;
  const character = source.charAt(at);
  plainText.lastIndex = at;
  if (plainText.test(source)) {
    reader.out.push(source.slice(at, plainText.lastIndex));
    reader.at = plainText.lastIndex;
  } else if (character === '\\') escapeAt(reader);
  else if (character === '[') characterClass(reader);
  else if (character === '(') openGroup(reader);
  else if (character === ')') closeGroup(reader);
  else if ('*+?'.includes(character)) quantifier(reader, at + 1);
  else if (character === '{') braces(reader);
  else {
    reader.at += 1;
    reader.out.push(literal(reader, character));
  }
}

/** Means the same in both. */
const plainText = /[^\\[()*+?{\x80-\uffff]+/y;

/** A character that stands for itself; beyond ASCII it must not be folded. */
function literal(reader: Reader, character: string): string {
  const isFolded = isFolding(reader) && character > '\x7f';
  return isFolded ? `(?-i:${hex(character.charCodeAt(0))})` : character;
}

const isFolding = ({ folds }: Reader): boolean => folds.at(-1) === true;

function quantifier(reader: Reader, end: number): void {
  const { source, at } = reader;
  const next = source.charAt(end);
  reader.out.push(source.slice(at, next === '?' ? end + 1 : end));
  reader.at = next === '?' || next === '+' ? end + 1 : end; // `+` made it possessive
}

function braces(reader: Reader): void {
  const counted = /^\{\d+(?:,\d*)?\}/.exec(reader.source.slice(reader.at, reader.at + 24))?.[0];
  if (counted !== undefined) return quantifier(reader, reader.at + counted.length);
  reader.out.push('\\{'); // stands for itself in both
  reader.at += 1;
}

function openGroup(reader: Reader): void {
  const { source, at } = reader;
  if (reader.folds.length > wafLangLimits.expressionDepthMax) {
    throw new Refused('groups are nested too deep', `${wafLangLimits.expressionDepthMax} is the most`, at);
  }
  if (source.charAt(at + 1) === '*')
    throw new Refused('a verb such as (*FAIL)', 'it steers backtracking, which RE2 never does; leave it out', at);
  if (source.charAt(at + 1) !== '?') {
    reader.folds.push(isFolding(reader));
    reader.out.push('(');
    reader.at += 1;
    return;
  }
  if (source.charAt(at + 2) === '#') return skipComment(reader);
  if (source.charAt(at + 2) === '>') return push(reader, '(?:', 3, isFolding(reader));
  const name = /^\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/.exec(source.slice(at, at + 200));
  if (name !== null) return push(reader, `(?P<${name[1] ?? name[2]}>`, name[0].length, isFolding(reader));
  flags(reader);
}

function push(reader: Reader, text: string, length: number, folds: boolean): void {
  reader.folds.push(folds);
  reader.out.push(text);
  reader.at += length;
}

function skipComment(reader: Reader): void {
  const end = reader.source.indexOf(')', reader.at);
  if (end === -1) throw new Refused('a comment (?# is not closed', 'close it with a parenthesis', reader.at);
  reader.at = end + 1;
}

/** `(?i)`, `(?i:`, `(?s-i:`, `(?:`. */
function flags(reader: Reader): void {
  const { source, at } = reader;
  const found = /^\(\?([imsU]*)(?:-([imsU]*))?([:)])/.exec(source.slice(at, at + 20));
  if (found === null) throw refusedGroup(source, at);
  const [whole, on = '', off = '', end] = found;
  const folds = on.includes('i') || (isFolding(reader) && !off.includes('i'));
  if (end === ':') return push(reader, whole, whole.length, folds);
  reader.folds[reader.folds.length - 1] = folds; // holds until the group around it closes
  if (whole !== '(?)') reader.out.push(whole);
  reader.at += whole.length;
}

function refusedGroup(source: string, at: number): Refused {
  const start = source.slice(at, at + 4);
  if (/^\(\?<?[=!]/.test(start))
    return new Refused(
      `'${/^\(\?<?[=!]/.exec(start)?.[0]}' looks around, which RE2 cannot`,
      'write a second rule, chained, that looks for the rest',
      at,
    );
  if (start.startsWith('(?|'))
    return new Refused("'(?|' numbers groups anew, which RE2 cannot", 'write (?: and use the groups one by one', at);
  if (/^\(\?[a-zA-Z]*x/.test(source.slice(at, at + 8)))
    return new Refused(
      "the flag 'x' for expressions with blanks in them",
      'take the blanks and comments out, and the flag',
      at,
    );
  return new Refused(
    `'${start.slice(0, 3)}' is no group that RE2 knows`,
    'groups are (…), (?:…), (?i:…) and (?<name>…)',
    at,
  );
}

function closeGroup(reader: Reader): void {
  if (reader.folds.length > 1) reader.folds.pop();
  reader.out.push(')');
  reader.at += 1;
}

const wordForClass: Readonly<Record<string, string>> = {
  s: '\\t-\\r\\x20',
  S: '\\x00-\\x08\\x0e-\\x1f\\x21-\\xff',
  h: '\\t\\x20\\xa0',
  H: '\\x00-\\x08\\x0a-\\x1f\\x21-\\x9f\\xa1-\\xff',
  v: '\\n-\\r\\x85',
  V: '\\x00-\\x09\\x0e-\\x84\\x86-\\xff',
};

const refusedEscapes: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  K: ["'\\K' forgets what came before", 'capture what is meant with a group'],
  G: ["'\\G' stands for where the last match ended", 'leave it out'],
  X: ["'\\X' stands for a character of several", 'values are bytes; write out what is meant'],
  C: ["'\\C' stands for one byte", 'write . instead'],
  g: [
    "'\\g' refers to a group, which RE2 cannot",
    'capture, and compare in a chained rule: SecRule TX:1 "@streq %{tx.2}"',
  ],
  k: [
    "'\\k' refers to a group, which RE2 cannot",
    'capture, and compare in a chained rule: SecRule TX:1 "@streq %{tx.2}"',
  ],
};

function escapeAt(reader: Reader): void {
  const { source, at } = reader;
  const letter = source.charAt(at + 1);
  if (letter === 'Q') return quotedStretch(reader);
  if (/[1-9]/.test(letter)) return octalOrReference(reader);
  const words = wordForClass[letter];
  const refused = refusedEscapes[letter];
  if (refused !== undefined) throw new Refused(...refused, at);
  if (words !== undefined) return emit(reader, `[${words}]`, 2);
  if (letter === 'R') return emit(reader, '(?:\\r\\n|[\\n-\\r\\x85])', 2);
  if (letter === 'Z') return emit(reader, '(?:\\n?\\z)', 2);
  if (letter === 'N') return emit(reader, '[^\\n]', 2);
  if ('dDwWbBAzpP'.includes(letter) && letter !== '') return emit(reader, source.slice(at, at + 2), 2);
  const { code, end } = escapedCharacter(source, at);
  emit(reader, atom(code, isFolding(reader)), end - at);
}

function emit(reader: Reader, text: string, length: number): void {
  reader.out.push(text);
  reader.at += length;
}

const atom = (code: number, folds: boolean): string => (folds && code > 0x7f ? `(?-i:${hex(code)})` : hex(code));

function quotedStretch(reader: Reader): void {
  const end = reader.source.indexOf('\\E', reader.at);
  const inner = reader.source.slice(reader.at + 2, end === -1 ? undefined : end);
  for (const character of inner) reader.out.push(atom(character.charCodeAt(0), isFolding(reader)));
  reader.at = end === -1 ? reader.source.length : end + 2;
}

/** `\1` refers to a group; `\101` and, with fewer groups than that, `\12` are characters: octal, as in PCRE. */
function octalOrReference(reader: Reader): void {
  const { source, at } = reader;
  const octal = /^\\([0-3]?[0-7]{2})/.exec(source.slice(at, at + 4))?.[1];
  const isCharacter = octal !== undefined && Number(octal) > groupsIn(source);
  if (!isCharacter) {
    const hint = 'capture, and compare in a chained rule: SecRule TX:1 "@streq %{tx.2}"';
    throw new Refused(`'${source.slice(at, at + 2)}' refers to a group, which RE2 cannot`, hint, at);
  }
  emit(reader, atom(Number.parseInt(octal, 8), isFolding(reader)), octal.length + 1);
}

const groupsIn = (source: string): number => source.match(/(?<!\\)\((?!\?)/g)?.length ?? 0;

const controls: Readonly<Record<string, number>> = { a: 0x07, e: 0x1b, f: 0x0c, n: 0x0a, r: 0x0d, t: 0x09 };

/** What `\x41`, `\x{e2}`, `\o{101}`, `\012`, `\cA`, `\n` or `\/` stand for, and where they end. */
function escapedCharacter(source: string, at: number): { code: number; end: number } {
  const ahead = source.slice(at, at + 12);
  const coded = /^\\(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{0,2})|o\{([0-7]+)\}|(0[0-7]{0,2})|c([\x20-\x7e]))/.exec(ahead);
  if (coded !== null) return { code: codeOf(coded, at), end: at + coded[0].length };
  const letter = source.charAt(at + 1);
  if (letter === '') throw new Refused('a backslash ends the expression', 'write \\\\ for a backslash', at);
  const control = controls[letter];
  if (control === undefined && /[A-Za-z0-9]/.test(letter))
    throw new Refused(
      `'\\${letter}' means nothing`,
      `write ${letter} for the letter, or \\x5c${letter} for a backslash before it`,
      at,
    );
  return { code: control ?? letter.charCodeAt(0), end: at + 2 };
}

function codeOf([, braced, plain, octalBraced, octal, control]: RegExpExecArray, at: number): number {
  const code =
    control !== undefined
      ? control.toUpperCase().charCodeAt(0) ^ 0x40
      : octalBraced !== undefined || octal !== undefined
        ? Number.parseInt(octalBraced ?? octal ?? '0', 8)
        : Number.parseInt(braced ?? plain ?? '0', 16) || 0;
  if (code > 0xff)
    throw new Refused('a character above FF', 'values are bytes; write the bytes of its UTF-8 one by one', at);
  return code;
}

const posix: Readonly<Record<string, string>> = { lower: 'alpha', upper: 'alpha' }; // without regard to case, as in PCRE

/** As far as a class reaches, in all but rare spellings. */
const classText = /\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\]/sy;

/** Expressions that are put together by programs hold the same few classes hundreds of times: each is read once. */
function characterClass(reader: Reader): void {
  const { source, at, classes } = reader;
  classText.lastIndex = at;
  const end = classText.test(source) ? classText.lastIndex : at;
  const key = `${isFolding(reader)} ${source.slice(at, end)}`;
  const known = classes.get(key);
  if (known === undefined) {
    readClass(reader);
    if (reader.at === end) classes.set(key, reader.out.at(-1) ?? '');
  } else {
    reader.out.push(known);
    reader.at = end;
  }
}

function readClass(reader: Reader): void {
  const { source, at } = reader;
  const isNegated = source.charAt(at + 1) === '^';
  const members = classMembers(reader, at + (isNegated ? 2 : 1));
  const sign = isNegated ? '^' : '';
  // Beyond ASCII nothing is folded, so the ASCII letters are folded here and RE2 is told to leave the class alone.
  const body =
    isFolding(reader) && members.hasHigh
      ? `(?-i:[${sign}${members.folded.join('')}])`
      : `[${sign}${members.plain.join('')}]`;
  reader.out.push(body);
  reader.at = members.end;
}

interface Members {
  readonly plain: string[];
  readonly folded: string[];
  hasHigh: boolean;
  end: number;
}

function classMembers(reader: Reader, start: number): Members {
  const { source } = reader;
  const members: Members = { plain: [], folded: [], hasHigh: false, end: start };
  let at = start;
  while (source.charAt(at) !== ']' || at === start) {
    if (at >= source.length)
      throw new Refused('a class [ is not closed', 'close it with ], or write \\[ for the character', reader.at);
    at = member(reader, at, members);
  }
  members.end = at + 1;
  return members;
}

/** One member of a class from `at`; returns where the next begins. */
function member(reader: Reader, at: number, members: Members): number {
  const { source } = reader;
  const named = /^\[:(\^?)([a-z]+):\]/.exec(source.slice(at, at + 12));
  if (named !== null) {
    const [whole, not = '', name = ''] = named;
    members.plain.push(name === 'space' ? ((not === '' ? wordForClass['s'] : wordForClass['S']) ?? '') : whole);
    members.folded.push(name === 'space' ? (members.plain.at(-1) ?? '') : `[:${not}${posix[name] ?? name}:]`);
    return at + whole.length;
  }
  const set = setAt(source, at);
  if (set !== undefined) {
    members.plain.push(set);
    members.folded.push(set);
    return at + 2;
  }
  const first = characterAt(source, at);
  const isRange =
    source.charAt(first.end) === '-' && source.charAt(first.end + 1) !== ']' && source.charAt(first.end + 1) !== '';
  if (!isRange || setAt(source, first.end + 1) !== undefined)
    return addRange(members, first.code, first.code, first.end);
  const last = characterAt(source, first.end + 1);
  if (last.code < first.code)
    throw new Refused('a range in a class is out of order', 'the lower character comes first', at);
  return addRange(members, first.code, last.code, last.end);
}

/** `\s`, `\d` and their like, in a class. */
function setAt(source: string, at: number): string | undefined {
  if (source.charAt(at) !== '\\') return undefined;
  const letter = source.charAt(at + 1);
  if (letter !== '' && 'dDwW'.includes(letter)) return `\\${letter}`;
  return wordForClass[letter];
}

function characterAt(source: string, at: number): { code: number; end: number } {
  if (source.charAt(at) !== '\\') return { code: source.charCodeAt(at), end: at + 1 };
  const letter = source.charAt(at + 1);
  if (letter === 'b') return { code: 0x08, end: at + 2 };
  const octal = /^\\([0-3]?[0-7]{1,2})/.exec(source.slice(at, at + 4))?.[1];
  if (octal !== undefined) return { code: Number.parseInt(octal, 8), end: at + 1 + octal.length };
  if (/[pPQE]/.test(letter))
    throw new Refused(`'\\${letter}' in a class`, 'values are bytes; write the characters that are meant', at);
  return escapedCharacter(source, at);
}

function addRange(members: Members, first: number, last: number, end: number): number {
  const range = first === last ? hex(first) : `${hex(first)}-${hex(last)}`;
  members.plain.push(range);
  members.folded.push(range, otherCase(first, last, 0x41, 0x5a, 0x20), otherCase(first, last, 0x61, 0x7a, -0x20));
  members.hasHigh ||= last > 0x7f;
  return end;
}

/** The letters of a range, in the other case. */
function otherCase(first: number, last: number, from: number, to: number, distance: number): string {
  const [low, high] = [Math.max(first, from), Math.min(last, to)];
  return low > high ? '' : `${hex(low + distance)}-${hex(high + distance)}`;
}

function hex(code: number): string {
  const isPlain = (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isPlain ? String.fromCharCode(code) : `\\x${code.toString(16).padStart(2, '0')}`;
}

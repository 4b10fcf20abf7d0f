// `@detectSQLi`: is this text a piece of SQL that wants out of the place it was put in? The shaping decision: the text is
// read as it stands, then as if it stood within quotes, in the dialects that differ; the first fingerprint that is on
// the list and not explained by harmless text decides, and is told (TX:0). It refuses to look for words: attacks that
// are no SQL are other rules' business.

import type { Operator, OperatorMatch } from '../compile/rule-set.ts';
import { sqlFingerprints } from './sqli-fingerprints.ts';
import { type Folded, fold } from './sqli-fold.ts';
import { isPlain } from './sqli-plain.ts';
import { type Dialect, type LookUpWord, SqlScanner } from './sqli-token.ts';
import { type WordFilter, wordFilter } from './sqli-word-filter.ts';
import { sqlWords } from './sqli-words.ts';

export interface SqlTables {
  readonly lookUp: LookUpWord;
  readonly filter?: WordFilter; // of the words that are looked up
  readonly isListed: (fingerprint: string) => boolean;
}

const filter = wordFilter(sqlWords.keys());
const tables: SqlTables = {
  lookUp: (word) => sqlWords.get(word),
  filter,
  isListed: (fingerprint) => !isPeaceful(fingerprint) && sqlFingerprints.has(fingerprint.toUpperCase()),
};

/** No fingerprint on the list is made of these alone: words, numbers, operators, commas, points. */
export const peacefulKinds = 'n1o,.:?';
const peaceful = new Set(peacefulKinds);

function isPeaceful(fingerprint: string): boolean {
  for (let at = 0; at < fingerprint.length; at += 1) if (!peaceful.has(fingerprint.charAt(at))) return false;
  return true;
}

// Letters and `_` alone are one word, and no fingerprint of one kind is on the list.
const letters = /[A-Za-z_]/;
const others = Array.from({ length: 256 }, (_, byte) => byte).filter(
  (byte) => !letters.test(String.fromCharCode(byte)),
);

export const detectSqli: Operator = {
  facts: { kind: 'bytes', bytes: others },
  match: (value, _context, wantsCaptures): OperatorMatch | undefined => {
    const fingerprint = sqliFingerprint(value);
    if (fingerprint === undefined) return undefined;
    return { captures: wantsCaptures ? [fingerprint] : [] };
  },
};

/** Of the first reading that is an attack. */
export function sqliFingerprint(text: string, by: SqlTables = tables): string | undefined {
  if (by === tables && isPlain(text, filter)) return undefined;
  return (
    inBothDialects(text, '', by) ??
    (text.includes("'") ? inBothDialects(text, "'", by) : undefined) ??
    (text.includes('"') ? read(text, { quote: '"', isMysql: true }, by).attack : undefined)
  );
}

function inBothDialects(text: string, quote: Dialect['quote'], by: SqlTables): string | undefined {
  const ansi = read(text, { quote, isMysql: false }, by);
  if (ansi.attack !== undefined || !ansi.differsInMysql) return ansi.attack;
  return read(text, { quote, isMysql: true }, by).attack;
}

function read(text: string, dialect: Dialect, by: SqlTables): { attack: string | undefined; differsInMysql: boolean } {
  const scanner = new SqlScanner(text, dialect, by.lookUp, by.filter);
  const folded = fold(scanner);
  const isAttack = by.isListed(folded.fingerprint) && !isHarmless(text, folded, scanner.tokens);
  const differsInMysql = scanner.hasHash || scanner.hasDashComment;
  return { attack: isAttack ? folded.fingerprint : undefined, differsInMysql };
}

/** Short fingerprints that plain text has too. */
function isHarmless(text: string, folded: Folded, tokenCount: number): boolean {
  const { fingerprint } = folded;
  if (fingerprint.length > 1 && fingerprint.endsWith('c') && text.includes('sp_password')) return false;
  if (fingerprint.length === 2) return isHarmlessPair(text, folded, tokenCount);
  return fingerprint.length === 3 && isHarmlessTriple(folded, tokenCount);
}

function isHarmlessPair(text: string, { fingerprint, tokens }: Folded, tokenCount: number): boolean {
  const [first, second] = tokens;
  if (first === undefined || second === undefined) return false;
  if (second.type === 'U') return tokenCount === 2;
  const start = second.value.charAt(0);
  if (start === '#') return true;
  if (fingerprint === 'nc') return start !== '/';
  if (fingerprint === '1c') return start !== '/' && tokenCount <= 2 && !isNumberEnd(text, first.value.length);
  return second.value.length > 2 && start === '-';
}

/** Behind a number that is one: white space or the start of a comment. */
function isNumberEnd(text: string, at: number): boolean {
  const sign = text.charAt(at);
  return sign <= ' ' || text.startsWith('/*', at) || text.startsWith('--', at);
}

function isHarmlessTriple({ fingerprint, tokens }: Folded, tokenCount: number): boolean {
  const [first, second, third] = tokens;
  if (first === undefined || second === undefined || third === undefined) return false;
  if (fingerprint === 'sos' || fingerprint === 's&s') {
    return !(first.open === '' && third.close === '' && first.close === third.open);
  }
  if (['s&n', 'n&1', '1&1', '1&v', '1&s'].includes(fingerprint)) return tokenCount === 3;
  return second.type === 'k' && (second.value.length < 5 || second.value.slice(0, 4).toUpperCase() !== 'INTO');
}

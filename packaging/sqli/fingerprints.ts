// Which sequences of kinds the oracle calls an attack. The shaping decision: all of them are tried: every sequence of up to
// five kinds that our own folding leaves as it is, four million, is written down with a word for each kind and asked
// for. What plain text has too is listed only in some spellings, so those are tried one by one. It refuses to take a
// fingerprint from anywhere but an answer.

import { fold, tokensMax } from '../../agents/waf/operator/sqli-fold.ts';
import { SqlScanner } from '../../agents/waf/operator/sqli-token.ts';
import type { Oracle } from './oracle.ts';

/** A word for each kind; the oracle agrees, or its answer would not be the sequence that was written. */
export const examples: ReadonlyMap<string, string> = new Map([
  ['k', 'from'],
  ['U', 'union'],
  ['B', 'group by'],
  ['E', 'select'],
  ['t', 'int'],
  ['f', 'sin'],
  ['n', 'foo'],
  ['1', '1'],
  ['v', '@a'],
  ['s', "'a'"],
  ['o', '*'],
  ['&', 'and'],
  ['A', 'collate'],
  ['T', 'declare'],
  [':', ': '], // at the very end of a text it is an operator
  ['o(', 'in ('], // an operator only once the parenthesis is seen, when others have been folded
  ...Array.from('(){},.;?\\', (sign): [string, string] => [sign, sign]),
]);

export const exampleWords = new Map([
  ['FROM', 'k'],
  ['UNION', 'U'],
  ['GROUP BY', 'B'],
  ['SELECT', 'E'],
  ['INT', 't'],
  ['SIN', 'f'],
  ['AND', '&'],
  ['COLLATE', 'A'],
  ['DECLARE', 'T'],
  ['IN', 'k'],
]);

const comment = '/*c*/';
const lastOperator = 'in ('; // in the last place the parenthesis is only looked at

export function findFingerprints(oracle: Oracle, longest = tokensMax): ReadonlySet<string> {
  const found = new Set<string>();
  const ask = (text: string): void => {
    const fingerprint = oracle.sqli(text);
    if (fingerprint !== undefined) found.add(fingerprint.toUpperCase());
  };
  const extend = (kinds: string, text: string): void => {
    if (kinds.length === longest - 1) ask(`${text} ${lastOperator}`);
    for (const [kind, example] of examples) {
      const written = text === '' ? example : `${text} ${example}`;
      if (kinds.length + kind.length > longest || foldedKinds(written) !== kinds + kind) continue;
      ask(written);
      if (kinds.length + kind.length === longest) continue;
      ask(`${written} ${comment}`);
      extend(kinds + kind, written);
    }
  };
  extend('', '');
  for (const text of oddSpellings()) ask(text);
  return found;
}

function foldedKinds(text: string): string {
  const scanner = new SqlScanner(text, { quote: '', isMysql: false }, (word) => exampleWords.get(word));
  return fold(scanner).fingerprint;
}

/** Two and three kinds in spellings that plain text does not have: folded ones, open quotes, `into outfile`. */
function oddSpellings(): string[] {
  const spellings = [
    '1 * 1',
    'foo * foo',
    '@a * @a',
    "'a' 'a'",
    "a'",
    "'a",
    'into outfile',
    'union',
    'and',
    'or',
    '*',
    '/*!*/',
  ];
  const all = [...spellings, ...examples.values()];
  const pairs = all.flatMap((one) => all.map((two) => `${one} ${two}`));
  const comments = all.flatMap((one) => ['/*c*/', '-- ', '--', '#'].map((end) => `${one}${end}`));
  const triples = pairs.flatMap((pair) => all.map((three) => `${pair} ${three}`));
  return [...all, ...pairs, ...comments, ...triples];
}

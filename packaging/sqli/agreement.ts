// How far our detectors agree with the oracle: `node packaging/sqli/agreement.ts [texts of each kind]`. Prints a line for
// each detector and kind of text, and the first texts on which they differ. The oracle is a fork of libinjection that
// has gone its own way since the one in ModSecurity, whose verdicts ours are: it drops fingerprints (measured.ts, which
// are left out here), reads back ticks as quotes, and knows fewer tags and attributes.

import { join } from 'node:path';
import { sqliFingerprint } from '../../agents/waf/operator/sqli.ts';
import { sqlFingerprints } from '../../agents/waf/operator/sqli-fingerprints.ts';
import { sqlWords } from '../../agents/waf/operator/sqli-words.ts';
import { isXss } from '../../agents/waf/operator/xss.ts';
import { measuredFingerprints } from './measured.ts';
import { Oracle } from './oracle.ts';
import { attackText, corpusTexts, markupText, plainText, seeded } from './texts.ts';

export interface Agreement {
  readonly texts: number;
  readonly attacks: number; // by the oracle
  readonly onlyOurs: readonly string[];
  readonly onlyTheirs: readonly string[];
  readonly others: readonly string[]; // found by both, by another fingerprint
}

type Verdict = string | undefined;

export function compare(
  texts: readonly string[],
  ours: (text: string) => Verdict,
  theirs: (text: string) => Verdict,
): Agreement {
  const found = texts.map((text) => ({ text, our: ours(text), their: theirs(text) }));
  const where = (is: (our: Verdict, their: Verdict) => boolean): string[] =>
    found.filter(({ our, their }) => is(our, their)).map(({ text }) => text);
  return {
    texts: texts.length,
    attacks: where((_, their) => their !== undefined).length,
    onlyOurs: where((our, their) => our !== undefined && their === undefined),
    onlyTheirs: where((our, their) => our === undefined && their !== undefined),
    others: where((our, their) => our !== undefined && their !== undefined && our !== their),
  };
}

export function percent({ texts, onlyOurs, onlyTheirs }: Agreement): number {
  return 100 * (1 - (onlyOurs.length + onlyTheirs.length) / Math.max(texts, 1));
}

const dropped = new Set(measuredFingerprints);

/** Ours, without the fingerprints that the oracle has dropped. */
export function sqliAsOracle(text: string): string | undefined {
  const isListed = (fingerprint: string): boolean => {
    const upper = fingerprint.toUpperCase();
    return sqlFingerprints.has(upper) && !dropped.has(upper);
  };
  return sqliFingerprint(text, { lookUp: (word) => sqlWords.get(word), isListed });
}

const corpusFolder = process.env['CRS_DIR'] ?? join(import.meta.dirname, '../../../shared/crs/v4.28.0');

function main(count: number): void {
  const oracle = new Oracle();
  const random = seeded(1);
  const some = (make: typeof attackText): string[] => Array.from({ length: count }, () => make(random));
  const corpus = corpusTexts(join(corpusFolder, 'tests'));
  const kinds: [string, readonly string[]][] = [
    ['pieces of SQL', some(attackText)],
    ['pieces of HTML', some(markupText)],
    ['plain words', some(plainText)],
    ['the corpus', corpus],
  ];
  for (const [kind, texts] of kinds) {
    report(
      `@detectSQLi, ${kind}`,
      compare(texts, sqliAsOracle, (text) => oracle.sqli(text)),
    );
    report(
      `@detectXSS, ${kind}`,
      compare(
        texts,
        (text) => (isXss(text) ? 'x' : undefined),
        (text) => (oracle.isXss(text) ? 'x' : undefined),
      ),
    );
  }
}

function report(what: string, agreement: Agreement): void {
  const { texts, attacks, onlyOurs, onlyTheirs, others } = agreement;
  const lines = [
    `${what}: ${percent(agreement).toFixed(3)} % of ${texts} (${attacks} attacks; only ours ${onlyOurs.length}, only theirs ${onlyTheirs.length}, another fingerprint ${others.length})`,
    ...onlyTheirs.slice(0, 5).map((text) => `  only theirs: ${JSON.stringify(text)}`),
    ...onlyOurs.slice(0, 3).map((text) => `  only ours: ${JSON.stringify(text)}`),
    ...others.slice(0, 3).map((text) => `  another fingerprint: ${JSON.stringify(text)}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

if (import.meta.main) main(Number(process.argv[2] ?? 100_000));

// Makes the tables of `@detectSQLi` again from the oracle: `node packaging/sqli/main.ts`, about two minutes. Run again, it
// changes nothing; a new version of the oracle may. The shaping decision: fingerprints first, from a dozen words that
// are known, then words and phrases by them.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { candidates, operatorCandidates, phraseWords } from './candidates.ts';
import { exampleWords, findFingerprints } from './fingerprints.ts';
import { measuredFingerprints } from './measured.ts';
import { Oracle } from './oracle.ts';
import { fingerprintsFile, wordsFile } from './render.ts';
import { Classifier, findPhrases, findWords } from './words.ts';

const folder = join(import.meta.dirname, '../../agents/waf/operator');

export function makeTables(
  words: readonly string[],
  neighbours: readonly string[],
  longest?: number,
): { fingerprints: ReadonlySet<string>; words: ReadonlyMap<string, string> } {
  const oracle = new Oracle();
  const fingerprints = findFingerprints(oracle, longest);
  const classifier = new Classifier(oracle, fingerprints, new Map(exampleWords));
  findWords(classifier, words, neighbours);
  findPhrases(classifier, neighbours);
  return { fingerprints, words: classifier.words };
}

if (import.meta.main) {
  const { fingerprints, words } = makeTables([...operatorCandidates, ...candidates, ...phraseWords], phraseWords);
  const all = new Set([...fingerprints, ...measuredFingerprints]);
  writeFileSync(join(folder, 'sqli-fingerprints.ts'), fingerprintsFile(all));
  writeFileSync(join(folder, 'sqli-words.ts'), wordsFile(words));
  process.stdout.write(`${all.size} fingerprints, ${words.size} words and phrases\n`);
}

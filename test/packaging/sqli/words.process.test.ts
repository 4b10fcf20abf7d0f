// Kinds of words and phrases, asked again: what the table says is what the oracle answers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlFingerprints } from '../../../agents/waf/operator/sqli-fingerprints.ts';
import { sqlWords } from '../../../agents/waf/operator/sqli-words.ts';
import { exampleWords } from '../../../packaging/sqli/fingerprints.ts';
import { measuredFingerprints } from '../../../packaging/sqli/measured.ts';
import { Oracle } from '../../../packaging/sqli/oracle.ts';
import { Classifier, findPhrases, findWords } from '../../../packaging/sqli/words.ts';

const oracle = new Oracle();
const known = new Set([...sqlFingerprints].filter((one) => !measuredFingerprints.includes(one)));

test('every word and phrase of the table is what the oracle takes it for', () => {
  const classifier = new Classifier(oracle, known, new Map(sqlWords));
  for (const [word, kind] of sqlWords) {
    const asked = classifier.classify(word);
    assert(asked === kind || (kind === 'n' && asked === 'none'), `${word}: ${asked}, not ${kind}`);
  }
});

test('words and phrases are found from nothing but candidates', () => {
  const candidates = ['ALL', 'SLEEP', 'JOIN', 'LEFT', 'OUTER', 'NONSENSE', '!='];
  const classifier = new Classifier(oracle, known, new Map(exampleWords));
  findWords(classifier, candidates, candidates);
  findPhrases(classifier, candidates);
  const found = Object.fromEntries(classifier.words);
  assert.equal(found['SLEEP'], 'f');
  assert.equal(found['!='], 'o');
  assert.equal(found['LEFT JOIN'], 'k');
  assert.equal(found['LEFT OUTER JOIN'], 'k');
  assert.equal(found['UNION ALL'], 'U');
  assert.equal(found['NONSENSE'], undefined);
});

// The filter never says no to a word of the table, to a phrase of it, or to the beginning of one, and mostly to others.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  emptyHash,
  everyWord,
  hashOf,
  hashOn,
  mayBeWord,
  mayStartPhrase,
  signHash,
  unknownHash,
  wordFilter,
} from '../../../../agents/waf/operator/sqli-word-filter.ts';
import { sqlWords } from '../../../../agents/waf/operator/sqli-words.ts';

const filter = wordFilter(sqlWords.keys());

test('every word and phrase is one, in capitals or not, and its beginning starts a phrase', () => {
  for (const word of sqlWords.keys()) {
    assert.ok(mayBeWord(filter, hashOf(word)), word);
    assert.ok(mayBeWord(filter, hashOf(word.toLowerCase())), word);
    const parts = word.split(' ');
    for (let count = 1; count < parts.length; count += 1) {
      assert.ok(mayStartPhrase(filter, hashOf(parts.slice(0, count).join(' '))), word);
    }
  }
});

test('a phrase is its first words, a blank and the rest', () => {
  assert.equal(hashOf('By', hashOn(hashOf('group'), 0x20)), hashOf('GROUP BY'));
  assert.equal(hashOf(''), emptyHash);
});

test('bytes that are no ASCII may be anything: some have capitals of two letters', () => {
  assert.equal(hashOf('acce\xdfible'), unknownHash);
  assert.ok(mayBeWord(filter, unknownHash) && mayStartPhrase(filter, unknownHash));
});

test('a sign starts no phrase, and where no words are known everything may be one', () => {
  assert.ok(!mayStartPhrase(filter, signHash));
  for (const hash of [signHash, hashOf('foo')])
    assert.ok(mayBeWord(everyWord, hash) && mayStartPhrase(everyWord, hash));
});

test('nearly all other words are refused', () => {
  const others = Array.from({ length: 10_000 }, (_, number) => `word${number.toString(36)}`);
  assert.ok(others.filter((word) => mayBeWord(filter, hashOf(word))).length < 1000);
  assert.ok(others.filter((word) => mayStartPhrase(filter, hashOf(word))).length < 500);
});

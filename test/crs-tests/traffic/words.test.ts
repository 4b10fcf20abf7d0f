// What people write: in many scripts, with the words and signs that rules are often wrong about.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../crs-tests/traffic/random.ts';
import {
  email,
  fullName,
  isoTime,
  paragraph,
  paragraphs,
  password,
  searchTerms,
  sentence,
  slug,
} from '../../../crs-tests/traffic/words.ts';

const random = new Random(1);
const many = (make: (random: Random) => string): string => Array.from({ length: 300 }, () => make(random)).join('\n');

test('there are searches in Latin, Greek, Cyrillic, Arabic, Hebrew, Han, Kana, Hangul, Devanagari and Thai', () => {
  for (const script of [
    'Latin',
    'Greek',
    'Cyrillic',
    'Arabic',
    'Hebrew',
    'Han',
    'Katakana',
    'Hangul',
    'Devanagari',
    'Thai',
  ]) {
    assert(
      searchTerms.some((term) => new RegExp(`\\p{Script=${script}}`, 'u').test(term)),
      script,
    );
  }
});

test('texts hold the words and signs that make rules wrong', () => {
  const text = many(sentence) + searchTerms.join('\n');
  for (const word of ["'", '"', '--', ';', '&', '<', '>', 'select', 'union', 'drop', ' or ', 'sleep', 'script']) {
    assert(text.includes(word), word);
  }
});

test('each maker makes something of its own form', () => {
  assert.match(many(fullName), /O'Brien/);
  assert.match(email(random), /^\S+@\S+$/);
  assert(password(random).length >= 8);
  assert.match(slug(random), /^[\w-]+$/);
  assert(!Number.isNaN(Date.parse(isoTime(random))));
  assert(paragraphs(random).length >= paragraph(new Random(9)).length / 20);
});

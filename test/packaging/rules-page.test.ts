// The page about our rules: no rule is missing, and each has its sentences.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ownRules, rulesPage } from '../../packaging/rules-page.ts';

const texts = globSync(join(import.meta.dirname, '..', '..', 'waf-rules', 'sentinel', '*.conf')).map((file) =>
  readFileSync(file, 'utf8'),
);

test('every rule that scores is on the page, once', () => {
  const scoring = texts.flatMap((text) => [
    ...text.matchAll(/"id:(33\d{3}[1-4]\d{2}),\\\n(?:[^\n]*\\\n)*?[^\n]*tag:'paranoia-level/g),
  ]);
  const ids = scoring.map((match) => Number(match[1])).sort();
  const told = ownRules().flatMap(({ rules }) => rules.map(({ id }) => id));
  assert.deepEqual(told.toSorted(), ids);
  const page = rulesPage();
  for (const id of ids) assert.equal(page.split(`\n| ${id} |`).length, 2, `${id}`);
});

test('each says what it catches and what it may be wrong about', () => {
  for (const { title, about, rules } of ownRules()) {
    assert(title !== '' && about !== '');
    for (const { id, what, catches, mistakes } of rules)
      assert(what !== '' && catches !== '' && mistakes !== '', `${id}`);
  }
});

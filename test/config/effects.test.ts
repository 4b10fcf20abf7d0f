// No key is accepted that does nothing: for every key that holds a value there is a test, somewhere below test/, that is
// registered under the key's path with `effect(…)` and shows what the key does. The test sources are read as text.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { valueKeys } from '#config/walk';

const tests = join(import.meta.dirname, '..');
const known = valueKeys().map(({ path }) => path);

/** The paths that a source claims: the texts in the first argument of every `effect(…)`, alone or in a list. */
function claimsOf(source: string): string[] {
  const calls = source.matchAll(/\beffect\(\s*(\[[^\]]*\]|'[^']*'|"[^"]*")/g);
  return [...calls].flatMap(([, argument = '']) =>
    [...argument.matchAll(/['"]([^'"]+)['"]/g)].map(([, path = '']) => path),
  );
}

const claimed = new Set(
  globSync('**/*.test.ts', { cwd: tests })
    .filter((file) => file !== join('config', 'effects.test.ts'))
    .flatMap((file) => claimsOf(readFileSync(join(tests, file), 'utf8'))),
);

test('claims are found in either quotes, alone and in lists', () => {
  const source = `effect('a.b', () => 0);\neffect(["c.d", 'e.f'], run);\neffect(\n  [\n 'g',\n ],\n x);\nno.effects('x')`;
  assert.deepEqual(claimsOf(source), ['a.b', 'c.d', 'e.f', 'g']);
});

test('every key has a test of its effect', () => {
  const missing = known.filter((path) => !claimed.has(path));
  assert(missing.length === 0, `${missing.length} keys without a test of their effect:\n${missing.join('\n')}`);
});

test('every claim is of a key that exists', () => {
  assert.deepEqual(
    [...claimed].filter((path) => !known.includes(path)),
    [],
  );
});

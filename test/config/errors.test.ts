// The registry of codes: described on its page in both directions, and every code in use.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { codes, hasErrors, problem } from '#config/errors';
import { makeSource } from '#config/source';

const root = join(import.meta.dirname, '..', '..');
const names = Object.keys(codes);

test('docs/errors.md describes every code and no other', () => {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const described = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(described, names);
});

test('every code is raised somewhere', () => {
  const sources = globSync(['sentinel-stack', '{config,stack,proxy,agents,packaging}/**/*.{ts,mjs}'], { cwd: root })
    .filter((file) => file !== join('config', 'errors.ts'))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  const raised = new Set(sources.match(/'[a-z-]+'|\[[a-z-]+\]/g));
  assert.deepEqual(
    names.filter((code) => !raised.has(`'${code}'`) && !raised.has(`[${code}]`)),
    [],
  );
});

test('every code says what it means and what to do, without a full stop', () => {
  for (const [code, words] of Object.entries(codes)) {
    assert.match(code, /^[a-z]+(-[a-z]+)*$/);
    for (const sentence of words) assert.match(sentence, /^[a-z`].*[^.]$/, code);
  }
});

test('a problem knows its place; an error outweighs warnings', () => {
  const source = makeSource('a.kdl', 'one\ntwo three\n');
  const at = { source, start: 8, end: 13 };
  const warning = problem('config-unused', 'three is not used', { at, severity: 'warning' });
  assert.deepEqual(warning.place, { file: 'a.kdl', line: 2, column: 5, length: 5, text: 'two three' });
  assert.equal(hasErrors([warning]), false);
  assert.equal(hasErrors([warning, problem('config-syntax', 'bad')]), true);
});

test('a message that repeats megabytes is cut', () => {
  const { what, hint } = problem('config-syntax', 'x'.repeat(1_000_000), { hint: 'y'.repeat(1_000_000) });
  assert(what.length < 600 && (hint ?? '').length < 600);
});

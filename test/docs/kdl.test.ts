// Every piece of configuration shown in a page is one that the reader takes: its syntax, its keys and its values. What a
// piece leaves out (an upstream it names, a key that is required, a file) is not held against it.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadText } from '#config/load';

const pages = globSync(['README.md', 'docs/*.md', 'agents/protocol/README.md']);
const leftOut = new Set([
  'config-missing-key',
  'config-unknown-name',
  'config-unused',
  'config-not-found',
  'config-folder-unusable',
  'config-secret-unreadable',
]);

for (const page of pages) {
  const shown = [...readFileSync(page, 'utf8').matchAll(/```kdl\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');
  for (const [index, text] of shown.entries()) {
    test(`${page}: configuration ${index + 1} of ${shown.length}`, () => {
      const whole = text.startsWith('config {') ? `agents { agent "x" { ${text} } }` : text;
      const { problems } = loadText(page, whole, { environment: {} });
      const wrong = problems.filter(({ code }) => !leftOut.has(code));
      assert.deepEqual(
        wrong.map(({ what, place }) => `${place?.line}: ${what}`),
        [],
      );
    });
  }
}

test('pages with configurations were found', () => {
  assert(pages.includes('docs/language.md'));
});

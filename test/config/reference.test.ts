// The generated pages name everything that their tables hold. That the files on disk are these pages is the golden test's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes } from '#config/errors';
import { events } from '#config/log';
import { generatedPages } from '#config/reference';
import { schemaKeys } from '#config/walk';

const pages = generatedPages();
const page = (name: string): string => pages[name] ?? '';

test('every key of the schema is a row, with its sentence', () => {
  const rows = page('configuration.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  for (const { key, field, path } of schemaKeys()) {
    const row = rows.find(
      (line) => line.startsWith(`| \`${key}\` |`) && line.includes(field.doc.replaceAll('|', '\\|')),
    );
    assert(row !== undefined, `${path} has no row`);
  }
});

test('a row says type, bounds, unit, default and example', () => {
  const row = page('configuration.md')
    .split('\n')
    .find((line) => line.startsWith('| `header-secs`'));
  assert.equal(
    row,
    '| `header-secs` | seconds, 0.1 to 600 | `10` | For the whole request head, from its first byte; then 408. |',
  );
});

test('every code and every event has its row', () => {
  for (const code of Object.keys(codes)) assert(page('errors.md').includes(`| \`${code}\` |`), code);
  for (const event of Object.keys(events)) assert(page('events.md').includes(`| \`${event}\` |`), event);
});

test('every key is explained in a sentence', () => {
  for (const { path, field } of schemaKeys()) assert.match(field.doc, /^[A-Z`].*\.$/s, path);
});

// The comparison holds: every request of the corpus is judged by both engines, and no difference is without a reason.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crsFolder, withoutCrs } from '../../support/crs.ts';
import { compareCorpus } from './compare.ts';
import { keyOf, tableOf } from './differential.ts';
import { openLibrary } from './library.ts';

test('the same rules as libmodsecurity3, or a reason', { skip: withoutCrs, timeout: 600_000 }, async (t) => {
  const library = await openLibrary();
  if ('missing' in library) return t.skip(`SKIPPED, nothing was compared: ${library.missing}`);
  await using opened = library;
  const comparison = await compareCorpus(opened, crsFolder ?? '');
  process.stdout.write(tableOf(comparison));
  assert(comparison.requests >= 3000, `${comparison.requests} requests`);
  assert.deepEqual(comparison.unexplained.map(keyOf), []);
  for (const { title, differences } of comparison.explained) assert(differences > 0, `no longer so: ${title}`);
});

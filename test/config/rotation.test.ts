// When a log file is put aside, and how: numbers move up, the last one goes, nothing is overwritten.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { isDue, putAside } from '#config/rotation';
import { tempFolder } from '../support/temp-folder.ts';

const rules = { path: '/x', maxSize: 100, maxAgeMs: 1000, maxFiles: 3 };

test('a file is due by its size or its age, and never while it is empty', () => {
  assert.equal(isDue({ bytes: 99, begunAt: 0 }, rules, 999), false);
  assert.equal(isDue({ bytes: 100, begunAt: 0 }, rules, 0), true);
  assert.equal(isDue({ bytes: 1, begunAt: 0 }, rules, 1000), true);
  assert.equal(isDue({ bytes: 0, begunAt: 0 }, rules, 10_000), false);
  assert.equal(isDue({ bytes: 1e12, begunAt: 0 }, { ...rules, maxSize: 0, maxAgeMs: 0 }, 1e12), false, '0: never');
});

test('after any number of turns the newest are kept, in order, and no more than so many', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 8 }), async (maxFiles, turns) => {
      using folder = tempFolder();
      for (let turn = 1; turn <= turns; turn += 1) {
        folder.write('a.log', String(turn));
        await putAside({ path: folder.of('a.log'), maxFiles });
      }
      const kept = readdirSync(folder.path).toSorted();
      const expected = Array.from({ length: Math.min(maxFiles, turns) }, (_, index) => index + 1);
      assert.deepEqual(
        kept.map((name) => [name, readFileSync(folder.of(name), 'utf8')]),
        expected.map((number) => [`a.log.${number}`, String(turns - number + 1)]),
      );
    }),
    { numRuns: 30 },
  );
});

test('a gap in the numbers is no trouble, and a file that is gone is an error', async () => {
  using folder = tempFolder({ 'a.log': 'now', 'a.log.2': 'old' });
  await putAside({ path: folder.of('a.log'), maxFiles: 3 });
  assert.deepEqual(readdirSync(folder.path).toSorted(), ['a.log.1', 'a.log.3']);
  await assert.rejects(putAside({ path: folder.of('a.log'), maxFiles: 3 }), /ENOENT/);
});

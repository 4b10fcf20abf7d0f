// Files of older versions of the language, by steps that stand here: there is one version so far.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { schemaVersion } from '#config/schema';
import { makeSource } from '#config/source';
import { type Step, steps, type Upgraded, upgrade } from '#config/upgrade';

const renames = (from: number, before: string, after: string): Step => ({
  from,
  rewrite: ({ text }) => text.replaceAll(before, after),
});
const threeVersions = [renames(1, 'size-max', 'max-size'), renames(2, 'max-size', 'at-most')];

function sourcesOf(...texts: readonly string[]) {
  return texts.map((text, index) => makeSource(`${index + 1}.kdl`, text));
}

function whats(result: Upgraded): string[] {
  return result.ok
    ? []
    : result.problems.map(({ code, what, place }) => `${code} ${place?.file}:${place?.line} ${what}`);
}

test('the steps that there are lead from the first version to the newest', () => {
  assert.deepEqual(
    steps.map(({ from }) => from),
    Array.from({ length: Number(schemaVersion) - 1 }, (_, index) => index + 1),
  );
});

test('a configuration of the newest version stays byte for byte, and so does one that says no version', () => {
  for (const text of ['schema-version "1"\nlimits   { }', 'limits{}'])
    assert.deepEqual(upgrade(sourcesOf(text)), { ok: true, from: 1, texts: [text] });
});

test('an older one takes every step, in each file, whichever of them says the version', () => {
  const sources = sourcesOf('include "2.kdl" // size-max', 'schema-version   "1" // the first\nlog { size-max 5 }');
  assert.deepEqual(upgrade(sources, threeVersions, 3), {
    ok: true,
    from: 1,
    texts: ['include "2.kdl" // at-most', 'schema-version   "3" // the first\nlog { at-most 5 }'],
  });
  assert.partialDeepStrictEqual(
    upgrade(sourcesOf('schema_version 2\na { size-max 1; max-size 2 }'), threeVersions, 3),
    {
      texts: ['schema_version "3"\na { size-max 1; at-most 2 }'],
    },
  );
});

test('what cannot be upgraded is refused with its place', () => {
  const refusal = (...texts: readonly string[]) => whats(upgrade(sourcesOf(...texts), threeVersions, 3));
  assert.deepEqual(refusal('\nschema-version "4"'), [
    'config-schema-version 1.kdl:2 this file is written for version 4 of the language; this program knows version 3',
  ]);
  assert.deepEqual(refusal('schema-version "1.0"'), [
    "config-schema-version 1.kdl:1 '1.0' is no version of the language; the newest is 3",
  ]);
  assert.deepEqual(refusal('schema-version "0"'), [
    'config-schema-version 1.kdl:1 there is no way from version 0 of the language to version 3',
  ]);
  assert.deepEqual(refusal('schema-version "1"', 'schema-version "2"'), [
    'config-schema-version 2.kdl:1 this file is written for version 2 of the language, and 1.kdl for version 1',
  ]);
  assert.match(refusal('schema-version "1"\na {').join(), /config-syntax 1\.kdl:2/);
});

test('whatever the number, it is the newest, or there is a way, or it is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 8 }), (from, newest) => {
      const known = Array.from({ length: newest }, (_, index) =>
        renames(index + 1, `v${index + 1}.`, `v${index + 2}.`),
      );
      const result = upgrade(sourcesOf(`schema-version "${from}"\na "v${from}."`), known, newest);
      if (from === 0 || from > newest) assert(!result.ok);
      else assert.deepEqual(result, { ok: true, from, texts: [`schema-version "${newest}"\na "v${newest}."`] });
    }),
  );
});

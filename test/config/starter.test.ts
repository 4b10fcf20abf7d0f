// Starter files are good configurations that explain themselves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format } from '#config/format';
import { loadText } from '#config/load';
import { makeSource } from '#config/source';
import { profileNames, starter } from '#config/starter';

for (const profile of profileNames) {
  test(`the starter file ${profile} is accepted without a warning`, () => {
    const loaded = loadText(`${profile}.kdl`, starter(profile));
    assert.deepEqual(
      loaded.problems.map(({ what }) => what),
      [],
    );
  });

  test(`the starter file ${profile} is laid out as fmt would`, () => {
    const text = starter(profile);
    const formatted = format(makeSource('x.kdl', text));
    assert(formatted.ok);
    assert.equal(formatted.text, text);
  });

  test(`the starter file ${profile} explains its top-level keys`, () => {
    assert.match(starter(profile), /\/\/ Where clients connect\.\nlisteners \{/);
  });
}

// The example configurations: nothing to say against them, and laid out as `fmt` would. That they serve is shown in
// test/e2e/examples.process.test.ts.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { format } from '#config/format';
import { loadConfig } from '#config/load';
import { makeSource } from '#config/source';
import { linesOf } from '../support/config.ts';
import { exampleWorld } from '../support/example-files.ts';

const folder = join(import.meta.dirname, '../../config/examples');
const files = globSync('*.kdl', { cwd: folder });

for (const file of files) {
  test(`${file} is good and laid out`, () => {
    using world = exampleWorld();
    assert.deepEqual(linesOf(loadConfig(file, { cwd: folder, environment: world.environment })), []);
    const text = readFileSync(join(folder, file), 'utf8');
    const formatted = format(makeSource(file, text));
    assert(formatted.ok);
    assert.equal(formatted.text, text);
  });
}

test('the examples that pages name are there', () => {
  for (const name of ['basic.kdl', 'api-gateway.kdl']) assert(files.includes(name), name);
});

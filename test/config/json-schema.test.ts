// The JSON Schema describes what `show --json` prints: every example is valid by it, and mistakes are not. Judged by
// zod's reading of JSON Schema, so the schema is checked by something that did not make it.

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { asData, effective } from '#config/effective';
import { jsonSchema } from '#config/json-schema';
import { embeddedDefault, loadConfig } from '#config/load';
import { valueKeys } from '#config/walk';
import { exampleWorld } from '../support/example-files.ts';

const validator = z.fromJSONSchema(jsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
const examples: string[] = [embeddedDefault, ...globSync(join(import.meta.dirname, '../../config/examples/*.kdl'))];

const dataOf = (file: string): Record<string, unknown> => {
  using world = exampleWorld();
  const loaded = loadConfig(file, world);
  assert(loaded.ok);
  return JSON.parse(JSON.stringify(asData(effective(loaded.config, loaded.origins))));
};

for (const file of examples) {
  test(`valid by the schema: ${file.split('/').at(-1)}`, () => {
    const judged = validator.safeParse(dataOf(file));
    assert(judged.success, judged.error?.message ?? '');
  });
}

test('mistakes are not valid', () => {
  const good = dataOf(embeddedDefault);
  const bad = [
    { ...good, routs: {} },
    { ...good, system: { 'worker-threads': 1000 } },
    { ...good, system: { 'worker-threads': 'many' } },
    { ...good, listeners: { http: {} } },
    { ...good, routes: { a: { redirect: { to: '/x', status: 304 } } } },
  ];
  assert.deepEqual(
    bad.map((one) => validator.safeParse(one).success),
    [false, false, false, false, false],
  );
});

test('every key with a value is in it', () => {
  const text = JSON.stringify(jsonSchema());
  for (const { key } of valueKeys()) assert(text.includes(`"${key}":`) || key === 'address' || key === 'weight', key);
});

// `schema` prints the language as JSON Schema; what the schema says is tested in test/config/json-schema.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type } from '../../support/terminal.ts';

test('schema prints a JSON Schema', async () => {
  const { code, stdout } = await type('schema');
  const schema = JSON.parse(stdout);
  assert.equal(code, 0);
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  assert.equal(schema.properties.limits.properties['max-connections'].default, 10_000);
});

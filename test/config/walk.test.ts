// The schema as a list: paths, order, and what counts as a value.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '#config/schema';
import { schemaKeys, shapeOf, unwrapped, valueKeys } from '#config/walk';

const paths = schemaKeys().map(({ path }) => path);

test('paths name the blocks and the items around a key', () => {
  for (const path of [
    'listeners',
    'listeners.listener.limits.max-header-bytes',
    'upstreams.upstream.target',
    'upstreams.upstream.target.weight',
    'agents.agent.restart-delay-ms',
  ]) {
    assert(paths.includes(path), path);
  }
});

test('the name of a named thing is its argument, not a key', () => {
  const names = paths.filter((path) => path.endsWith('.name'));
  const repeated = ['matches.header', 'matches.query-param', 'split.upstream.header', 'split.upstream.cookie'];
  assert.deepEqual(
    names,
    repeated.map((key) => `routes.route.${key}.name`),
  );
});

test('no path twice; every parent before its keys', () => {
  assert.equal(new Set(paths).size, paths.length);
  for (const { parent, path } of schemaKeys()) {
    const block = parent.replace(/\.(listener|route|upstream|agent|filter|exclusion)$/, '');
    if (parent !== '') assert(paths.indexOf(block) < paths.indexOf(path) && paths.includes(block), path);
  }
});

test('values are keys that hold one', () => {
  const forms = new Set(valueKeys().map(({ field }) => field.form));
  assert(!forms.has('block') && !forms.has('named'));
  assert(valueKeys().length > 50);
});

test('shapes are found through what is wrapped around them', () => {
  const routes = shapeOf(configSchema)['routes'];
  assert(routes !== undefined);
  assert.deepEqual(Object.keys(shapeOf(routes)).slice(0, 2), ['name', 'priority']);
  const { upstream } = shapeOf(routes);
  assert(upstream !== undefined);
  assert.notEqual(unwrapped(upstream), upstream);
});

// Files made from the code are what the code makes today.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goldenFiles, staleFiles } from '../../packaging/golden.ts';

test('every generated file is up to date', () => {
  assert.deepEqual(staleFiles(), [], 'run `make golden`, and read the difference');
});

test('the reference, the pages of codes and events, and the examples are generated', () => {
  const files = Object.keys(goldenFiles());
  for (const wanted of [
    'docs/configuration.md',
    'docs/errors.md',
    'docs/events.md',
    'docs/refusals.md',
    'config/examples/proxy.kdl',
  ]) {
    assert(files.includes(wanted), wanted);
  }
});

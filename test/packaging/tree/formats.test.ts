// Every format that is published has a maker, and sums are written of all of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatNames, formats } from '../../../packaging/tree/formats.ts';

test('four formats, each with a maker of its own', () => {
  assert.deepEqual(formatNames, ['deb', 'rpm', 'tar', 'npm']);
  assert.equal(new Set(Object.values(formats)).size, formatNames.length);
});

// Which flags make the strict error, and which do not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStrictError, type MultipartFlags, noFlags } from '../../../../agents/waf/body/multipart-flags.ts';

test('each flag alone is an error, but the two that are not odd', () => {
  assert.equal(isStrictError(noFlags()), false);
  for (const name of Object.keys(noFlags()) as (keyof MultipartFlags)[]) {
    const isOdd = name !== 'crlfLine' && name !== 'unmatchedBoundary';
    assert.equal(isStrictError({ ...noFlags(), [name]: true }), isOdd, name);
  }
});

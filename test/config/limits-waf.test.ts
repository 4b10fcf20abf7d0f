// The bounds of the engine: whole, positive, and large enough for what they are to let through.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wafLimits } from '../../config/limits-waf.ts';

test('every bound is a whole number above zero', () => {
  for (const [name, bound] of Object.entries(wafLimits)) assert(Number.isInteger(bound) && bound > 0, name);
});

test('the longest boundary of a multipart body fits its Content-Type', () => {
  assert(wafLimits.multipartBoundaryBytesMax >= 70); // RFC 2046 section 5.1.1
  assert(
    wafLimits.multipartContentTypeBytesMax >
      'multipart/form-data; boundary=""'.length + wafLimits.multipartBoundaryBytesMax,
  );
});

test('the places of a path are bits of a number of 31 bits', () => {
  assert(wafLimits.xmlPathStepsMax <= 30);
});

test('a number as it is written on a card fits a candidate', () => {
  assert(wafLimits.candidateBytesMax > '0000 0000 0000 0000 000'.length);
});

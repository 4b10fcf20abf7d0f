// Names: what is there, what is refused and why, what is unknown.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { operatorNames, refusedOperators } from '../../../../agents/waf/operator/table.ts';
import { made, matches, problemOf } from '../operators.ts';
import { byteStrings } from '../reference.ts';

const argumentFor: Readonly<Record<string, string>> = {
  ipMatch: '10.0.0.1',
  ipMatchF: 'nets.data',
  ipMatchFromFile: 'nets.data',
  pmf: 'words.data',
  pmFromFile: 'words.data',
  validateByteRange: '1-255',
  verifyCC: '\\d+',
  verifyCPF: '\\d+',
  verifySSN: '\\d+',
  verifySVNR: '\\d+',
};

test('every operator is made, without regard to case, and takes any bytes', () => {
  fc.assert(
    fc.property(fc.constantFrom(...operatorNames), byteStrings, (name, value) => {
      const argument = argumentFor[name] ?? '1';
      assert.equal(matches(name.toUpperCase(), argument, value), matches(name, argument, value));
    }),
    { numRuns: 500 },
  );
});

test('what is refused says why', () => {
  for (const [name, why] of Object.entries(refusedOperators)) {
    assert.equal(problemOf(name.toUpperCase(), 'x'), `@${name.toUpperCase()} is not supported: ${why}`);
    assert(!operatorNames.includes(name));
  }
  assert.equal(problemOf('rox', 'x'), 'there is no operator @rox');
});

test('always and never', () => {
  assert.equal(matches('unconditionalMatch', '', ''), true);
  assert.equal(matches('noMatch', '', 'x'), false);
  assert('match' in made('noMatch', ''));
});

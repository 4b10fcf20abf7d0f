// Operators by name: those that are there, those that are refused with a reason, and names that nobody knows.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operatorNames, refusedOperators } from '../../../../agents/waf/operator/table.ts';
import { asked, contextOf, operatorOf, problemOf } from './support.ts';

const files = { words: 'abc\n', nets: '10.0.0.1\n' };
const argumentOf: Readonly<Record<string, string>> = {
  ipMatch: '10.0.0.1',
  ipMatchF: 'nets',
  ipMatchFromFile: 'nets',
  pmf: 'words',
  pmFromFile: 'words',
};

for (const name of operatorNames.filter((one) => !one.startsWith('verify'))) {
  test(`@${name} is made in any case and takes every byte`, () => {
    const everyByte = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');
    const answers = [name, name.toLowerCase(), name.toUpperCase()].map((spelled) => {
      const operator = operatorOf(spelled, argumentOf[name] ?? '1', files);
      return ['', everyByte].map((value) => operator.match(value, contextOf({}), false) !== undefined);
    });
    assert.deepEqual(answers[1], answers[0]);
    assert.deepEqual(answers[2], answers[0]);
  });
}

test('always and never', () => {
  assert.deepEqual(['', 'x'].map(asked('unconditionalMatch', '')), [true, true]);
  assert.deepEqual(['', 'x'].map(asked('noMatch', '')), [false, false]);
});

test('an operator of the reference that is not here says why', () => {
  for (const [name, why] of Object.entries(refusedOperators)) {
    assert(!operatorNames.includes(name));
    assert.equal(problemOf(name.toLowerCase(), 'x'), `@${name.toLowerCase()} is not supported: ${why}`);
  }
});

test('a name that nobody knows is said, also one that every object has', () => {
  for (const name of ['rgx', '', 'constructor', '__proto__', 'toString']) {
    assert.equal(problemOf(name, 'x'), `there is no operator @${name}`);
  }
});

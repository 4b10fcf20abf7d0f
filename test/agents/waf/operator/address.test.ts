// Addresses in networks of both families.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches, problemOf } from '../operators.ts';

const cases: readonly [string, string, boolean][] = [
  ['127.0.0.1,::1', '::1', true],
  ['10.0.0.0/8, 192.168.0.1', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.1.2.3/8', '10.9.9.9', true], // bits behind the prefix do not count
  ['2001:db8::/32', '2001:db8:1::1', true],
  ['2001:db8::/32', '2001:db9::', false],
  ['10.0.0.0/8', 'unix:', false],
  ['0.0.0.0/0', '::1', false],
];

for (const [networks, address, isMatch] of cases) {
  test(`${address} in ${networks}`, () => assert.equal(matches('ipMatch', networks, address), isMatch));
}

test('from a file', () => {
  assert.equal(matches('ipMatchFromFile', 'nets.data', '10.1.1.1'), true);
  assert.equal(matches('ipMatchF', 'nets.data', '2001:db8::5'), true);
  assert.equal(matches('ipMatchF', 'nets.data', '9.1.1.1'), false);
});

test('mistakes are told', () => {
  assert.match(problemOf('ipMatch', '10.0.0.0/8,x'), /'x' is no address/);
  assert.match(problemOf('ipMatch', '10.0.0.0/40'), /'10.0.0.0\/40' is no address/);
  assert.equal(problemOf('ipMatch', ''), 'there is no address to compare with');
  assert.equal(problemOf('ipMatchFromFile', 'none.data'), "the file 'none.data' cannot be read");
  assert.match(problemOf('ipMatchFromFile', 'http://x/'), /over the network/);
});

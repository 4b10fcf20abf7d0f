// Addresses in networks: by hand, and against a comparison bit by bit.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asked, contextOf, operatorOf, problemOf } from './support.ts';

const cases: readonly [list: string, address: string, matches: boolean][] = [
  ['192.168.1.100,192.168.1.50,10.10.50.0/24', '10.10.50.7', true],
  ['192.168.1.100,192.168.1.50,10.10.50.0/24', '192.168.1.50', true],
  ['192.168.1.100,192.168.1.50,10.10.50.0/24', '192.168.1.51', false],
  ['10.0.0.1/8', '10.255.0.1', true], // bits behind the prefix are cut off
  ['10.0.0.0/8, 127.0.0.1', '127.0.0.1', true],
  ['0.0.0.0/0', '203.0.113.9', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['2001:db8::/32', '2001:0DB8:0::ffff', true],
  ['2001:db8::/32', '2001:db9::', false],
  ['::1', '0:0:0:0:0:0:0:1', true],
  ['10.0.0.0/8', 'unix:', false],
  ['10.0.0.0/8', '', false],
  ['10.0.0.0/8', '10.0.0', false],
];
for (const [list, address, matches] of cases) {
  test(`${list} | ${address}`, () => assert.equal(asked('ipMatch', list)(address), matches));
}

const address4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => [...bytes]);
const address6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => [0x20, ...bytes.slice(1)]);

const written4 = (bytes: readonly number[]): string => bytes.join('.');
const written6 = (bytes: readonly number[]): string =>
  Array.from({ length: 8 }, (_, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16)).join(':');

const bitOf = (bytes: readonly number[], bit: number): number => (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;

function sharesBits(one: readonly number[], other: readonly number[], count: number): boolean {
  for (let bit = 0; bit < count; bit += 1) if (bitOf(one, bit) !== bitOf(other, bit)) return false;
  return true;
}

/** The address with one bit turned over: often just inside or just outside. */
const turned = (bytes: readonly number[], bit: number): number[] =>
  bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (0x80 >> (bit & 7)) : byte));

const families = [
  { name: 'IPv4', bits: 32, address: address4, written: written4 },
  { name: 'IPv6', bits: 128, address: address6, written: written6 },
];
for (const { name, bits, address, written } of families) {
  const network = fc.tuple(address, fc.integer({ min: 0, max: bits }));
  const networks = fc.array(network, { minLength: 1, maxLength: 6 });
  test(`${name}, bit by bit`, () => {
    fc.assert(
      fc.property(networks, address, fc.nat({ max: bits - 1 }), (all, stranger, bit) => {
        const matches = asked('ipMatch', all.map(([bytes, length]) => `${written(bytes)}/${length}`).join(','));
        for (const value of [stranger, ...all.map(([bytes]) => turned(bytes, bit))]) {
          const expected = all.some(([bytes, length]) => sharesBits(bytes, value, length));
          assert.equal(matches(written(value)), expected, written(value));
        }
      }),
    );
  });
}

for (const name of ['ipMatchFromFile', 'ipMatchF']) {
  test(`@${name}: a network on each line, with comments`, () => {
    const file = '# inside\n10.0.0.0/8 # all of it\r\n\n  2001:db8::1\n192.0.2.1#one\n';
    const operator = operatorOf(name, ' nets.txt ', { 'nets.txt': file });
    const matches = (value: string) => operator.match(value, contextOf({}), false) !== undefined;
    assert.deepEqual(['10.9.9.9', '2001:db8::1', '192.0.2.1', '192.0.2.2'].map(matches), [true, true, true, false]);
  });
}

test('what is no list of networks is refused with the word that is none', () => {
  for (const wrong of ['10.0.0.0/33', '10.0.0.256', 'localhost', '2001:db8::/129', '10.0.0.0/', '10.0.0.0/-1']) {
    assert.match(problemOf('ipMatch', `127.0.0.1,${wrong}`), new RegExp(`^'${wrong}' is no address`));
  }
  assert.match(problemOf('ipMatch', ' , '), /no address to compare/);
  assert.match(problemOf('ipMatch', '%{tx.a}'), /read once, on load/);
  assert.match(problemOf('ipMatchFromFile', 'none.txt'), /'none.txt' cannot be read/);
  assert.match(problemOf('ipMatchFromFile', 'https://example.com/n'), /not read over the network/);
  assert.match(problemOf('ipMatchFromFile', 'a', { a: '# nothing\n' }), /no address/);
});

// Addresses and networks: one spelling for each, what is inside what, and what is none.

import assert from 'node:assert/strict';
import { BlockList, isIPv4 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatIp, holds, isEverybody, type Network, parseIp, parseNetwork } from '#config/network';

const spelling = (text: string): string | undefined => {
  const ip = parseIp(text);
  return ip && formatIp(ip);
};

test('an address has one spelling, however it was written', () => {
  for (const [written, expected] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:0207', '192.0.2.7'],
    ['2001:DB8::0:7', '2001:db8::7'],
    ['2001:db8:0:0:0:0:0:7', '2001:db8::7'],
    ['::', '::'],
    ['64:ff9b::192.0.2.7', '64:ff9b::c000:207'],
  ] as const)
    assert.equal(spelling(written), expected, written);
});

test('what is no address', () => {
  const none = [
    '',
    'unix',
    '1.2.3',
    '01.2.3.4',
    '1.2.3.4 ',
    '1.2.3.256',
    '0x7f.1',
    '127.1',
    ':::',
    '1::2::3',
    '[::1]',
    'fe80::1%eth0',
  ];
  for (const text of [...none, `${'0'.repeat(50)}::1`]) assert.equal(parseIp(text), undefined, text);
});

function networkOf(text: string): Network {
  const network = parseNetwork(text);
  assert('ip' in network, text);
  return network;
}

test('what is inside what', () => {
  for (const [network, address, isInside] of [
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '203.0.113.9', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7/31', '192.0.2.6', undefined],
    ['192.0.2.6/31', '192.0.2.7', true],
    ['2001:db8:8000::/33', '2001:db8:8000::1', true],
    ['2001:db8:8000::/33', '2001:db8:7fff::1', false],
  ] as const) {
    if (isInside === undefined) assert('problem' in parseNetwork(network), network);
    else assert.equal(holds(networkOf(network), parseIp(address) ?? []), isInside, `${address} in ${network}`);
  }
});

test('what is no network says what to write', () => {
  for (const [text, hint] of [
    ['10.0.0.1/8', 'write 10.0.0.0/8, or 10.0.0.1 alone'],
    ['2001:db8::1/32', 'write 2001:db8::/32, or 2001:db8::1 alone'],
    ['10.0.0.0/33', 'write 10.0.0.0/24'],
    ['10.0.0.0/', 'write 10.0.0.0/24'],
    ['2001:db8::/129', 'write 2001:db8::/64'],
    ['10.0.0.0/8/8', 'write 10.0.0.0/24'],
    ['balancer.example', 'write 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32'],
  ] as const) {
    const network = parseNetwork(text);
    assert('hint' in network, text);
    assert.equal(network.hint, hint);
  }
});

test('all of a family, or half of it, is everybody', () => {
  const everybody = ['0.0.0.0/0', '128.0.0.0/1', '::/0', '::ffff:0:0/96'];
  assert(everybody.every((text) => isEverybody(networkOf(text))));
  assert(!['0.0.0.0/2', '10.0.0.0/8', '2000::/3', '192.0.2.7'].some((text) => isEverybody(networkOf(text))));
});

test("the system's own list says the same of any address and network", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const v4 = fc.tuple(octet, octet, octet, octet).map((bytes) => bytes.join('.'));
  const group = fc.integer({ min: 0, max: 0xffff }).map((one) => one.toString(16));
  const v6 = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'));
  const near = (address: string, other: string) => fc.constantFrom(address, other);
  const pair = fc.oneof(v4, v6).chain((base) =>
    fc.tuple(
      fc.constant(base),
      (isIPv4(base) ? v4 : v6).chain((other) => near(base, other)),
      fc.nat(128),
    ),
  );
  fc.assert(
    fc.property(pair, ([base, address, written]) => {
      const family = isIPv4(base) ? 'ipv4' : 'ipv6';
      const length = family === 'ipv4' ? written % 33 : written;
      const network = parseNetwork(`${base}/${length}`);
      const text = 'hint' in network ? (/^write ([^,]*)/.exec(network.hint)?.[1] ?? '') : `${base}/${length}`;
      const theirs = new BlockList();
      theirs.addSubnet(text.split('/')[0] ?? '', length, family);
      assert.equal(
        holds(networkOf(text), parseIp(address) ?? []),
        theirs.check(address, family),
        `${address} in ${text}`,
      );
    }),
    { numRuns: 500 },
  );
});

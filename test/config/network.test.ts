// Networks: what is read, what is refused, and the set against node's own.

import assert from 'node:assert/strict';
import { BlockList, isIPv4 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalAddress, contains, isEverybody, type Network, NetworkSet, parseNetwork } from '#config/network';

const setOf = (...written: string[]): NetworkSet =>
  new NetworkSet(
    written.map((one) => {
      const network = parseNetwork(one);
      assert(typeof network !== 'string', `${one}: ${network}`);
      return network;
    }),
  );

test('addresses and networks of both families; an IPv4 address written in IPv6 is what it is', () => {
  const set = setOf('10.0.0.0/8', '192.0.2.7', '2001:db8::/33', '::1', '::ffff:198.51.100.0/120', '0.0.0.0/32');
  const inside = ['10.0.0.0', '10.255.255.255', '192.0.2.7', '2001:db8:7fff::1', '::1', '198.51.100.200', '0.0.0.0'];
  const outside = [
    '9.255.255.255',
    '11.0.0.0',
    '192.0.2.8',
    '2001:db8:8000::',
    '::2',
    '198.51.101.0',
    '::',
    'unix',
    '',
  ];
  for (const one of [...inside, '::ffff:10.1.2.3', '::ffff:a01:203']) assert.equal(set.has(one), true, one);
  for (const one of [...outside, 'fe80::1%eth0', '10.0.0.1/8', '010.0.0.1']) assert.equal(set.has(one), false, one);
  assert.equal(setOf('0.0.0.0/0').has('255.1.2.3'), true);
  assert.equal(setOf('0.0.0.0/0').has('2001:db8::1'), false);
  assert.equal(setOf().has('1.2.3.4'), false);
});

test('what is no network is refused with what it must be', () => {
  const rows = [
    ['', 'be an address or a network, such as 10.0.0.0/8 or 2001:db8::/32'],
    ['10.0.0', 'be an address or a network, such as 10.0.0.0/8 or 2001:db8::/32'],
    ['shop.example', 'be an address or a network, such as 10.0.0.0/8 or 2001:db8::/32'],
    ['10.0.0.0/33', 'have a prefix length from 0 to 32 behind the slash'],
    ['10.0.0.0/', 'have a prefix length from 0 to 32 behind the slash'],
    ['::/129', 'have a prefix length from 0 to 128 behind the slash'],
    ['10.0.0.1/8', 'have no bits set behind its prefix length: write 10.0.0.0/8, or 10.0.0.1 alone'],
    ['2001:db8::1/64', 'have no bits set behind its prefix length: write 2001:db8::/64, or 2001:db8::1 alone'],
  ] as const;
  for (const [written, why] of rows) assert.equal(parseNetwork(written), why, written);
});

test('one network in another', () => {
  const isIn = (broad: string, narrow: string) => {
    const [one, other] = [parseNetwork(broad), parseNetwork(narrow)];
    return typeof one !== 'string' && typeof other !== 'string' && contains(one, other);
  };
  assert.equal(isIn('10.0.0.0/8', '10.3.0.0/16'), true);
  assert.equal(isIn('10.0.0.0/8', '10.0.0.0/8'), true);
  assert.equal(isIn('10.3.0.0/16', '10.0.0.0/8'), false);
  assert.equal(isIn('10.0.0.0/8', '11.0.0.0/9'), false);
});

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6');

test("random networks and addresses: as node's list says", () => {
  const v4 = fc.tuple(fc.ipV4(), fc.nat(32));
  const v6 = fc.tuple(fc.ipV6(), fc.nat(128));
  const written = fc.array(fc.oneof(v4, v6), { maxLength: 6 });
  fc.assert(
    fc.property(written, fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 6 }), (networks, addresses) => {
      const lists = { ipv4: new BlockList(), ipv6: new BlockList() }; // its own would find IPv4 inside ::/0
      const kept: string[] = [];
      for (const [address, length] of networks) {
        if (typeof parseNetwork(`${address}/${length}`) === 'string') continue;
        kept.push(`${address}/${length}`);
        const canonical = canonicalAddress(address) ?? '';
        const [family, shift] =
          isIPv4(canonical) && !isIPv4(address) ? (['ipv4', 96] as const) : [familyOf(address), 0];
        if (length >= shift) lists[family].addSubnet(canonical, length - shift, family);
      }
      const set = setOf(...kept);
      for (const one of [...addresses, ...networks.map(([address]) => address)]) {
        const canonical = canonicalAddress(one) ?? '';
        const family = familyOf(canonical);
        assert.equal(set.has(one), lists[family].check(canonical, family), `${one} in ${kept}`);
      }
    }),
  );
});

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
    assert.equal(canonicalAddress(written), expected, written);
  const none = [
    '',
    'unix',
    '1.2.3',
    '01.2.3.4',
    '1.2.3.4 ',
    '1.2.3.256',
    '0x7f.1',
    ':::',
    '1::2::3',
    '[::1]',
    'fe80::1%e',
  ];
  for (const text of [...none, `${'0'.repeat(50)}::1`]) assert.equal(canonicalAddress(text), undefined, text);
});

function networkOf(text: string): Network {
  const network = parseNetwork(text);
  assert(typeof network !== 'string', text);
  return network;
}

test('every IPv6 address is no IPv4 address in disguise', () => {
  const everySix = new NetworkSet([networkOf('::/0'), networkOf('10.0.0.0/8')]);
  assert.deepEqual(
    ['2001:db8::1', '203.0.113.9', '::ffff:203.0.113.9', '10.1.2.3', '::ffff:10.1.2.3'].map((text) =>
      everySix.has(text),
    ),
    [true, false, false, true, true],
  );
  assert.equal(contains(networkOf('::/0'), networkOf('10.0.0.0/8')), false);
});

test('all of a family, or half of it, is everybody', () => {
  const everybody = ['0.0.0.0/0', '128.0.0.0/1', '::/0', '8000::/1', '::ffff:0:0/96'];
  assert(everybody.every((text) => isEverybody(networkOf(text))));
  assert(!['0.0.0.0/2', '10.0.0.0/8', '2000::/3', '192.0.2.7'].some((text) => isEverybody(networkOf(text))));
});

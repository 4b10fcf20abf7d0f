// Membership of addresses in networks, checked against node:net's own BlockList.

import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { NetworkSet } from '../../../agents/denylist/networks.ts';

function setOf(...networks: string[]): NetworkSet {
  const set = new NetworkSet();
  for (const network of networks) assert.equal(set.add(network), undefined, network);
  return set;
}

const memberships: readonly (readonly [string, string, boolean])[] = [
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['0.0.0.0/0', '::1', false],
  ['128.0.0.0/1', '200.1.1.1', true],
  ['128.0.0.0/1', '127.1.1.1', false],
  ['192.0.2.7', '::ffff:192.0.2.7', true],
  ['::ffff:192.0.2.7', '192.0.2.7', true],
  ['2001:db8::/32', '2001:DB8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::', false],
  ['2001:db8::1', '2001:0db8:0:0:0:0:0:1', true],
  ['::/0', '2001:db8::', true],
  ['::/0', '192.0.2.7', false],
  ['::ffff:10.0.0.0/104', '10.1.2.3', true],
  ['::ffff:10.0.0.0/104', '11.1.2.3', false],
  ['::1', '::1', true],
  ['64:ff9b::192.0.2.7', '64:ff9b::c000:207', true],
  ['fe80::/10', 'fe80::1%eth0', false],
  ['192.0.2.7', 'not an address', false],
];

for (const [network, address, expected] of memberships) {
  test(`${address} is ${expected ? '' : 'not '}in ${network}`, () => {
    assert.equal(setOf(network).has(address), expected);
  });
}

for (const [network, why] of [
  ['10.0.0.1/8', /bits set behind/],
  ['2001:db8::1/32', /bits set behind/],
  ['10.0.0.0/33', /from 0 to 32/],
  ['::/129', /from 0 to 128/],
  ['::ffff:10.0.0.0/8', /from 96 to 128/],
  ['10.0.0.0/', /prefix length/],
  ['10.0.0.0/-1', /prefix length/],
  ['10.0.0', /not an IP address/],
  ['010.0.0.1', /not an IP address/],
  ['localhost', /not an IP address/],
] as const) {
  test(`${network} is refused`, () => assert.match(new NetworkSet().add(network) ?? '', why));
}

// Per family: BlockList counts every IPv4 address as one of ::/0; here `::/0` means every IPv6 client and no other.
for (const [family, address, bits] of [
  ['ipv4', fc.ipV4(), 32],
  ['ipv6', fc.ipV6(), 128],
] as const) {
  const network = fc
    .tuple(address, fc.integer({ min: 0, max: bits }))
    .map(([within, length]) => [baseOf(family, within, length), length] as const);
  test(`it agrees with node:net about random networks of ${family}`, () => {
    fc.assert(
      fc.property(fc.array(network, { minLength: 1, maxLength: 5 }), address, (networks, random) => {
        const set = new NetworkSet();
        const list = new BlockList();
        for (const [base, length] of networks) {
          assert.equal(set.add(`${base}/${length}`), undefined, `${base}/${length}`);
          list.addSubnet(base, length, family);
        }
        const members = networks.map(([base]) => base);
        for (const asked of [random, ...members]) assert.equal(set.has(asked), list.check(asked, family), asked);
      }),
    );
  });
}

/** The address with the bits behind the prefix cleared, by text: an octet or a group at a time. */
function baseOf(family: 'ipv4' | 'ipv6', address: string, length: number): string {
  const [parts, width, radix] =
    family === 'ipv4' ? ([address.split('.'), 8, 10] as const) : ([groupsOf(address), 16, 16] as const);
  const cleared = parts.map((part, index) => {
    const kept = Math.max(0, Math.min(width, length - index * width));
    return (Number.parseInt(part, radix) & ~((1 << (width - kept)) - 1)).toString(radix);
  });
  return cleared.join(family === 'ipv4' ? '.' : ':');
}

/** The eight groups, as the URL parser of the platform writes them out. */
function groupsOf(address: string): string[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}

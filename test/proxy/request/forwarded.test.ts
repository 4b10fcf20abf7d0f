// What trusted proxies say about their client, header by header: from right to left, up to the first stranger, stopping
// at whatever is not exactly an address.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwardingLimits } from '#config/limits';
import { RequestHead } from '../../../proxy/http1/request-head.ts';
import { type Claim, onlyValue, readClaim } from '../../../proxy/request/forwarded.ts';
import { TrustedProxies } from '../../../proxy/request/trusted-proxies.ts';
import { usualBounds } from '../../support/http1.ts';

const trusted = new TrustedProxies(['10.0.0.0/8', '2001:db8:a::/48']);

function headOf(lines: readonly string[]): RequestHead {
  const bytes = Buffer.from(
    `GET / HTTP/1.1\r\nHost: a\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`,
    'latin1',
  );
  const head = new RequestHead();
  head.begin(bytes, 0);
  assert(head.read(bytes, bytes.length, usualBounds) > 0, lines.join());
  return head;
}

const claimOf = (...lines: string[]): Claim | undefined => readClaim(headOf(lines).lines, trusted);

/** `client:port < proxy < proxy`, or `-` if no address is known. */
function roadOf(...lines: string[]): string {
  const claim = claimOf(...lines);
  if (claim === undefined) return 'refused';
  const [client = '-', ...proxies] = claim.chain;
  return [claim.clientPort === 0 ? client : `${client} ${claim.clientPort}`, ...proxies].join(' < ');
}

const lists: ReadonlyArray<readonly [value: string, road: string, why: string]> = [
  ['203.0.113.9', '203.0.113.9', 'one address'],
  ['made.up, 203.0.113.9', '203.0.113.9', 'what stands left of a stranger is never read'],
  ['198.51.100.1, 203.0.113.9', '203.0.113.9', 'nor is an address'],
  ['203.0.113.9, 10.0.0.2, 10.0.0.3', '203.0.113.9 < 10.0.0.2 < 10.0.0.3', 'past trusted proxies'],
  ['10.0.0.4, 10.0.0.2', '10.0.0.4 < 10.0.0.2', 'all are trusted: the first is the client'],
  ['203.0.113.9,10.0.0.2', '203.0.113.9 < 10.0.0.2', 'without blanks'],
  ['203.0.113.9 \t,\t 10.0.0.2', '203.0.113.9 < 10.0.0.2', 'with many'],
  ['203.0.113.9:4711', '203.0.113.9 4711', 'with a port'],
  ['[2001:DB8::0:1]:4711', '2001:db8::1 4711', 'IPv6 with a port, in its one spelling'],
  ['[2001:db8::1]', '2001:db8::1', 'IPv6 in brackets'],
  ['2001:db8::1, 2001:db8:a::1', '2001:db8::1 < 2001:db8:a::1', 'IPv6 without'],
  ['::ffff:203.0.113.9', '203.0.113.9', 'IPv4 in IPv6 is what it is'],
  ['[::ffff:203.0.113.9]:1', '203.0.113.9 1', 'the same in brackets'],
  ['203.0.113.9, made.up', '-', 'the last is none: nothing is known'],
  ['203.0.113.9, made.up, 10.0.0.2', '10.0.0.2', 'the last that is known'],
  ['203.0.113.9, unknown', '-', 'hidden'],
  ['203.0.113.9, _hidden, 10.0.0.2', '10.0.0.2', 'hidden by a name'],
  ['203.0.113.9,', '-', 'an empty entry'],
  ['', '-', 'nothing'],
  ['203.0.113.9:', '-', 'a colon without port'],
  ['203.0.113.9:0', '-', 'no port is 0'],
  ['203.0.113.9:65536', '-', 'a port too large'],
  ['203.0.113.9:+80', '-', 'a sign'],
  ['203.0.113.9:_x', '203.0.113.9', 'a port that is hidden'],
  ['203.0.113.09', '-', 'a leading zero'],
  ['3405803785', '-', 'an address as one number'],
  ['203.0.113.9 203.0.113.8', '-', 'two in one entry'],
  ['"203.0.113.9"', '-', 'quotes do not belong here'],
  ['[203.0.113.9]', '-', 'nor brackets around IPv4'],
  ['[2001:db8::1', '-', 'a bracket that is not closed'],
  ['[2001:db8::1]80', '-', 'a port without colon'],
  ['[]', '-', 'brackets around nothing'],
  ['fe80::1%eth0', '-', 'a zone'],
  ['a.example', '-', 'a name'],
];

for (const [value, road, why] of lists)
  test(`X-Forwarded-For: ${value} (${why})`, () => assert.equal(roadOf(`X-Forwarded-For: ${value}`), road));

const elements: ReadonlyArray<readonly [value: string, road: string, why: string]> = [
  ['for=203.0.113.9', '203.0.113.9', 'one address'],
  ['For="203.0.113.9:4711"; Proto=http ;by=10.0.0.1', '203.0.113.9 4711', 'names in any case, blanks'],
  ['for="[2001:db8::1]:4711"', '2001:db8::1 4711', 'IPv6 with a port'],
  ['for="[2001:db8::1]"', '2001:db8::1', 'IPv6'],
  ['for=203.0.113.9, for=10.0.0.2', '203.0.113.9 < 10.0.0.2', 'past a trusted proxy'],
  ['for="evil, for=203.0.113.9', '203.0.113.9', 'a quote that the client opened swallows nothing'],
  ['for=198.51.100.1;by=", for=203.0.113.9;proto="http', '-', 'nor does one that is closed behind'],
  ['for=unknown', '-', 'hidden'],
  ['for=_secret, for=10.0.0.2', '10.0.0.2', 'hidden by a name'],
  ['for="_secret:_port"', '-', 'with a port that is hidden too'],
  ['for="203.0.113.9:_port"', '203.0.113.9', 'only the port is hidden'],
  ['proto=https', '-', 'no address at all'],
  ['for=203.0.113.9;for=198.51.100.1', '-', 'two in one element'],
  ['for=203.0.113.9;proto=http;PROTO=https', '-', 'a name twice'],
  ['for=203.0.113.9:4711', '-', 'a colon is no token, so it needs quotes'],
  ['for=[2001:db8::1]', '-', 'nor are brackets'],
  ['for="2001:db8::1"', '-', 'IPv6 needs brackets'],
  ['for = 203.0.113.9', '203.0.113.9', 'blanks around the sign'],
  ['for="203.0.113.9\\"', '-', 'an escape'],
  ['for=', '-', 'nothing'],
  ['203.0.113.9', '-', 'no pair'],
  ['for=203.0.113.9;', '-', 'an empty pair'],
  ['', '-', 'nothing at all'],
];

for (const [value, road, why] of elements)
  test(`Forwarded: ${value} (${why})`, () => assert.equal(roadOf(`Forwarded: ${value}`), road));

test('lines are one list, in their order, and names with an underscore are none of them', () => {
  assert.equal(roadOf('X-Forwarded-For: 203.0.113.9', 'x-forwarded-FOR: 10.0.0.2'), '203.0.113.9 < 10.0.0.2');
  assert.equal(roadOf('Forwarded: for=203.0.113.9', 'forwarded: for=10.0.0.2'), '203.0.113.9 < 10.0.0.2');
  assert.equal(roadOf('X-Forwarded-For: 203.0.113.9', 'X_Forwarded_For: 198.51.100.1'), '203.0.113.9');
  assert.equal(roadOf('X_Forwarded-For: 198.51.100.1'), '-');
});

test('two headers must name one client', () => {
  const list = 'X-Forwarded-For: 203.0.113.9';
  assert.equal(roadOf(list, 'Forwarded: for=203.0.113.9'), '203.0.113.9');
  assert.equal(
    roadOf(list, 'Forwarded: for=198.51.100.1, for="203.0.113.9:1"'),
    '203.0.113.9',
    'how they got there may differ',
  );
  assert.equal(roadOf(list, 'Forwarded: for=198.51.100.1'), 'refused');
  assert.equal(roadOf(list, 'Forwarded: for=unknown'), 'refused');
  assert.equal(roadOf('X-Forwarded-For: made.up', 'Forwarded: for=198.51.100.1'), 'refused');
});

test('X-Real-IP counts where there is nothing else', () => {
  assert.equal(roadOf('X-Real-IP: 203.0.113.9'), '203.0.113.9');
  assert.equal(roadOf('X-Real-IP: 203.0.113.9', 'X-Forwarded-For: 198.51.100.1'), '198.51.100.1');
  assert.equal(roadOf('X-Real-IP: 203.0.113.9', 'X-Forwarded-For: made.up'), '-');
  assert.equal(roadOf('X-Real-IP: 203.0.113.9', 'Forwarded: for=unknown'), '-');
  assert.equal(roadOf('X-Real-IP: 203.0.113.9', 'X-Real-IP: 203.0.113.9'), '-', 'twice');
  assert.equal(roadOf('X-Real-IP: 203.0.113.9, 10.0.0.1'), '-', 'a list');
});

test('the hops that are looked at are bounded', () => {
  const hops = Array.from({ length: forwardingLimits.hopsMax + 1 }, (_, index) => `10.0.0.${index}`);
  assert.equal(claimOf(`X-Forwarded-For: 203.0.113.9, ${hops.join(', ')}`)?.chain.length, forwardingLimits.hopsMax);
  assert.equal(claimOf(`X-Forwarded-For: 203.0.113.9, ${hops.join(', ')}`)?.chain[0], '10.0.0.1');
});

test('scheme, host and port: said once, in a form that can be believed, or not at all', () => {
  const facts = (...lines: string[]) => {
    const claim = claimOf(...lines);
    return [claim?.scheme, claim?.host, claim?.port];
  };
  assert.deepEqual(facts('X-Forwarded-Proto: HTTPS', 'X-Forwarded-Host: Shop.example:8443', 'X-Forwarded-Port: 8443'), [
    'https',
    'Shop.example:8443',
    8443,
  ]);
  for (const value of ['https, http', 'ftp', '', 'https;', '"https"'])
    assert.deepEqual(facts(`X-Forwarded-Proto: ${value}`), [undefined, undefined, undefined], value);
  for (const value of ['a, b', 'a b', 'a/b', 'u@a', '', 'a:99999', '[::1'])
    assert.deepEqual(facts(`X-Forwarded-Host: ${value}`), [undefined, undefined, undefined], value);
  for (const value of ['0', '080', '65536', '-1', '8e3', '80, 80'])
    assert.deepEqual(facts(`X-Forwarded-Port: ${value}`), [undefined, undefined, undefined], value);
  assert.deepEqual(facts('X-Forwarded-Proto: https', 'X-Forwarded-Proto: http'), [undefined, undefined, undefined]);
});

test('a proxy that writes Forwarded is not asked for the other family, which its client may have brought', () => {
  const claim = claimOf(
    'Forwarded: for=203.0.113.9;proto=https;host="shop.example"',
    'X-Forwarded-Proto: http',
    'X-Forwarded-Host: evil',
    'X-Forwarded-Port: 1',
  );
  assert.deepEqual([claim?.scheme, claim?.host, claim?.port], ['https', 'shop.example', undefined]);
  const other = claimOf('Forwarded: for=203.0.113.9', 'X-Forwarded-For: 203.0.113.9', 'X-Forwarded-Proto: https');
  assert.equal(other?.scheme, 'https');
});

test('a header that stands once has a value, one that stands twice has none', () => {
  const { lines } = headOf(['X-Request-Id: a', 'Via: 1.1 a', 'Via: 1.1 b']);
  assert.deepEqual([onlyValue(lines, 16), onlyValue(lines, 18), onlyValue(lines, 15)], ['a', undefined, undefined]);
});

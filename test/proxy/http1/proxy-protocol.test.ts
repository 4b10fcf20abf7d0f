// The PROXY header: what was written is read back, whatever its pieces; what is not exactly one is refused, with a name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { forwardingLimits } from '#config/limits';
import { type ProxyHeaderReading, readProxyHeader } from '../../../proxy/http1/proxy-protocol.ts';
import { checksumTlv, proxyV2, tlv, v4Block, v6Block } from './proxy-headers.ts';

const read = (header: string | Buffer): ProxyHeaderReading =>
  readProxyHeader(typeof header === 'string' ? Buffer.from(header, 'latin1') : header);

/** `client IP PORT to PORT`, `proxy-itself`, `not-known`, `needs-more`, or the fault; and how many bytes it took. */
function said(header: string | Buffer): string {
  const reading = read(header);
  if (reading.kind === 'needs-more') return reading.kind;
  if (reading.kind === 'fault') return reading.fault;
  const { announced, end } = reading;
  const what =
    announced.kind === 'client' ? `${announced.ip} ${announced.port} to ${announced.listenPort}` : announced.kind;
  return `${what} (${end})`;
}

const lines: ReadonlyArray<readonly [line: string, said: string]> = [
  ['PROXY TCP4 203.0.113.9 192.0.2.1 47011 443\r\n', '203.0.113.9 47011 to 443 (44)'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 0 65535\r\nGET /', '203.0.113.9 0 to 65535 (42)'],
  ['PROXY TCP6 2001:DB8::1 ::1 1 2\r\n', '2001:db8::1 1 to 2 (32)'],
  ['PROXY TCP6 ::ffff:203.0.113.9 ::1 1 2\r\n', '203.0.113.9 1 to 2 (39)'],
  ['PROXY UNKNOWN\r\n', 'not-known (15)'],
  ['PROXY UNKNOWN whatever \x00\xff it says\r\n', 'not-known (35)'],
  ['PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n', 'not-known (59)'],
  [`PROXY UNKNOWN ${'x'.repeat(forwardingLimits.proxyHeaderV1BytesMax - 16)}\r\n`, 'not-known (107)'],
  [`PROXY UNKNOWN ${'x'.repeat(forwardingLimits.proxyHeaderV1BytesMax - 15)}\r\n`, 'bad-proxy-line'],
  ['PROXY UNKNOWNS\r\n', 'bad-proxy-line'],
  ['PROXY \r\n', 'bad-proxy-line'],
  ['PROXY TCP\r\n', 'bad-proxy-line'],
  ['PROXY TCP5 203.0.113.9 192.0.2.1 1 2\r\n', 'bad-proxy-line'],
  ['PROXY tcp4 203.0.113.9 192.0.2.1 1 2\r\n', 'bad-proxy-line'],
  ['PROXY UDP4 203.0.113.9 192.0.2.1 1 2\r\n', 'bad-proxy-line'],
  ['PROXY  TCP4 203.0.113.9 192.0.2.1 1 2\r\n', 'bad-proxy-line'],
  ['PROXY TCP4  203.0.113.9 192.0.2.1 1 2\r\n', 'bad-proxy-line'],
  ['PROXY TCP4\t203.0.113.9 192.0.2.1 1 2\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 1 2 \r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 1\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 1 2 3\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 01 2\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 +1 2\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 -1 2\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 0x1 2\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 100000 2\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 65536 2\r\n', 'bad-proxy-address'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 1 65536\r\n', 'bad-proxy-address'],
  ['PROXY TCP4 203.0.113.009 192.0.2.1 1 2\r\n', 'bad-proxy-address'],
  ['PROXY TCP4 203.0.113 192.0.2.1 1 2\r\n', 'bad-proxy-address'],
  ['PROXY TCP4 203.0.113.9 192.0.2.256 1 2\r\n', 'bad-proxy-address'],
  ['PROXY TCP4 2001:db8::1 ::1 1 2\r\n', 'bad-proxy-address'],
  ['PROXY TCP6 203.0.113.9 192.0.2.1 1 2\r\n', 'bad-proxy-address'],
  ['PROXY TCP6 2001:db8:::1 ::1 1 2\r\n', 'bad-proxy-address'],
  ['PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 a.example 192.0.2.1 1 2\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 1 2\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 1 2\r\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1\n1 2\r\n', 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 1 2\0\r\n', 'bad-proxy-line'],
  [`PROXY TCP4 ${'1'.repeat(200)}`, 'bad-proxy-line'],
  ['PROXY TCP4 203.0.113.9', 'needs-more'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 1 2\r', 'needs-more'],
  ['PROXY', 'needs-more'],
  ['P', 'needs-more'],
  ['', 'needs-more'],
  ['PROXY\r\n', 'no-proxy-header'],
  ['proxy TCP4 203.0.113.9 192.0.2.1 1 2\r\n', 'no-proxy-header'],
  ['POST / HTTP/1.1\r\n', 'no-proxy-header'],
  [' PROXY TCP4', 'no-proxy-header'],
  ['\r\nPROXY TCP4 203.0.113.9 192.0.2.1 1 2\r\n', 'no-proxy-header'],
];

for (const [line, expected] of lines)
  test(`version 1: ${JSON.stringify(line.slice(0, 60))} ${expected}`, () => assert.equal(said(line), expected));

const v4 = v4Block('203.0.113.9', '192.0.2.1', 47_011, 443);
const v6 = v6Block('2001:db8::1', '::1', 1, 2);
const client = '203.0.113.9 47011 to 443';

const binaries: ReadonlyArray<readonly [why: string, header: Buffer, said: string]> = [
  ['IPv4', proxyV2(0x21, 0x11, v4), `${client} (28)`],
  ['IPv6', proxyV2(0x21, 0x21, v6), '2001:db8::1 1 to 2 (52)'],
  ['IPv4 in IPv6', proxyV2(0x21, 0x21, v6Block('::ffff:203.0.113.9', '::1', 1, 2)), '203.0.113.9 1 to 2 (52)'],
  ['Unix sockets', proxyV2(0x21, 0x31, Buffer.alloc(216, '/x')), 'unix 0 to 0 (232)'],
  ['nothing known', proxyV2(0x21, 0x00, Buffer.alloc(0)), 'not-known (16)'],
  ['nothing known, with TLVs', proxyV2(0x21, 0x00, tlv(0x04, 5)), 'not-known (24)'],
  ['the proxy itself', proxyV2(0x20, 0x00, Buffer.alloc(0)), 'proxy-itself (16)'],
  ['the proxy itself, whatever else it says', proxyV2(0x20, 0xff, Buffer.alloc(7)), 'proxy-itself (23)'],
  ['TLVs that are not ours', proxyV2(0x21, 0x11, v4, tlv(0x20, 30), tlv(0xea, 0)), `${client} (64)`],
  ['a checksum', checksumTlv(0x21, 0x11, v4), `${client} (35)`],
  ['a checksum behind others', checksumTlv(0x21, 0x21, v6, tlv(0x04, 100)), '2001:db8::1 1 to 2 (162)'],
  [
    'the most bytes there may be',
    proxyV2(0x21, 0x11, v4, tlv(0x04, forwardingLimits.proxyHeaderV2BytesMax - 31)),
    `${client} (4096)`,
  ],
  ['one more', proxyV2(0x21, 0x11, v4, tlv(0x04, forwardingLimits.proxyHeaderV2BytesMax - 30)), 'bad-proxy-length'],
  ['version 1 in binary', proxyV2(0x11, 0x11, v4), 'bad-proxy-command'],
  ['version 3', proxyV2(0x31, 0x11, v4), 'bad-proxy-command'],
  ['a command that does not exist', proxyV2(0x22, 0x11, v4), 'bad-proxy-command'],
  ['datagrams', proxyV2(0x21, 0x12, v4), 'bad-proxy-family'],
  ['no transport', proxyV2(0x21, 0x10, v4), 'bad-proxy-family'],
  ['no family', proxyV2(0x21, 0x01, v4), 'bad-proxy-family'],
  ['a family that does not exist', proxyV2(0x21, 0x41, v4), 'bad-proxy-family'],
  ['too short for its addresses', proxyV2(0x21, 0x11, v4.subarray(1)), 'bad-proxy-length'],
  ['IPv4 addresses for IPv6', proxyV2(0x21, 0x21, v4), 'bad-proxy-length'],
  ['no addresses', proxyV2(0x21, 0x11, Buffer.alloc(0)), 'bad-proxy-length'],
  ['a TLV without its length', proxyV2(0x21, 0x11, v4, Buffer.from([0x04, 0])), 'bad-proxy-tlv'],
  ['a TLV longer than the header', proxyV2(0x21, 0x11, v4, Buffer.from([0x04, 0, 2, 0])), 'bad-proxy-tlv'],
  ['a byte behind the last TLV', proxyV2(0x21, 0x11, v4, tlv(0x04, 1), Buffer.from([0])), 'bad-proxy-tlv'],
  ['a checksum of three bytes', proxyV2(0x21, 0x11, v4, tlv(0x03, 3)), 'bad-proxy-tlv'],
  ['a wrong checksum', proxyV2(0x21, 0x11, v4, tlv(0x03, 4)), 'bad-proxy-checksum'],
  ['two checksums', proxyV2(0x21, 0x00, ...twoChecksums()), 'bad-proxy-tlv'],
  ['half a signature', proxyV2(0x21, 0x11, v4).subarray(0, 7), 'needs-more'],
  ['a signature alone', proxyV2(0x21, 0x11, v4).subarray(0, 12), 'needs-more'],
  ['all but the last byte', proxyV2(0x21, 0x11, v4).subarray(0, 27), 'needs-more'],
  ['nearly a signature', Buffer.from('\r\n\r\n\0\r\nQUIT\r', 'latin1'), 'no-proxy-header'],
];

/** The second is never looked at: that there is one is wrong. */
function twoChecksums(): Buffer[] {
  const one = checksumTlv(0x21, 0x00, Buffer.alloc(0), tlv(0x03, 4)).subarray(16);
  return [one.subarray(7), one.subarray(0, 7)];
}

for (const [why, header, expected] of binaries)
  test(`version 2: ${why}: ${expected}`, () => assert.equal(said(header), expected));

test('the checksum is the one of the standard', () => {
  const header = checksumTlv(0x21, 0x11, v4);
  const typeByte = 28; // of another type it is no checksum
  for (let bit = 0; bit < 8 * header.length; bit += 1) {
    if (bit >> 3 === typeByte) continue;
    const flipped = Buffer.from(header);
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.notEqual(said(flipped), said(header), `bit ${bit}`);
  }
  // RFC 3720 appendix B.4: 32 bytes of zeros have the checksum 8a9136aa.
  const zeros = Buffer.alloc(32);
  assert.equal(checksumTlv.of(zeros).toString(16), '8a9136aa');
});

const octets = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => bytes.join('.'));
const port = fc.integer({ min: 0, max: 65_535 });
const rest = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));

test('what was written is read back, and what follows is left alone', () => {
  fc.assert(
    fc.property(
      octets,
      octets,
      port,
      port,
      rest,
      fc.array(fc.nat(40), { maxLength: 4 }),
      (from, to, source, target, more, tlvs) => {
        const block = v4Block(from, to, source, target);
        const expected = `${from} ${source} to ${target}`;
        const line = Buffer.from(`PROXY TCP4 ${from} ${to} ${source} ${target}\r\n`);
        const binary = checksumTlv(0x21, 0x11, block, ...tlvs.map((length) => tlv(0x04, length)));
        for (const header of [line, binary])
          assert.equal(said(Buffer.concat([header, more])), `${expected} (${header.length})`);
      },
    ),
  );
});

test('how the bytes are split never changes the verdict', () => {
  const whole = [...lines.map(([line]) => Buffer.from(line, 'latin1')), ...binaries.map(([, header]) => header)];
  for (const header of whole) {
    let first: string | undefined;
    for (let length = 0; length <= header.length && first === undefined; length += 1) {
      const verdict = said(header.subarray(0, length));
      if (verdict !== 'needs-more') first = verdict;
    }
    assert.equal(first ?? 'needs-more', said(header), JSON.stringify(header.toString('latin1').slice(0, 60)));
  }
});

test('no bytes make it stumble, or take more than there are', () => {
  const seeds = [
    ...lines.map(([line]) => Buffer.from(line, 'latin1')),
    ...binaries.map(([, header]) => header.subarray(0, 300)),
  ];
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(change, { maxLength: 4 }), fc.nat(), (seed, changes, cut) => {
      const bytes = Buffer.from(seed);
      for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      const reading = read(bytes.subarray(0, cut % (bytes.length + 1)));
      if (reading.kind === 'header') assert(reading.end <= bytes.length);
    }),
    { numRuns: 2000 },
  );
});

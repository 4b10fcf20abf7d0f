// The PROXY protocol (HAProxy, revision 2020/03/05), versions 1 and 2, read from the first bytes of a connection: who the
// client is, for proxies that pass bytes and not messages. As strict as the parsers beside it: exact grammar, bounded,
// the checksum verified where there is one, nothing repaired. Feed it all bytes so far; it is cheap to ask again.
//
//   PROXY TCP4 203.0.113.9 192.0.2.1 47011 443\r\n                     at most 107 bytes
//   \r\n\r\n\0\r\nQUIT\n  0x21  0x11  length  addresses, ports, TLVs   16 bytes and `length`
//
// It refuses to know whom to believe: that is proxy-header.ts.

import { isIPv4, isIPv6 } from 'node:net';
import { forwardingLimits } from '#config/limits';
import { canonicalAddress } from '#config/network';
import { unixPeer } from '../request/trusted-proxies.ts';

/** What the header says: a client; that the proxy speaks for itself (a health check); or that it does not know. */
export type Announced =
  | { readonly kind: 'client'; readonly ip: string; readonly port: number; readonly listenPort: number }
  | { readonly kind: 'proxy-itself' }
  | { readonly kind: 'not-known' };

export type ProxyHeaderFault =
  | 'no-proxy-header'
  | 'bad-proxy-line'
  | 'bad-proxy-address'
  | 'bad-proxy-command'
  | 'bad-proxy-family'
  | 'bad-proxy-length'
  | 'bad-proxy-tlv'
  | 'bad-proxy-checksum';

export type ProxyHeaderReading =
  | { readonly kind: 'needs-more' }
  | { readonly kind: 'fault'; readonly fault: ProxyHeaderFault }
  | { readonly kind: 'header'; readonly announced: Announced; readonly end: number };

/** Of all bytes that have arrived. `no-proxy-header` is said as soon as they cannot begin one. */
export function readProxyHeader(bytes: Buffer): ProxyHeaderReading {
  if (beginsLike(bytes, linePrefix)) return bytes.length < linePrefix.length ? needsMore : readLine(bytes);
  if (beginsLike(bytes, signature)) return bytes.length < binaryHeadBytes ? needsMore : readBinary(bytes);
  return fault('no-proxy-header');
}

const linePrefix = Buffer.from('PROXY ');
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const binaryHeadBytes = 16; // signature, version and command, family, length
const needsMore: ProxyHeaderReading = { kind: 'needs-more' };

/** True while no byte differs. */
function beginsLike(bytes: Buffer, prefix: Buffer): boolean {
  const length = Math.min(bytes.length, prefix.length);
  return bytes.compare(prefix, 0, length, 0, length) === 0;
}

function fault(name: ProxyHeaderFault): ProxyHeaderReading {
  return { kind: 'fault', fault: name };
}

function header(announced: Announced, end: number): ProxyHeaderReading {
  return { kind: 'header', announced, end };
}

// ---- version 1

function readLine(bytes: Buffer): ProxyHeaderReading {
  const { proxyHeaderV1BytesMax: bytesMax } = forwardingLimits;
  const lineFeed = bytes.subarray(0, bytesMax).indexOf(0x0a);
  if (lineFeed === -1) return bytes.length < bytesMax ? needsMore : fault('bad-proxy-line');
  if (bytes[lineFeed - 1] !== 0x0d) return fault('bad-proxy-line');
  const line = bytes.toString('latin1', linePrefix.length, lineFeed - 1);
  if (line === 'UNKNOWN' || line.startsWith('UNKNOWN ')) return header({ kind: 'not-known' }, lineFeed + 1);
  const match = lineForm.exec(line);
  if (match === null) return fault('bad-proxy-line');
  const [, family, source = '', destination = '', from, to] = match;
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6;
  const ip = isAddress(source) && isAddress(destination) ? canonicalAddress(source) : undefined;
  const [port, listenPort] = [Number(from), Number(to)];
  if (ip === undefined || port > 65_535 || listenPort > 65_535) return fault('bad-proxy-address');
  return header({ kind: 'client', ip, port, listenPort }, lineFeed + 1);
}

/** Section 2.1: one blank between the words, numbers without leading zeros. */
const lineForm = /^(TCP[46]) ([\dA-Fa-f:.]+) ([\dA-Fa-f:.]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/;

// ---- version 2

function readBinary(bytes: Buffer): ProxyHeaderReading {
  const command = bytes[12];
  const end = binaryHeadBytes + bytes.readUInt16BE(14);
  if (command !== 0x20 && command !== 0x21) return fault('bad-proxy-command');
  if (end > forwardingLimits.proxyHeaderV2BytesMax) return fault('bad-proxy-length');
  const family = families.get(bytes[13] as number);
  if (command === 0x21 && family === undefined) return fault('bad-proxy-family');
  const tlvStart = binaryHeadBytes + (family?.bytes ?? 0);
  if (command === 0x21 && end < tlvStart) return fault('bad-proxy-length');
  if (bytes.length < end) return needsMore;
  if (command === 0x20) return header({ kind: 'proxy-itself' }, end); // section 2.2: all of the block is discarded
  const wrong = checkTlvs(bytes, tlvStart, end);
  if (wrong !== undefined) return fault(wrong);
  return header(family?.read(bytes) ?? { kind: 'not-known' }, end);
}

interface Family {
  readonly bytes: number; // of its two addresses and ports
  read(bytes: Buffer): Announced;
}

/** Family and transport in one byte. Datagrams do not come over a stream, and the rest is not assigned. */
const families: ReadonlyMap<number, Family> = new Map([
  [0x00, { bytes: 0, read: (): Announced => ({ kind: 'not-known' }) }],
  [0x11, { bytes: 12, read: (bytes: Buffer) => clientAt(bytes, 4, [...bytes.subarray(16, 20)].join('.')) }],
  [0x21, { bytes: 36, read: (bytes: Buffer) => clientAt(bytes, 16, v6At(bytes, 16)) }],
  [0x31, { bytes: 216, read: (): Announced => ({ kind: 'client', ip: unixPeer, port: 0, listenPort: 0 }) }],
]);

function clientAt(bytes: Buffer, addressBytes: number, text: string): Announced {
  const portsAt = binaryHeadBytes + 2 * addressBytes;
  const [port, listenPort] = [bytes.readUInt16BE(portsAt), bytes.readUInt16BE(portsAt + 2)];
  return { kind: 'client', ip: canonicalAddress(text) ?? text, port, listenPort };
}

function v6At(bytes: Buffer, start: number): string {
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(start + 2 * index).toString(16)).join(':');
}

/** Type, length, value, to the last byte. Only the checksum is ours to understand. */
function checkTlvs(bytes: Buffer, start: number, end: number): ProxyHeaderFault | undefined {
  let hasChecksum = false;
  for (let at = start; at < end; ) {
    if (at + tlvHeadBytes > end) return 'bad-proxy-tlv';
    const valueAt = at + tlvHeadBytes;
    const next = valueAt + bytes.readUInt16BE(at + 1);
    if (next > end) return 'bad-proxy-tlv';
    if (bytes[at] === checksumType) {
      if (next !== valueAt + checksumBytes || hasChecksum) return 'bad-proxy-tlv';
      if (checksumWithout(bytes, valueAt, end) !== bytes.readUInt32BE(valueAt)) return 'bad-proxy-checksum';
      hasChecksum = true;
    }
    at = next;
  }
  return undefined;
}

const tlvHeadBytes = 3;
const checksumType = 0x03; // PP2_TYPE_CRC32C
const checksumBytes = 4;

/** CRC32C (RFC 4960 appendix B) of the whole header, its own four bytes taken as zeros. */
function checksumWithout(bytes: Buffer, checksumAt: number, end: number): number {
  let crc = 0xffffffff;
  for (let at = 0; at < end; at += 1) {
    const byte = at >= checksumAt && at < checksumAt + checksumBytes ? 0 : (bytes[at] as number);
    crc = (crcTable[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const castagnoli = 0x82f63b78;
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ castagnoli : crc >>> 1;
  return crc;
});

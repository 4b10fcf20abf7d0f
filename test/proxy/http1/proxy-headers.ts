// PROXY headers of version 2 as bytes, right and wrong, for tests. The checksum is computed bit by bit, another way than
// the product does it.

import { addressWords } from '#config/network';

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** The length is that of the parts; the command and the family are as given. */
export function proxyV2(command: number, family: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(4);
  head[0] = command;
  head[1] = family;
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([signature, head, body]);
}

export function tlv(type: number, length: number): Buffer {
  const bytes = Buffer.alloc(3 + length);
  bytes[0] = type;
  bytes.writeUInt16BE(length, 1);
  return bytes;
}

export function v4Block(from: string, to: string, port: number, listenPort: number): Buffer {
  return Buffer.concat([Buffer.from([...from.split('.'), ...to.split('.')].map(Number)), ports(port, listenPort)]);
}

export function v6Block(from: string, to: string, port: number, listenPort: number): Buffer {
  const words = [...(addressWords(from) ?? []), ...(addressWords(to) ?? [])];
  const bytes = words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
  return Buffer.concat([Buffer.from(bytes), ports(port, listenPort)]);
}

function ports(port: number, listenPort: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(port, 0);
  bytes.writeUInt16BE(listenPort, 2);
  return bytes;
}

/** As `proxyV2`, with a right checksum as its last TLV. */
export function checksumTlv(command: number, family: number, ...parts: readonly Buffer[]): Buffer {
  const header = proxyV2(command, family, ...parts, tlv(0x03, 4));
  header.writeUInt32BE(checksumTlv.of(header), header.length - 4);
  return header;
}

/** CRC32C. */
checksumTlv.of = (bytes: Buffer): number => {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
};

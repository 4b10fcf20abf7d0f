// WebSocket in bytes, for clients and servers of tests: the key and what answers it, frames out, frames in. Naive and
// whole in memory: what the proxy does with frames is compared with this, so they share no code.

import { createHash } from 'node:crypto';

export const sampleKey = 'dGhlIHNhbXBsZSBub25jZQ=='; // RFC 6455 section 1.3
export const sampleAccept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

export function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

export const handshake = (path = '/', more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${sampleKey}\r\nSec-WebSocket-Version: 13\r\n${more}\r\n`;

export const switched = (more = ''): string =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${sampleAccept}\r\n${more}\r\n`;

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly isCompressed: boolean;
  readonly payload: Buffer;
}

export interface FrameParts {
  readonly isFinal?: boolean;
  readonly isCompressed?: boolean;
  readonly mask?: Buffer; // four bytes: as a client sends
}

export function frame(opcode: number, content: Buffer | string, parts: FrameParts = {}): Buffer {
  const { isFinal = true, isCompressed = false, mask } = parts;
  const payload = Buffer.from(content);
  const first = (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode;
  const head = Buffer.concat([Buffer.from([first]), lengthOf(payload.length, mask === undefined ? 0 : 0x80)]);
  if (mask === undefined) return Buffer.concat([head, payload]);
  return Buffer.concat([head, mask, masked(payload, mask)]);
}

function lengthOf(length: number, maskBit: number): Buffer {
  if (length < 126) return Buffer.from([maskBit | length]);
  const bytes = Buffer.alloc(length < 65_536 ? 3 : 9);
  bytes[0] = maskBit | (length < 65_536 ? 126 : 127);
  if (length < 65_536) bytes.writeUInt16BE(length, 1);
  else bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

function masked(payload: Buffer, mask: Buffer): Buffer {
  return payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) as Buffer;
}

export const closeWith = (code: number, mask?: Buffer): Buffer =>
  frame(opcodes.close, Buffer.from([code >> 8, code & 0xff]), mask === undefined ? {} : { mask });

/** The whole frames in the bytes, unmasked, and how many bytes they are. */
export function framesIn(bytes: Buffer): { readonly frames: readonly Frame[]; readonly length: number } {
  const frames: Frame[] = [];
  let at = 0;
  while (bytes.length - at >= 2) {
    const [first = 0, second = 0] = bytes.subarray(at, at + 2);
    const short = second & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const maskAt = at + 2 + lengthBytes;
    const payloadAt = maskAt + (second >= 0x80 ? 4 : 0);
    if (payloadAt > bytes.length) break;
    const long = lengthBytes === 2 ? bytes.readUInt16BE(at + 2) : lengthBytes === 8 ? bytes.readBigUInt64BE(at + 2) : 0;
    const end = payloadAt + (lengthBytes === 0 ? short : Number(long));
    if (end > bytes.length) break;
    const content = bytes.subarray(payloadAt, end);
    frames.push({
      opcode: first & 15,
      isFinal: first >= 0x80,
      isCompressed: (first & 0x40) !== 0,
      payload: second >= 0x80 ? masked(content, bytes.subarray(maskAt, payloadAt)) : Buffer.from(content),
    });
    at = end;
  }
  return { frames, length: at };
}

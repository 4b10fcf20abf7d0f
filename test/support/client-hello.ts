// The first message of a TLS client, written byte by byte, and what a server says to it. So a test may offer whatever
// the protocol has numbers for, where a library offers what it knows. Refuses to go on from there: no keys, no secrets.

import { connect } from 'node:net';

export interface Hello {
  readonly version: number; // 0x0303 for TLS 1.2, and for 1.3, which stands in `versions`
  readonly suites: readonly number[];
  readonly versions?: readonly number[];
  readonly groups: readonly number[];
  readonly compressions?: readonly number[];
}

/** What was chosen, or the number of the alert. `group` only where it had to be asked for once more (TLS 1.3). */
export type Said =
  | {
      readonly version: number;
      readonly suite: number;
      readonly group: number | undefined;
      readonly compression: number;
    }
  | { readonly alert: number | 'closed' };

export function sayHello(port: number, hello: Hello): Promise<Said> {
  return new Promise((resolve, reject) => {
    let heard: Buffer = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1', () => socket.write(bytesOf(hello)));
    socket.on('data', (data: Buffer) => {
      heard = Buffer.concat([heard, data]);
      if (heard.length < 5 || heard.length < 5 + heard.readUInt16BE(3)) return;
      resolve(readRecord(heard));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve({ alert: 'closed' }));
  });
}

function bytesOf({ version, suites, versions, groups, compressions = [0] }: Hello): Buffer {
  const extensions = [
    extension(0x000a, withLength(2, numbers(groups))),
    extension(0x000b, Buffer.from([1, 0])), // points are not compressed
    extension(0x000d, withLength(2, numbers(signatures))),
    extension(0xff01, Buffer.from([0])), // renegotiation is known of
    ...(versions === undefined ? [] : [extension(0x002b, withLength(1, numbers(versions)))]),
    ...(versions?.includes(0x0304) ? [extension(0x0033, withLength(2, Buffer.alloc(0)))] : []), // no key yet
  ];
  const body = Buffer.concat([
    numbers([version]),
    Buffer.alloc(32, 7), // chance, which nobody looks at here
    withLength(1, Buffer.alloc(0)),
    withLength(2, numbers(suites)),
    withLength(1, Buffer.from(compressions)),
    withLength(2, Buffer.concat(extensions)),
  ]);
  const message = Buffer.concat([Buffer.from([1]), withLength(3, body)]);
  return Buffer.concat([Buffer.from([22, 3, 1]), withLength(2, message)]);
}

/** ECDSA, RSA-PSS and RSA by SHA-256, -384 and -512, and at last by SHA-1, for what is too old to know others. */
const signatures = [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201];

function readRecord(record: Buffer): Said {
  if (record[0] === 21) return { alert: record[6] ?? 'closed' };
  const body = record.subarray(5 + 4);
  const at = 34 + 1 + (body[34] ?? 0);
  const extensions = extensionsOf(body.subarray(at + 3));
  return {
    version: extensions.get(0x002b)?.readUInt16BE(0) ?? body.readUInt16BE(0),
    suite: body.readUInt16BE(at),
    group: extensions.get(0x0033)?.readUInt16BE(0),
    compression: body[at + 2] ?? -1,
  };
}

function extensionsOf(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  const end = bytes.length < 2 ? 0 : 2 + bytes.readUInt16BE(0);
  for (let at = 2; at < end; at += 4 + bytes.readUInt16BE(at + 2)) {
    found.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + bytes.readUInt16BE(at + 2)));
  }
  return found;
}

function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([numbers([type]), withLength(2, content)]);
}

function numbers(all: readonly number[]): Buffer {
  return Buffer.from(all.flatMap((number) => [number >> 8, number & 0xff]));
}

function withLength(bytes: number, content: Buffer): Buffer {
  const length = Buffer.alloc(bytes);
  length.writeUIntBE(content.length, 0, bytes);
  return Buffer.concat([length, content]);
}

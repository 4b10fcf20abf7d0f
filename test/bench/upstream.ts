// The upstream of all benchmarks, a program: `node test/bench/upstream.ts PORT SECURE-PORT CERTIFICATE KEY` serves on
// loopback, on the second port inside TLS, until it is ended. `GET /ANYTHING/N` is answered with N bytes of a pattern,
// `POST` with the length and CRC of the body. It must cost less
// than the proxy in front of it, so a reply is one buffer made beforehand, and it understands of HTTP only what a proxy
// sends: a whole head, a Content-Length. It refuses to be a server for anybody else.

import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { crc32 } from 'node:zlib';
import { digestOf, patternBytes } from './work.ts';

const headEnd = Buffer.from('\r\n\r\n');
const letterP = 0x50;
const replies = new Map<number, Buffer>();

class Connection {
  readonly #socket: Socket;
  #gathered: Buffer | undefined = undefined; // a head that is not whole
  #bodyLeft = 0;
  #bodyLength = 0;
  #checksum = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => socket.destroy());
  }

  #read(chunk: Buffer): void {
    let bytes = chunk;
    while (bytes.length > 0) bytes = this.#bodyLeft > 0 ? this.#readBody(bytes) : this.#readHead(bytes);
  }

  /** Returns what is behind the head. */
  #readHead(chunk: Buffer): Buffer {
    const bytes = this.#gathered === undefined ? chunk : Buffer.concat([this.#gathered, chunk]);
    const end = bytes.indexOf(headEnd);
    this.#gathered = end === -1 ? bytes : undefined;
    if (end === -1) return noBytes;
    if (bytes[0] !== letterP) this.#socket.write(replyOf(lengthAsked(bytes)));
    else {
      this.#bodyLength = Number(/\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1] ?? 0);
      this.#bodyLeft = this.#bodyLength;
      this.#checksum = 0;
    }
    return bytes.subarray(end + headEnd.length);
  }

  #readBody(bytes: Buffer): Buffer {
    const piece = bytes.subarray(0, this.#bodyLeft);
    this.#checksum = crc32(piece, this.#checksum);
    this.#bodyLeft -= piece.length;
    if (this.#bodyLeft === 0) this.#socket.write(withHead(Buffer.from(digestOf(this.#bodyLength, this.#checksum))));
    return bytes.subarray(piece.length);
  }
}

const noBytes = Buffer.alloc(0);
const folderStart = 'GET /'.length;
const slash = 0x2f;

/** The digits behind the first folder, up to the first byte that is none. */
function lengthAsked(bytes: Buffer): number {
  let length = 0;
  for (let at = bytes.indexOf(slash, folderStart) + 1; at < bytes.length; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    length = 10 * length + digit;
  }
  return length;
}

function replyOf(length: number): Buffer {
  const known = replies.get(length);
  if (known !== undefined) return known;
  const made = withHead(patternBytes(length, 0));
  replies.set(length, made);
  return made;
}

function withHead(body: Buffer): Buffer {
  const head = [
    'HTTP/1.1 200 OK',
    'Content-Type: text/plain; charset=utf-8',
    'Cache-Control: no-cache',
    'ETag: "bench-1"',
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

const [port, securePort, certificate = '', key = ''] = process.argv.slice(2);
const place = (written: string | undefined) => ({ host: '127.0.0.1', port: Number(written), backlog: 4096 });
const onConnection = (socket: Socket) => void new Connection(socket);

createSecureServer({ noDelay: true, cert: readFileSync(certificate), key: readFileSync(key) }, onConnection).listen(
  place(securePort),
  () => createServer({ noDelay: true }, onConnection).listen(place(port)),
);

// The work that is measured: one entry per kind of request. Each says what goes over the wire, as bytes for our own load
// generator (load.ts) and as a script for wrk, so that both send the same. The request carries the ten headers of a
// browser, because a bare one would flatter whoever parses slowly. It refuses to know who is measured.

import { crc32 } from 'node:zlib';

const KiB = 1024;

export interface Work {
  readonly name: string;
  readonly title: string;
  /** Of the reply; 0 where the upstream answers with the length and CRC of what it was sent. */
  readonly replyBytes: number;
  readonly requestBodyBytes: number;
  readonly isConnectionPerRequest: boolean;
  /** The proxy serves it from its disk, and no upstream is asked. */
  readonly isFile: boolean;
  /** Inside TLS, with a certificate on P-256. */
  readonly isSecure: boolean;
  /** The upstream is spoken to inside TLS, and its certificate is verified. */
  readonly isUpstreamSecure?: true;
  /** CPU per request, ours divided by the peer's, that is aimed at. */
  readonly goals: Readonly<Partial<Record<string, number>>>;
  /** Requests of a tiny run: enough to reuse connections, few enough for a fraction of a second. */
  readonly tinyRequests: number;
}

export const works: readonly Work[] = [
  {
    name: 'get-1k',
    title: '1 KB reply, keep-alive',
    replyBytes: KiB,
    requestBodyBytes: 0,
    isConnectionPerRequest: false,
    isFile: false,
    isSecure: false,
    goals: { nginx: 1, haproxy: 1.1, caddy: 0.2 },
    tinyRequests: 400,
  },
  {
    name: 'get-100k',
    title: '100 KB reply, keep-alive',
    replyBytes: 100 * KiB,
    requestBodyBytes: 0,
    isConnectionPerRequest: false,
    isFile: false,
    isSecure: false,
    goals: { nginx: 1 },
    tinyRequests: 100,
  },
  {
    name: 'post-4k',
    title: '4 KB POST, keep-alive',
    replyBytes: 0,
    requestBodyBytes: 4 * KiB,
    isConnectionPerRequest: false,
    isFile: false,
    isSecure: false,
    goals: { nginx: 1 },
    tinyRequests: 200,
  },
  {
    name: 'new-connection',
    title: '1 KB reply, a connection per request',
    replyBytes: KiB,
    requestBodyBytes: 0,
    isConnectionPerRequest: true,
    isFile: false,
    isSecure: false,
    goals: { nginx: 1.3 },
    tinyRequests: 100,
  },
  {
    name: 'static-4k',
    title: '4 KB file, keep-alive',
    replyBytes: 4 * KiB,
    requestBodyBytes: 0,
    isConnectionPerRequest: false,
    isFile: true,
    isSecure: false,
    goals: { nginx: 1.3 },
    tinyRequests: 200,
  },
  {
    name: 'static-10m',
    title: '10 MB file, keep-alive',
    replyBytes: 10 * KiB * KiB,
    requestBodyBytes: 0,
    isConnectionPerRequest: false,
    isFile: true,
    isSecure: false,
    goals: { nginx: 1.3 },
    tinyRequests: 8,
  },
  {
    name: 'tls-1k',
    title: '1 KB reply, keep-alive, TLS',
    replyBytes: KiB,
    requestBodyBytes: 0,
    isConnectionPerRequest: false,
    isFile: false,
    isSecure: true,
    goals: { nginx: 1.3 },
    tinyRequests: 200,
  },
  {
    name: 'tls-handshake',
    title: '1 KB reply, a full TLS handshake per request',
    replyBytes: KiB,
    requestBodyBytes: 0,
    isConnectionPerRequest: true,
    isFile: false,
    isSecure: true,
    goals: { nginx: 1.25 }, // 0.8 of its handshakes a second
    tinyRequests: 40,
  },
  {
    name: 'upstream-tls-1k',
    title: '1 KB reply, keep-alive, TLS towards the upstream',
    replyBytes: KiB,
    requestBodyBytes: 0,
    isConnectionPerRequest: false,
    isFile: false,
    isSecure: false,
    isUpstreamSecure: true,
    goals: { nginx: 1.3 },
    tinyRequests: 200,
  },
];

const browserHeaders: readonly (readonly [string, string])[] = [
  ['Host', 'bench.example'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-GB,en;q=0.7,de;q=0.3'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Referer', 'https://bench.example/products/list?page=2'],
  ['Cookie', 'session=4f2d1c90b7e84a3f9d6e; theme=dark; consent=essential'],
  ['Sec-Fetch-Dest', 'document'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Cache-Control', 'max-age=0'],
];

const methodOf = (work: Work): string => (work.requestBodyBytes > 0 ? 'POST' : 'GET');
export const fileNameOf = (work: Work): string => `/files/${work.replyBytes}`;

export function pathOf(work: Work): string {
  if (work.isFile) return fileNameOf(work);
  return `${work.isUpstreamSecure === true ? '/sealed' : '/bytes'}/${work.replyBytes}`;
}

export function headerLines(work: Work): readonly (readonly [string, string])[] {
  return work.isConnectionPerRequest ? [...browserHeaders, ['Connection', 'close']] : browserHeaders;
}

/** The n-th request; bodies differ, so that one that ends up in another's request is seen. */
export function requestBytes(work: Work, index: number): Buffer {
  const body = patternBytes(work.requestBodyBytes, index);
  const length = body.length > 0 ? `Content-Length: ${body.length}\r\n` : '';
  const lines = headerLines(work).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${methodOf(work)} ${pathOf(work)} HTTP/1.1\r\n${lines.join('')}${length}\r\n`),
    body,
  ]);
}

/** The same, for wrk. */
export function wrkScript(work: Work): string {
  const headers = headerLines(work).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  const body = patternBytes(work.requestBodyBytes, 0).toString('latin1');
  return [
    `wrk.method = ${JSON.stringify(methodOf(work))}`,
    `wrk.path = ${JSON.stringify(pathOf(work))}`,
    ...headers,
    ...(body === '' ? [] : [`wrk.body = ${JSON.stringify(body)}`]),
    '',
  ].join('\n');
}

/** What the upstream answers to a body: enough to see one that was changed on its way. */
export function digestOf(length: number, checksum: number): string {
  return `${length} bytes, CRC ${checksum.toString(16).padStart(8, '0')}\n`;
}

/** Letters that repeat only after 26 * 27, so that a piece that is lost, doubled or moved is seen. */
export function patternBytes(length: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at += 1) bytes[at] = 0x61 + ((at + Math.floor(at / 26) + seed) % 26);
  return bytes;
}

/** As the upstream ought to answer the n-th request. */
export function expectedBody(work: Work, index: number): Buffer {
  if (work.replyBytes > 0) return patternBytes(work.replyBytes, 0);
  return Buffer.from(digestOf(work.requestBodyBytes, crc32(patternBytes(work.requestBodyBytes, index))));
}

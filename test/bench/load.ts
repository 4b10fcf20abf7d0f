// A load generator of our own, for runs in which every reply counts: a fixed number of requests on a fixed number of
// connections, and a hash of the status and body of each reply, in the order of the requests. It is slower than wrk, so
// it measures nothing but memory; what it is for is to say whether the bytes were right. Bounded by a deadline.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectSecurely, TLSSocket } from 'node:tls';
import { expectedBody, requestBytes, type Work } from './work.ts';

const deadlineMs = 120_000;

export interface LoadResult {
  readonly replies: number;
  readonly hash: string;
}

/** Sends requests 0 to `count - 1`, each connection its share; throws if a reply does not come. */
export async function load(port: number, work: Work, count: number, connections: number): Promise<LoadResult> {
  const shares = Array.from({ length: connections }, (_, index) => sharesOf(count, connections, index));
  const deadline = AbortSignal.timeout(deadlineMs);
  const hashes = await Promise.all(shares.map(([from, to]) => sendShare(port, work, from, to, deadline)));
  return { replies: count, hash: together(hashes) };
}

/** The hash of the replies that the upstream ought to give, computed without any server. */
export function expectedHash(work: Work, count: number, connections: number): string {
  const hashes = Array.from({ length: connections }, (_, index) => {
    const hash = createHash('sha256');
    const [from, to] = sharesOf(count, connections, index);
    for (let at = from; at < to; at += 1) hash.update('200 ').update(expectedBody(work, at));
    return hash.digest('hex');
  });
  return together(hashes);
}

function sharesOf(count: number, connections: number, index: number): readonly [number, number] {
  return [Math.floor((index * count) / connections), Math.floor(((index + 1) * count) / connections)];
}

function together(hashes: readonly string[]): string {
  return createHash('sha256').update(hashes.join('\n')).digest('hex').slice(0, 16);
}

async function sendShare(port: number, work: Work, from: number, to: number, deadline: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const sameEachTime = work.requestBodyBytes === 0 ? requestBytes(work, 0) : undefined;
  let client: Client | undefined;
  try {
    for (let index = from; index < to; index += 1) {
      client ??= await Client.open(port, work.isSecure);
      const { status, body, isLast } = await client.ask(sameEachTime ?? requestBytes(work, index), deadline);
      hash.update(`${status} `).update(body);
      if (isLast || work.isConnectionPerRequest) client = client.close();
    }
  } finally {
    client?.close();
  }
  return hash.digest('hex');
}

interface Reply {
  readonly status: number;
  readonly body: Buffer;
  readonly isLast: boolean; // the server closes the connection
}

/** One connection, one request at a time, replies with a Content-Length. */
export class Client {
  readonly #socket: Socket;
  #pieces: Buffer[] = [];
  #length = 0;
  #wholeLength = Infinity; // of head and body, once the head is there
  #settle: { resolve(reply: Reply): void; reject(error: Error): void } | undefined = undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (piece: Buffer) => this.#read(piece));
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () => this.#settle?.reject(new Error('the connection ended before the reply was whole')));
  }

  static async open(port: number, isSecure: boolean, tls: ConnectionOptions = {}): Promise<Client> {
    const place = { host: '127.0.0.1', port };
    const socket = isSecure ? connectSecurely({ ...tls, ...place, rejectUnauthorized: false }) : connect(place);
    await once(socket, isSecure ? 'secureConnect' : 'connect');
    return new Client(socket);
  }

  ask(request: Buffer, deadline: AbortSignal): Promise<Reply> {
    if (deadline.aborted) throw new Error(`the load was not through after ${deadlineMs / 1000} s`);
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(request);
    });
  }

  /** Inside TLS, by a session of before. */
  get isResumed(): boolean {
    return this.#socket instanceof TLSSocket && this.#socket.isSessionReused();
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  close(): undefined {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #read(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#wholeLength === Infinity || this.#length >= this.#wholeLength) this.#finish(Buffer.concat(this.#pieces));
  }

  #finish(bytes: Buffer): void {
    const headEnd = bytes.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = bytes.toString('latin1', 0, headEnd);
    const [, bodyLength] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
    const settle = this.#settle;
    if (bodyLength === undefined) return settle?.reject(new Error(`a reply without Content-Length:\n${head}`));
    this.#wholeLength = headEnd + 4 + Number(bodyLength);
    if (bytes.length < this.#wholeLength) return;
    this.#settle = undefined;
    this.#pieces = [];
    this.#length = 0;
    const body = bytes.subarray(headEnd + 4);
    if (bytes.length > this.#wholeLength) return settle?.reject(new Error('more bytes than the reply declared'));
    this.#wholeLength = Infinity;
    settle?.resolve({ status: Number(head.slice(9, 12)), body, isLast: /\r\nconnection: *close/i.test(head) });
  }
}

/** Connections that have each asked once and now rest, all open until the end of the scope. */
export async function openIdle(
  port: number,
  work: Work,
  count: number,
): Promise<{ readonly openCount: number } & Disposable> {
  const clients: Client[] = [];
  const deadline = AbortSignal.timeout(deadlineMs);
  const openOne = async () => {
    const client = await Client.open(port, work.isSecure);
    clients.push(client);
    await client.ask(requestBytes(work, 0), deadline);
  };
  for (let at = 0; at < count; at += openedAtOnce) {
    await Promise.all(Array.from({ length: Math.min(openedAtOnce, count - at) }, openOne));
  }
  return {
    get openCount() {
      return clients.filter((client) => client.isOpen).length;
    },
    [Symbol.dispose]() {
      for (const client of clients) client.close();
    },
  };
}

const openedAtOnce = 25;

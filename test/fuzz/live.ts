// The same cases against a running worker: what arrives at its upstream, read there by llhttp, must be the requests that
// our parser understood, one by one, with the same method, target and body; and nothing else. The upstream answers each
// whole request, and what it has received since the last case is looked at when the client's connection has ended.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { normalizePath } from '../../proxy/request/normal-path.ts';
import { TestWorker } from '../support/worker.ts';
import type { Case } from './generate.ts';
import { knownMethods, Llhttp } from './llhttp.ts';
import { endsOf, type Message, readOurs } from './reading.ts';

const reply = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Reads what the proxy forwards with llhttp, and keeps it. */
class LlhttpUpstream implements AsyncDisposable {
  readonly arrived: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#onConnection(socket));
  }

  static async start(): Promise<LlhttpUpstream> {
    const upstream = new LlhttpUpstream();
    upstream.#server.listen({ port: 0, host: '127.0.0.1' });
    await once(upstream.#server, 'listening');
    return upstream;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    const llhttp = new Llhttp('requests');
    let count = 0;
    socket.on('data', (bytes: Buffer) => {
      llhttp.feed(bytes);
      const { messages, end, fault } = llhttp.reading;
      if (end === 'fault' || end === 'upgraded') this.arrived.push(`${end} ${fault}`);
      for (; messages[count]?.isWhole === true; count += 1) {
        this.arrived.push(told(messages[count] as Message, messages[count]?.second ?? ''));
        socket.write(reply);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const told = ({ first, body, trailers }: Message, target: string): string =>
  JSON.stringify([first, target, body, trailers]);

export class LiveProxy implements AsyncDisposable {
  readonly #worker: TestWorker;
  readonly #upstream: LlhttpUpstream;

  private constructor(worker: TestWorker, upstream: LlhttpUpstream) {
    this.#worker = worker;
    this.#upstream = upstream;
  }

  static async start(): Promise<LiveProxy> {
    const upstream = await LlhttpUpstream.start();
    return new LiveProxy(await TestWorker.forwarding(upstream), upstream);
  }

  /** What is wrong, or `undefined`. Only requests are sent. */
  async send({ kind, bytes, pieces }: Pick<Case, 'kind' | 'bytes' | 'pieces'>): Promise<string | undefined> {
    if (kind !== 'requests') return undefined;
    const wanted = forwardedOf(bytes);
    if (wanted === undefined) return undefined;
    const { arrived } = this.#upstream;
    arrived.length = 0;
    const answer = await exchange(this.#worker.port, bytes, pieces);
    if (this.#worker.logged.length > 0) return `the worker logged: ${this.#worker.logged.splice(0).join('')}`;
    if (JSON.stringify(arrived) !== JSON.stringify(wanted))
      return `arrived at the upstream: ${arrived.join(' ')}, and should have: ${wanted.join(' ')}`;
    const answered = answer.match(/HTTP\/1\.1 200 /g)?.length ?? 0;
    return answered === wanted.length ? undefined : `${wanted.length} requests have ${answered} answers: ${answer}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
    await this.#upstream[Symbol.asyncDispose]();
  }
}

/** As our parser understands it, up to the first that is not forwarded; `undefined` if the upstream's llhttp would refuse a method. */
function forwardedOf(bytes: Buffer): string[] | undefined {
  const forwarded: string[] = [];
  const { messages } = readOurs('requests', bytes, []);
  if (messages.some(({ first }) => !knownMethods.has(first))) return undefined;
  for (const message of messages) {
    const target = originForm(message);
    const mark = target.indexOf('?');
    if (!message.isWhole || !normalizePath(mark === -1 ? target : target.slice(0, mark)).ok) break;
    if (expectsOddly(message)) break;
    forwarded.push(told(message, target));
  }
  return forwarded;
}

/** Refused with 417; its connection stays only if its body has come, so nothing is claimed of what follows. */
function expectsOddly({ headers, minor }: Message): boolean {
  const expected = headers.filter(([name]) => name.toLowerCase() === 'expect');
  return minor === 1 && expected.some(([, value]) => value.toLowerCase() !== '100-continue');
}

function originForm({ first, second }: Message): string {
  const path = second.replace(/^https?:\/\/[^/?]*/i, '');
  if (path === '' && first === 'OPTIONS') return '*';
  return path === '' || path.startsWith('?') ? `/${path}` : path;
}

async function exchange(port: number, bytes: Buffer, pieces: readonly number[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  socket.on('error', () => undefined); // reset under our hands: what has been answered counts
  socket.on('end', () => socket.destroy());
  const closed = new Promise((resolve) => socket.once('close', resolve));
  let at = 0;
  for (const end of endsOf(bytes.length, pieces.slice(0, piecesMax))) {
    socket.write(bytes.subarray(at, end));
    at = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.end();
  await closed;
  return answer;
}

const piecesMax = 40;

// What it costs to ask an agent: one call, both processes together, for each encoding on a Unix socket, and over gRPC on
// loopback in clear, at 1, 8 and 64 calls in flight.
// The shaping decision: the asking side is the codec and a socket and nothing of the proxy, the answering side a real
// agent on the SDK that allows all; CPU time is read from the system for both, so a wait costs nothing. It compares the
// encodings with each other, in turns, and refuses to say anything about wall time.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import { execa } from 'execa';
import { type AgentMessage, callKey, ProxyReader, sendEvent, sendHandshakeRequest } from '#protocol/codec-v2';
import { encodings } from '#protocol/control';
import { FrameBatch } from '#protocol/frame-batch';
import { methods, readAgentMessage, writeGrpcEvent, writeOffer } from '#protocol/grpc';
import { HeaderBlock } from '#protocol/headers';
import type { RequestHeadersEvent } from '#protocol/message';
import { listens, until } from '../agents/support.ts';

export const agentCallsName = 'agent-calls';
const program = resolve(import.meta.dirname, '../fixtures/agent-allows.ts');
const inFlights = [1, 8, 64] as const;
const rounds = 3;
const callsMeasured = 20_000;
const callsWarm = 10_000;

/** The head of a browser's request: 12 headers, 600 bytes. */
const headers = HeaderBlock.of([
  ['Host', 'shop.example.com'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
  ['Accept-Language', 'en-US,en;q=0.5'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Referer', 'https://shop.example.com/catalogue/shoes?sort=price'],
  ['Connection', 'keep-alive'],
  ['Cookie', 'session=0123456789abcdef0123456789abcdef; theme=dark; consent=1'],
  ['Upgrade-Insecure-Requests', '1'],
  ['Sec-Fetch-Dest', 'document'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Site', 'same-origin'],
]);

function eventOf(call: number): RequestHeadersEvent {
  const id = `b7ad6b7169203331${call.toString(16).padStart(16, '0')}`;
  const metadata = {
    correlationId: id,
    requestId: id,
    clientIp: '203.0.113.9',
    clientPort: 40_000,
    serverName: 'shop.example.com',
    protocol: 'HTTP/1.1',
    tlsVersion: undefined,
    tlsCipher: undefined,
    routeId: 'shop',
    upstreamId: 'backend',
    timestampMs: 1_800_000_000_000,
    traceparent: undefined,
  };
  return { type: 'request_headers', metadata, method: 'GET', uri: '/catalogue/shoes?page=2', headers };
}

const ways = [...encodings, 'gRPC'] as const;
type Way = (typeof ways)[number];

/** A real agent and one connection to it. */
class Asking {
  readonly #socketPath: string;
  readonly #encoding: Way;
  readonly #child;
  readonly #hash = createHash('sha256');
  readonly #noting: boolean;
  #waiting = new Map<string | number, number>();
  #onReply: () => void = () => undefined;
  #batch: FrameBatch | undefined;
  #socket: ReturnType<typeof connect> | undefined;
  #client: Client | undefined;
  #stream: ClientDuplexStream<Buffer, Buffer> | undefined;
  #said = '';

  constructor(encoding: Way, folder: string, noting = false) {
    this.#noting = noting;
    this.#encoding = encoding;
    this.#socketPath = join(folder, `${encoding}.sock`);
    const place = encoding === 'gRPC' ? ['--grpc', '127.0.0.1:0'] : ['--socket', this.#socketPath];
    this.#child = execa(process.execPath, [program, ...place], { stdin: 'ignore', stdout: 'ignore', reject: false });
    this.#child.stderr.on('data', (text) => {
      this.#said += String(text);
    });
  }

  async open(): Promise<void> {
    if (this.#encoding === 'gRPC') return this.#openGrpc();
    const encoding = this.#encoding;
    await until(`${program} listens`, () => listens(this.#socketPath));
    const socket = connect(this.#socketPath);
    this.#socket = socket;
    this.#batch = FrameBatch.for(socket);
    await new Promise<void>((resolve, reject) => {
      const reader = new ProxyReader((message) => {
        if (message.type === 'handshake-response') {
          reader.encoding = message.response.encoding;
          resolve();
        } else this.#take(message);
      });
      socket.on('data', (chunk) => assert.equal(reader.push(chunk as Buffer), undefined));
      socket.on('error', reject);
      const request = { supportedVersions: [2], proxyId: '', proxyVersion: '', config: null };
      assert(this.#batch !== undefined);
      sendHandshakeRequest(this.#batch, { ...request, supportedEncodings: [encoding] });
    });
  }

  async #openGrpc(): Promise<void> {
    const port = () => /"port":(\d+)/.exec(this.#said)?.[1];
    await until(`${program} listens`, () => port() !== undefined);
    this.#client = new Client(`127.0.0.1:${port()}`, credentials.createInsecure());
    const asIs = (bytes: Buffer) => bytes;
    const stream = this.#client.makeBidiStreamRequest(methods.processStream.path, asIs, asIs, new Metadata());
    this.#stream = stream;
    stream.on('error', () => undefined);
    const offer = { supportedVersions: [2], proxyId: '', proxyVersion: '', config: null, supportedEncodings: [] };
    await new Promise<void>((resolve) => {
      stream.on('data', (bytes: Buffer) => {
        const message = readAgentMessage(bytes);
        assert(message.ok && message.value.type !== 'declined');
        if (message.value.type === 'handshake-response') resolve();
        else this.#take(message.value);
      });
      stream.write(writeOffer(offer));
    });
  }

  #send(call: number, event: RequestHeadersEvent): boolean {
    if (this.#encoding !== 'gRPC')
      return this.#batch !== undefined && sendEvent(this.#batch, this.#encoding, call, event);
    this.#stream?.write(writeGrpcEvent(event, callKey(call, event)) ?? Buffer.alloc(0));
    return true;
  }

  /** Makes so many calls, always `inFlight` of them at once. */
  run(calls: number, inFlight: number): Promise<void> {
    let sent = 0;
    let answered = 0;
    return new Promise((resolve) => {
      const send = () => {
        const event = eventOf(sent);
        const key = this.#encoding === 'sentinel-binary' ? sent : callKey(sent, event);
        this.#waiting.set(key, sent);
        assert(this.#send(sent, event));
        sent += 1;
      };
      this.#onReply = () => {
        answered += 1;
        if (sent < calls) send();
        else if (answered === calls) resolve();
      };
      while (sent < Math.min(calls, inFlight)) send();
    });
  }

  /** Of this process and the agent, since each began. */
  cpuUs(): number {
    const { user, system } = process.cpuUsage();
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return user + system + (Number(fields[11]) + Number(fields[12])) * 10_000; // ticks of 10 ms
  }

  /** Of every answer: which call, and what was decided. */
  hash(): string {
    return this.#hash.digest('hex').slice(0, 16);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    this.#stream?.cancel();
    this.#client?.close();
    this.#child.kill('SIGKILL');
    await this.#child;
  }

  #take(message: AgentMessage): void {
    if (message.type !== 'reply') return;
    const key = message.callId ?? message.correlationId ?? '';
    const call = this.#waiting.get(key);
    assert(call !== undefined && this.#waiting.delete(key), 'an answer that nobody asked for');
    if (this.#noting) this.#hash.update(`${call} ${message.reply.decision.type}\n`);
    this.#onReply();
  }
}

/** CPU per call in us: by encoding, then by calls in flight, the rounds in order. */
type CallCosts = ReadonlyMap<Way, ReadonlyMap<number, readonly number[]>>;

export async function measureAgentCalls(folder: string): Promise<string> {
  const costs = new Map(ways.map((encoding) => [encoding, new Map(inFlights.map((n): [number, number[]] => [n, []]))]));
  for (let round = 0; round < rounds; round += 1) {
    for (const encoding of ways) {
      await using asking = new Asking(encoding, folder);
      await asking.open();
      await asking.run(callsWarm, 64);
      for (const inFlight of inFlights) {
        const before = asking.cpuUs();
        await asking.run(callsMeasured, inFlight);
        costs
          .get(encoding)
          ?.get(inFlight)
          ?.push((asking.cpuUs() - before) / callsMeasured);
      }
    }
  }
  const made = `Made by \`node test/bench/run.ts ${agentCallsName}\`: microseconds of CPU per call, both processes together, the median of ${rounds} rounds of ${callsMeasured} calls and the least and most of them.`;
  return ['', made, '', tableOf(costs)].join('\n');
}

/** Every encoding, small: every call is answered once, and rightly. */
export async function runTinyAgentCalls(folder: string): Promise<string> {
  let hashes = '';
  for (const encoding of ways) {
    await using asking = new Asking(encoding, folder, true);
    await asking.open();
    await asking.run(200, 8);
    hashes += asking.hash();
  }
  return createHash('sha256').update(hashes).digest('hex').slice(0, 16);
}

function tableOf(costs: CallCosts): string {
  const head = [
    '| encoding | 1 in flight | 8 in flight | 64 in flight | JSON / this, at 64 |',
    '|---|---|---|---|---|',
  ];
  const median = (list: readonly number[]) =>
    [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
  const json = median(costs.get('json')?.get(64) ?? []);
  const lines = [...costs].map(([encoding, byInFlight]) => {
    const cells = inFlights.map((inFlight) => {
      const list = byInFlight.get(inFlight) ?? [];
      return `${median(list).toFixed(2)} (${Math.min(...list).toFixed(2)}–${Math.max(...list).toFixed(2)})`;
    });
    return `| ${encoding} | ${cells.join(' | ')} | ${(json / median(byInFlight.get(64) ?? [])).toFixed(1)} |`;
  });
  return [...head, ...lines, ''].join('\n');
}

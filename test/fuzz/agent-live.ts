// The agent protocol against what runs: arbitrary bytes, damaged frames and cut streams to an agent on the SDK, over its
// Unix socket, and to the proxy's side of a link from an agent that is hostile. What must hold: the process lives, who
// behaves is served after each case, and memory does not grow with the cases. From a seed, so that it can be done again.

import { connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { sendControl, sendEvent, sendHandshakeRequest, sendHandshakeResponse, sendReply } from '#protocol/codec-v2';
import { encodings } from '#protocol/control';
import { ConnectionV2 } from '../../proxy/agents/connection-v2.ts';
import { SocketWire } from '../../proxy/agents/wire.ts';
import { events, replies } from '../agents/protocol/arbitraries.ts';
import { dialV2, startAgent, temporaryFolder } from '../agents/support.ts';
import { callTo, requestTo } from '../proxy/agents/support.ts';
import { Random } from './random.ts';
import { written } from './written.ts';

const kept = 64; // cases that are made at once

/** What one side says: whole frames, then damaged by some bytes and cut somewhere. */
export interface Talk {
  readonly seed: number;
  readonly bytes: Buffer;
  readonly pieces: readonly number[];
}

type Side = 'proxy' | 'agent';

/** From a seed: a handshake, mostly, and frames behind it, of which some are not what they should be. */
export function talkOf(seed: number, side: Side): Talk {
  const random = new Random(seed);
  const bytes = random.isOnce(5) ? noise(random) : Buffer.concat([handshakeOf(side, random), ...framesOf(seed, side)]);
  if (!random.isOnce(3)) damage(bytes, random);
  const cut = random.isOnce(3) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
  return { seed, bytes: cut, pieces: random.pieces(cut.length) };
}

function noise(random: Random): Buffer {
  return Buffer.from(Array.from({ length: 1 + random.below(2000) }, () => random.below(256)));
}

function damage(bytes: Buffer, random: Random): void {
  for (let left = random.below(6); left > 0; left -= 1) bytes[random.below(bytes.length)] = random.below(256);
}

function handshakeOf(side: Side, random: Random): Buffer {
  const encoding = random.pick(encodings);
  const offer = { supportedVersions: [2], proxyId: 'p', proxyVersion: '1', config: null };
  if (side === 'proxy')
    return written((batch) => sendHandshakeRequest(batch, { ...offer, supportedEncodings: [encoding] }));
  const features = { concurrentRequests: random.below(3) } as never;
  const about = { agentId: 'a', name: 'a', version: '1', supportedEvents: ['request_headers'] as const };
  const limits = { maxBodySize: 0, maxConcurrency: random.below(200), preferredChunkSize: 0 };
  const capabilities = { ...about, supportedEvents: [...about.supportedEvents], features, limits };
  return written((batch) =>
    sendHandshakeResponse(batch, { protocolVersion: 2, capabilities, success: true, error: undefined, encoding }),
  );
}

function framesOf(seed: number, side: Side): Buffer[] {
  const random = new Random(seed + 1);
  const encoding = random.pick(encodings);
  const count = 1 + random.below(6);
  if (side === 'proxy')
    return fc
      .sample(events, { seed, numRuns: count })
      .map((event, index) => written((batch) => sendEvent(batch, encoding, index + 1, event)));
  const said = fc
    .sample(replies, { seed, numRuns: count })
    .map((reply, index) => written((batch) => sendReply(batch, encoding, index + 1, `r${index}`, reply)));
  const pause = { correlationId: undefined, action: 'resume', timestampMs: 0 } as const;
  const control = written((batch) => sendControl(batch, encoding, { type: 'flow-control', control: pause }));
  return random.isOnce(2) ? [...said, control] : said;
}

/** An agent on the SDK as a process of its own, and somebody who talks nonsense to it. */
export class LiveAgent implements AsyncDisposable {
  readonly #folder: Folder;
  readonly #agent: Agent;
  readonly #path: string;

  private constructor(folder: Folder, agent: Agent, path: string) {
    this.#folder = folder;
    this.#agent = agent;
    this.#path = path;
  }

  static async start(): Promise<LiveAgent> {
    const folder = await temporaryFolder();
    const path = folder.file('s');
    return new LiveAgent(folder, await startAgent('test/fixtures/agent-marks.ts', path), path);
  }

  get pid(): number {
    return this.#agent.child.pid ?? 0;
  }

  /** What is wrong afterwards, or nothing. */
  async hears(talks: readonly Talk[]): Promise<string | undefined> {
    await Promise.all(talks.map((talk) => this.#say(talk)));
    if (!this.#agent.alive()) return `the agent ended after seeds ${seedsOf(talks)}`;
    await using client = await dialV2(this.#path, 'json');
    const { decision } = await client.call(1, requestTo('/block'));
    return decision.type === 'block' ? undefined : `the agent answers wrongly after seeds ${seedsOf(talks)}`;
  }

  async #say({ bytes, pieces }: Talk): Promise<void> {
    const socket = connect(this.#path);
    socket.on('error', () => undefined); // cut under our hands, as it may be
    socket.resume();
    const closed = new Promise((done) => socket.once('close', done));
    await writeIn(socket, bytes, pieces);
    socket.end();
    const timer = setTimeout(() => socket.destroy(), 200); // it may wait for the rest of a frame: that is its right
    await closed;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** The proxy's side of a connection, in this process, to an agent that says what it likes. */
export class HostileAgent implements AsyncDisposable {
  readonly #folder: Folder;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #talk: Talk | undefined;
  heard = 0; // connections that something was said to

  private constructor(folder: Folder, server: Server) {
    this.#folder = folder;
    this.#server = server;
    server.on('connection', (socket) => this.#onConnection(socket));
  }

  static async start(): Promise<HostileAgent> {
    const folder = await temporaryFolder();
    const server = createServer();
    await new Promise<void>((done) => server.listen(folder.file('s'), done));
    return new HostileAgent(folder, server);
  }

  /** Connects and, if it comes to that, asks; what is wrong, or nothing. */
  async says(talk: Talk): Promise<string | undefined> {
    this.#talk = talk;
    const calls: ReturnType<typeof callTo>[] = [];
    const over = Promise.withResolvers<void>();
    const nothing = () => undefined;
    const connection = new ConnectionV2(
      (events) => new SocketWire(this.#folder.file('s'), events),
      { type: 'configure', agentId: 'a', config: {}, configVersion: undefined },
      {
        onOpen: (open) => {
          for (const uri of ['/1', '/2', '/3']) {
            const call = callTo(uri);
            calls.push(call);
            if (open.isFree) open.send(call);
          }
        },
        onEnd: () => over.resolve(),
        onFree: nothing,
        onHealth: nothing,
        onWord: nothing,
        onUpdate: nothing,
      },
    );
    const patience = setTimeout(() => over.resolve(), patienceMs);
    await over.promise;
    clearTimeout(patience);
    connection.end('stopped', 'the case is over');
    const left = calls.filter((call) => call.id !== 0 && !call.isSettled);
    return left.length === 0 ? undefined : `seed ${talk.seed}: ${left.length} calls have no outcome`;
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.resume();
    if (this.#talk === undefined) return;
    this.heard += 1;
    void writeIn(socket, this.#talk.bytes, this.#talk.pieces);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
    await this.#folder[Symbol.asyncDispose]();
  }
}

type Folder = Awaited<ReturnType<typeof temporaryFolder>>;
type Agent = Awaited<ReturnType<typeof startAgent>>;
const patienceMs = 30; // for what it says to be read; nothing is concluded from it

async function writeIn(socket: Socket, bytes: Buffer, pieces: readonly number[]): Promise<void> {
  let at = 0;
  for (const piece of [...pieces.slice(0, 40), bytes.length]) {
    if (socket.destroyed || at >= bytes.length) return;
    socket.write(bytes.subarray(at, at + piece));
    at += piece;
    await new Promise((done) => setImmediate(done));
  }
}

function seedsOf(talks: readonly Talk[]): string {
  return `${talks[0]?.seed} to ${talks.at(-1)?.seed}`;
}

/** Some dozens of cases for each side; what is wrong, or nothing. */
export async function fuzzAgentsLive(
  agent: LiveAgent,
  hostile: HostileAgent,
  seed: number,
): Promise<string | undefined> {
  const talks = Array.from({ length: kept }, (_, index) => talkOf(seed + index, 'proxy'));
  const wrong = await agent.hears(talks);
  if (wrong !== undefined) return wrong;
  for (let index = 0; index < kept / 8; index += 1) {
    const odd = await hostile.says(talkOf(seed + index, 'agent'));
    if (odd !== undefined) return odd;
  }
  return undefined;
}

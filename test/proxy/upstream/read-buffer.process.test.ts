// One buffer for the reads of all upstream connections: every byte arrives as it was sent, although what was read is
// written over as soon as the call that brought it is over (support/poison.ts). Whoever held on to lent bytes would send
// that instead: slow readers, heads and bodies that agents look at, tunnels, copies and second attempts among them.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { connect as connectSecurely } from 'node:tls';
import fc from 'fast-check';
import { bufferLimits } from '#config/limits';
import { ReadBuffer } from '../../../proxy/upstream/read-buffer.ts';
import { TlsUpstream } from '../../fixtures/tls-upstream.ts';
import { type Received, Upstream } from '../../fixtures/upstream.ts';
import { Authority } from '../../support/certificates.ts';
import { poisonLentBytes } from '../../support/poison.ts';
import { RawClient, until } from '../../support/proxy.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { frame, framesIn, handshake, opcodes, switched } from '../../support/websocket.ts';
import { TestWorker } from '../../support/worker.ts';
import { asking } from '../agents/agent-server.ts';

const poisoned = poisonLentBytes();
after(() => poisoned[Symbol.dispose]());

const MiB = 1024 * 1024;

/** Differs from one asker to the next, and from one place to the next. */
function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at += 1) bytes[at] = 0x61 + ((at + (at >> 5) + 7 * seed) % 23);
  return bytes;
}

interface Asked {
  readonly length: number;
  readonly seed: number;
  readonly framing: 'length' | 'chunked';
  readonly chunkBytes: number;
}

const targetOf = ({ framing, length, seed, chunkBytes }: Asked): string =>
  `/${framing}/${length}/${seed}/${chunkBytes}`;
const get = (asked: Asked, more = ''): string => `GET ${targetOf(asked)} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;

function replyTo(target: string): Buffer {
  const [, framing, length, seed, chunkBytes] = target.split('/');
  const body = pattern(Number(length), Number(seed));
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Seed: ${seed}\r\n`;
  if (framing === 'length') return Buffer.concat([Buffer.from(`${head}Content-Length: ${length}\r\n\r\n`), body]);
  const parts: Buffer[] = [Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`)];
  for (let at = 0; at < body.length; at += Number(chunkBytes)) {
    const chunk = body.subarray(at, at + Number(chunkBytes));
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from(`0\r\nX-Trailer: ${seed}\r\n\r\n`)]);
}

/** Answers what each target asks for. */
function answering(received: Pick<Received, 'bytes'>): Buffer {
  const heads = received.bytes.split('\r\n\r\n');
  received.bytes = heads.at(-1) ?? '';
  return Buffer.concat(heads.slice(0, -1).map((head) => replyTo(head.split(' ')[1] ?? '')));
}

interface Reply {
  readonly head: string;
  readonly body: string;
  readonly trailers: string;
}

/** The first reply in the text that is whole, and where it ends. */
function firstReply(text: string): { readonly reply: Reply; readonly end: number } | undefined {
  const headEnd = text.indexOf('\r\n\r\n') + 4;
  if (headEnd === 3) return undefined;
  const head = text.slice(0, headEnd);
  const declared = /^content-length: (\d+)/im.exec(head)?.[1];
  if (declared !== undefined) {
    const end = headEnd + Number(declared);
    return text.length < end ? undefined : { reply: { head, body: text.slice(headEnd, end), trailers: '' }, end };
  }
  const pieces: string[] = [];
  for (let at = headEnd; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const length = Number.parseInt(text.slice(at, lineEnd), 16);
    if (length === 0) {
      const end = text.indexOf('\r\n\r\n', lineEnd);
      if (end === -1) return undefined;
      return { reply: { head, body: pieces.join(''), trailers: text.slice(lineEnd + 2, end + 2) }, end: end + 4 };
    }
    pieces.push(text.slice(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
    if (!Number.isInteger(length) || text.length < at) return undefined;
  }
}

function repliesIn(text: string, count: number): readonly Reply[] | undefined {
  const replies: Reply[] = [];
  let rest = text;
  while (replies.length < count) {
    const first = firstReply(rest);
    if (first === undefined) return undefined;
    replies.push(first.reply);
    rest = rest.slice(first.end);
  }
  assert.equal(rest, '', 'nothing comes behind the last reply');
  return replies;
}

function judge(replies: readonly Reply[], asked: readonly Asked[]): void {
  for (const [index, { head, body, trailers }] of replies.entries()) {
    const { length, seed, framing } = asked[index] as Asked;
    assert.match(head, new RegExp(`^HTTP/1\\.1 200 OK\\r\\n(?:.*\\r\\n)*X-Seed: ${seed}\\r\\n`));
    assert(!head.includes('XXX'));
    assert.equal(body.length, length);
    assert(body === pattern(length, seed).toString('latin1'), `the body of ${JSON.stringify(asked[index])}`);
    if (framing === 'chunked') assert.equal(trailers, `X-Trailer: ${seed}\r\n`);
  }
}

/** Takes what has come now and then, and little at a time, until `isSlow` says otherwise. */
function reader(client: RawClient, isSlow: boolean): Disposable {
  if (!isSlow) return { [Symbol.dispose]: () => undefined };
  const turns = setInterval(() => (client.socket.isPaused() ? client.socket.resume() : client.socket.pause()), 1);
  return { [Symbol.dispose]: () => clearInterval(turns) };
}

/** All at once, on a connection of its own. */
async function ask(client: RawClient, asked: readonly Asked[], isSlow: boolean, more = ''): Promise<void> {
  using _ = reader(client, isSlow);
  client.send(asked.map((one) => get(one, more)).join(''));
  let replies: readonly Reply[] | undefined;
  const bytesLeast = asked.reduce((sum, { length }) => sum + length, 0);
  await until(
    () => {
      if (client.received.length >= bytesLeast) replies = repliesIn(client.received, asked.length);
      return replies !== undefined;
    },
    () => `${client.received.length} bytes came of ${JSON.stringify(asked)}`,
  );
  judge(replies ?? [], asked);
}

const kinds = (length: number, seed: number): readonly Asked[] => [
  { length, seed, framing: 'length', chunkBytes: 0 },
  { length, seed: seed + 1, framing: 'chunked', chunkBytes: 1 + Math.floor(length / 3) },
  { length, seed: seed + 2, framing: 'chunked', chunkBytes: 40_000 },
];

test('it is one piece of memory, with the headroom in front of where reads go', () => {
  const { bytes, start, room } = new ReadBuffer();
  assert.equal(start, bufferLimits.upstreamHeadroomBytes);
  assert.equal(room.length, bufferLimits.upstreamReadBytes);
  assert.equal(room.buffer, bytes.buffer);
  assert.equal(room.byteOffset - bytes.byteOffset, start);
});

for (const fastSockets of [true, false])
  test(`slow and quick readers side by side, pipelined, 1 KB to 10 MB (fast-sockets ${fastSockets})`, async () => {
    await using upstream = await Upstream.start(answering);
    await using worker = await TestWorker.forwarding(upstream, { more: `system { fast-sockets ${fastSockets} }` });
    const { upstream: readsBefore, client: clientReadsBefore } = poisoned.lentCount;
    const lengths = [1_000, 20_000, 100 * 1024, 300_000, 10 * MiB];
    await Promise.all(
      lengths.flatMap((length, index) =>
        [true, false].map(async (isSlow) => {
          await using client = await worker.open();
          await ask(client, kinds(length, 10 * index + (isSlow ? 5 : 0)), isSlow);
        }),
      ),
    );
    assert(poisoned.lentCount.upstream > readsBefore + 500, 'the buffer was written over in between');
    assert.equal(poisoned.lentCount.client > clientReadsBefore, fastSockets);
  });

test('any requests in any order on a few connections', async () => {
  await using upstream = await Upstream.start(answering);
  await using worker = await TestWorker.forwarding(upstream);
  const asked = fc.record({
    length: fc.oneof(fc.nat(2_000), fc.integer({ min: 15_000, max: 18_000 }), fc.nat(400_000)),
    seed: fc.nat(22),
    framing: fc.constantFrom('length' as const, 'chunked' as const),
    chunkBytes: fc.oneof(fc.integer({ min: 100, max: 400 }), fc.integer({ min: 16_000, max: 140_000 })),
  });
  const connection = fc.record({ asked: fc.array(asked, { minLength: 1, maxLength: 5 }), isSlow: fc.boolean() });
  const property = fc.asyncProperty(fc.array(connection, { minLength: 1, maxLength: 6 }), async (connections) => {
    await Promise.all(
      connections.map(async (one) => {
        await using client = await worker.open();
        await ask(client, one.asked, one.isSlow);
      }),
    );
  });
  await fc.assert(property, { numRuns: 25 });
});

for (const where of ['client', 'upstream'] as const)
  test(`inside TLS towards the ${where}`, async () => {
    const authority = new Authority();
    const leaf = authority.issue({ names: ['localhost', '127.0.0.1'] });
    using files = tempFolder({ 'c.pem': leaf.cert, 'c.key': leaf.key });
    await using plain = await Upstream.start(answering);
    await using secure = await TlsUpstream.startDoing({ cert: leaf.cert, key: leaf.key }, (socket) => {
      const received = { bytes: '' };
      socket.on('data', (bytes: Buffer) => {
        received.bytes += bytes.toString('latin1');
        socket.write(answering(received));
      });
    });
    const listener =
      where === 'client'
        ? `protocol "https"; tls { cert-file "${files.of('c.pem')}"; key-file "${files.of('c.key')}" }`
        : '';
    const upstream = where === 'client' ? plain : { address: `127.0.0.1:${secure.port}` };
    await using worker = await TestWorker.forwarding(upstream, {
      listener,
      inUpstream: where === 'client' ? '' : 'tls { verify #false }',
    });
    await Promise.all(
      [1_000, 100 * 1024, 10 * MiB].flatMap((length, index) =>
        [true, false].map(async (isSlow) => {
          await using client = await (where === 'client' ? openSecurely(worker.port) : worker.open());
          await ask(client, kinds(length, 10 * index + (isSlow ? 5 : 0)), isSlow);
        }),
      ),
    );
  });

async function openSecurely(port: number): Promise<RawClient> {
  const socket = connectSecurely({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  return RawClient.around(socket);
}

for (const [events, mode] of [
  ['"response-headers"', ''],
  ['"response-body"', 'body-handling { mode "buffer"; max-bytes 200000; on-too-large "inspect-prefix" }'],
  ['"response-headers" "response-body"', 'body-handling { mode "stream" }'],
] as const)
  test(`replies that agents look at: ${events} ${mode}`, async () => {
    await using upstream = await Upstream.start(answering);
    await using all = await asking(upstream, () => ({}), { events, agent: mode });
    await Promise.all(
      [1_000, 100 * 1024, mode.includes('stream') ? MiB : 400_000].flatMap((length, index) =>
        [true, false].map(async (isSlow) => {
          await using client = await all.worker.open();
          const asked = kinds(length, 10 * index + (isSlow ? 5 : 0));
          for (const one of asked) {
            client.received = '';
            await ask(client, [one], isSlow);
          }
        }),
      ),
    );
  });

test('a reply that is tried again at another target, with copies of the requests besides', async () => {
  await using failing = await Upstream.start((received) => {
    answering(received);
    return `HTTP/1.1 503 No\r\nContent-Length: 60000\r\n\r\n${'n'.repeat(60_000)}`;
  });
  await using upstream = await Upstream.start(answering);
  await using copies = await Upstream.start(answering);
  await using worker = await TestWorker.start(`schema-version "1"
    listeners { listener "http" { address "127.0.0.1:0" } }
    routes { route "site" { upstream "u"; retry-policy { on "503"; backoff-ms 1 }; mirror { upstream "copies" } } }
    upstreams {
      upstream "u" { target "${upstream.address}"; target "${failing.address}" }
      upstream "copies" { target "${copies.address}" }
    }`);
  await Promise.all(
    [100 * 1024, 300_000].map(async (length, index) => {
      await using client = await worker.open();
      await ask(client, [...kinds(length, index), ...kinds(length, 9 + index)], false);
    }),
  );
  assert(failing.connections.length > 0 && copies.connections.length > 0);
});

test('a tunnel that begins with early bytes, and whose client is slow', async () => {
  const early = frame(opcodes.binary, pattern(90_000, 1));
  await using upstream = await Upstream.start((received) => {
    if (!received.bytes.includes('\r\n\r\n')) return undefined;
    received.bytes = '';
    return Buffer.concat([Buffer.from(switched()), early, frame(opcodes.binary, pattern(3 * MiB, 2))]);
  });
  await using worker = await TestWorker.forwarding(upstream, { route: 'websocket #true' });
  await using client = await worker.open();
  await using other = await worker.open();
  using _ = reader(client, true);
  client.send(handshake());
  other.send(handshake());
  const wanted = [90_000, 3 * MiB];
  for (const one of [client, other]) {
    await one.sees((received) => received.length > 3 * MiB + 90_000 + '101'.length && framesOf(received).length === 2);
    const frames = framesOf(one.received);
    for (const [index, { payload }] of frames.entries())
      assert.equal(payload.equals(pattern(wanted[index] as number, index + 1)), true);
  }
});

function framesOf(received: string) {
  return framesIn(Buffer.from(received.slice(received.indexOf('\r\n\r\n') + 4), 'latin1')).frames;
}

test('heads that come in pieces, and interim heads in front of them', async () => {
  await using upstream = await Upstream.start(async (received) => {
    const reply = answering(received);
    received.socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 O');
    for (const piece of [reply.subarray(14, 60), reply.subarray(60)]) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      received.socket.write(piece);
    }
    return undefined;
  });
  await using worker = await TestWorker.forwarding(upstream);
  await Promise.all(
    [1, 2, 3].map(async (seed) => {
      await using client = await worker.open();
      client.send(get({ length: 50_000, seed, framing: 'length', chunkBytes: 0 }));
      await client.sees((received) => received.length > 50_000);
      const [, final = ''] = /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\n([\s\S]*)$/.exec(client.received) ?? [];
      judge(repliesIn(final, 1) ?? [], [{ length: 50_000, seed, framing: 'length', chunkBytes: 0 }]);
    }),
  );
});

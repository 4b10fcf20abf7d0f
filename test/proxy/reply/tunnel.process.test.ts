// What happens to the two sides of a tunnel, byte for byte: ends and cuts are passed on, a slow side makes the other wait,
// and what the proxy ends itself is said in frames, between frames.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { Upstream } from '../../fixtures/upstream.ts';
import { type RawClient, until } from '../../support/proxy.ts';
import { closeWith, frame, framesIn, handshake, opcodes, switched } from '../../support/websocket.ts';
import { TestWorker } from '../../support/worker.ts';

const mask = Buffer.from([7, 0, 255, 128]);
const asksTcp = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
const toTcp = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';

/** An open tunnel with both of its ends in hand. */
interface Open extends AsyncDisposable {
  readonly client: RawClient;
  readonly server: Socket;
  readonly worker: TestWorker;
  /** What the upstream received after the handshake, as it stands. */
  up(): string;
  /** What the client received after the 101. */
  down(): string;
}

async function open(request = handshake(), reply = switched(), tunnel = ''): Promise<Open> {
  const upstream = await Upstream.start(({ bytes }) => (bytes.endsWith('\r\n\r\n') ? reply : undefined));
  const worker = await TestWorker.forwarding(upstream, {
    route: `websocket #true; upgrade "tcp"; tunnel { ${tunnel} }`,
  });
  const client = await worker.open();
  client.send(request);
  await client.sees('\r\n\r\n');
  const [received] = upstream.connections;
  assert(received !== undefined);
  const { socket: server } = received;
  server.removeAllListeners('end'); // the fixture ends when the other side does
  const rest = (text: string) => text.slice(text.indexOf('\r\n\r\n') + 4);
  return {
    client,
    server,
    worker,
    up: () => rest(received.bytes),
    down: () => rest(client.received),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await worker[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

const latin1 = (bytes: Buffer): string => bytes.toString('latin1');
const framesOf = (text: string) => framesIn(Buffer.from(text, 'latin1')).frames;
const codesIn = (text: string) =>
  framesOf(text).flatMap(({ opcode, payload }) => (opcode === opcodes.close ? [payload.readUInt16BE()] : []));

test('each side may end and still hear the other; when both have, it is over', async () => {
  for (const first of ['client', 'server'] as const) {
    await using tunnel = await open();
    const { client, server, worker } = tunnel;
    const one = first === 'client' ? client.socket : server;
    const other = first === 'client' ? server : client.socket;
    one.end('last words');
    await until(
      () => other.readableEnded,
      () => 'the end is not passed on',
    );
    assert.equal(first === 'client' ? tunnel.up() : tunnel.down(), 'last words');
    assert.equal(one.readableEnded, false, 'only one direction has ended');
    other.end('an answer');
    await until(
      () => one.readableEnded,
      () => 'the other end is not passed on',
    );
    assert.equal(first === 'client' ? tunnel.down() : tunnel.up(), 'an answer');
    const [line] = await worker.lines(1);
    assert.deepEqual([line?.status, line?.error], [101, undefined]);
    const { metrics } = worker.worker;
    assert.deepEqual([metrics.tunnelsOpen, metrics.exchangesInFlight, metrics.route('site').tunnels], [0, 0, 0]);
    assert.equal(worker.worker.timers.size, 0, 'no deadline is left');
    assert.deepEqual([metrics.route('site').requestBytes, line?.bytes_in], [tunnel.up().length, tunnel.up().length]);
    assert.deepEqual(
      [metrics.route('site').responseBytes, line?.bytes_out],
      [tunnel.down().length, tunnel.down().length],
    );
  }
});

test('a cut of one side is a cut of the other', async () => {
  {
    await using tunnel = await open();
    let wasReset = false;
    tunnel.server.on('error', (error: NodeJS.ErrnoException) => {
      wasReset = error.code === 'ECONNRESET';
    });
    tunnel.client.socket.resetAndDestroy();
    await until(
      () => wasReset,
      () => 'the server is not told',
    );
    assert.equal((await tunnel.worker.lines(1))[0]?.error, 'client-closed');
  }
  await using tunnel = await open();
  tunnel.server.resetAndDestroy();
  await until(
    () => tunnel.client.wasReset,
    () => 'the client is not told',
  );
  assert.match((await tunnel.worker.lines(1))[0]?.error ?? '', /^upstream-closed: .*ECONNRESET/);
});

test('a client that ends and is then cut is noticed when there is something to say to it', async () => {
  for (let round = 0; round < 10; round += 1) {
    await using tunnel = await open();
    tunnel.client.socket.end();
    await once(tunnel.client.socket, 'finish');
    tunnel.client.socket.resetAndDestroy();
    await until(
      () => {
        if (tunnel.server.writable) tunnel.server.write('x');
        return (
          tunnel.worker.worker.metrics.tunnelsOpen === 0 && (tunnel.server.readableEnded || tunnel.server.destroyed)
        );
      },
      () => 'a connection is left',
    );
  }
});

test('a slow side makes the other wait, both ways, and everything arrives in the end', async () => {
  const payload = randomBytes(40 * 1024 * 1024); // the kernel alone holds up to 20 MiB on the way
  const digest = createHash('sha256').update(payload).digest('hex');
  for (const from of ['client', 'server'] as const) {
    await using tunnel = await open();
    const metrics = tunnel.worker.worker.metrics.route('site');
    const passed = () => (from === 'client' ? metrics.requestBytes : metrics.responseBytes);
    const sender = from === 'client' ? tunnel.client.socket : tunnel.server;
    const taker = from === 'client' ? tunnel.server : tunnel.client.socket;
    const hash = createHash('sha256');
    let taken = 0;
    taker.removeAllListeners('data');
    taker.pause();
    // In pieces smaller than a mark, so that more is read while some of it waits.
    for (let at = 0; at < payload.length; at += pieceBytes) {
      sender.write(payload.subarray(at, at + pieceBytes));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const before: number[] = [];
    await until(
      () => before.push(passed()) > 20 && before.at(-20) === passed(),
      () => 'it goes on and on',
    );
    assert(
      passed() > 0 && passed() < payload.length,
      `${passed()} bytes have been taken for a ${from} that nobody hears`,
    );
    await tunnel.worker.request(elsewhere); // whatever is read for others does not get into what waits
    taker.on('data', (bytes: Buffer) => {
      hash.update(bytes);
      taken += bytes.length;
    });
    taker.resume();
    await until(
      () => taken === payload.length,
      () => `${taken} bytes from the ${from} arrived`,
    );
    assert.equal(hash.digest('hex'), digest);
  }
});

const pieceBytes = 17_001;
const elsewhere = `GET / HTTP/1.1\r\nHost: a\r\n${`X: ${'y'.repeat(15_000)}\r\n`.repeat(2)}\r\n`;

test('a drain ends a WebSocket with 1001 on both sides, between frames, and waits for the answers', async () => {
  await using tunnel = await open();
  const { client, server, worker } = tunnel;
  client.send(frame(opcodes.text, 'a', { mask }));
  server.write(frame(opcodes.text, 'b'));
  await until(
    () => tunnel.up() !== '' && tunnel.down() !== '',
    () => 'nothing passes',
  );
  const drained = worker.listeners.drain(20_000);
  await until(
    () => codesIn(tunnel.down())[0] === 1001 && codesIn(tunnel.up())[0] === 1001,
    () => 'they are not told',
  );
  assert.equal(client.socket.readableEnded, false, 'the client has time to answer');
  client.send(frame(opcodes.text, 'too late', { mask }));
  client.send(closeWith(1001, mask));
  await client.ends();
  assert.equal(client.wasReset, false);
  client.socket.end();
  await drained;
  assert.doesNotMatch(latin1(Buffer.concat(framesOf(tunnel.up()).map(({ payload }) => payload))), /too late/);
  assert.deepEqual([framesOf(tunnel.up()).length, framesOf(tunnel.down()).length], [2, 2]);
  const [line] = await worker.lines(1);
  assert.deepEqual([line?.status, line?.error, line?.bytes_out], [101, 'tunnel-drained', 3]);
});

test('in the middle of a frame a drain waits for its end; a frame that does not end is cut with the rest', async () => {
  const text = frame(opcodes.text, 'x'.repeat(1000));
  await using tunnel = await open();
  const { client, server, worker } = tunnel;
  server.write(text.subarray(0, 500));
  await until(
    () => tunnel.down().length === 500,
    () => 'nothing passes',
  );
  const drained = worker.listeners.drain(20_000);
  await until(
    () => codesIn(tunnel.up())[0] === 1001,
    () => 'the server, whose side is between frames, is not told',
  );
  server.write(text.subarray(500, 600));
  await until(
    () => tunnel.down().length === 600,
    () => 'the frame under way does not go on',
  );
  server.write(Buffer.concat([text.subarray(600), frame(opcodes.text, 'not any more')]));
  await until(
    () => codesIn(tunnel.down())[0] === 1001,
    () => 'the client is not told',
  );
  assert.deepEqual(
    framesOf(tunnel.down()).map(({ payload }) => payload.length),
    [1000, 2],
  );
  client.socket.end(closeWith(1001, mask));
  await drained;

  await using stuck = await open();
  stuck.server.write(text.subarray(0, 500));
  await until(
    () => stuck.down().length === 500,
    () => 'nothing passes',
  );
  await stuck.worker.listeners.drain(100);
  await until(
    () => stuck.client.wasReset,
    () => 'half a frame ends as if it were whole',
  );
  assert.equal((await stuck.worker.lines(1))[0]?.error, 'tunnel-drained');
});

test('a Close that has passed is not followed by another', async () => {
  await using tunnel = await open();
  const { client, server, worker } = tunnel;
  server.write(closeWith(4000));
  await until(
    () => codesIn(tunnel.down()).length === 1,
    () => 'it does not pass',
  );
  const drained = worker.listeners.drain(20_000);
  await until(
    () => codesIn(tunnel.up()).length === 1,
    () => 'the server is not answered',
  );
  client.socket.end(closeWith(4000, mask));
  await drained;
  assert.deepEqual(codesIn(tunnel.down()), [4000]);
});

test('a client that does not answer its Close is left after a bound', async () => {
  await using tunnel = await open();
  await tunnel.worker.listeners.drain(20_000);
  assert.deepEqual(codesIn(tunnel.down()), [1001]);
  assert.equal((await tunnel.worker.lines(1))[0]?.error, 'tunnel-drained');
});

test('a handshake that is answered during a drain opens a tunnel that ends at once', async () => {
  let answer: (reply: string) => void = () => assert.fail('not asked');
  await using upstream = await Upstream.start(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  await using worker = await TestWorker.forwarding(upstream, { route: 'websocket #true' });
  await using client = await worker.open();
  client.send(handshake());
  await until(
    () => upstream.bytes !== '',
    () => 'no handshake',
  );
  const drained = worker.listeners.drain(20_000);
  answer(switched());
  await client.sees(/\r\n\r\n\x88\x02\x03\xe9$/);
  client.socket.end(closeWith(1001, mask));
  await drained;
});

test('another protocol goes on during a drain, and is cut when its time is up', async () => {
  await using tunnel = await open(asksTcp, toTcp);
  const { client, server, worker } = tunnel;
  const drained = worker.listeners.drain(500);
  server.write('still here');
  await until(
    () => tunnel.down() === 'still here',
    () => 'it does not pass',
  );
  await drained;
  await until(
    () => client.wasReset,
    () => 'it is not cut',
  );
  assert.equal(tunnel.down(), 'still here');
  assert.equal((await worker.lines(1))[0]?.error, 'tunnel-drained');
});

test('silence after one side has ended is bounded more tightly', async () => {
  await using tunnel = await open(handshake(), switched(), 'idle-timeout-ms 200');
  tunnel.client.socket.end();
  await until(
    () => codesIn(tunnel.down())[0] === 1001,
    () => 'it is not ended',
  );
  assert.equal((await tunnel.worker.lines(1))[0]?.error, 'tunnel-idle');
});

// Requests on their way to an upstream: what is tried again and what is not, what is sent when, and how uploads wait.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { answerEach, requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { statusOf, until } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const get = (path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const post = (body: string): string => `POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Answers the first request of each connection and hangs up on the second. */
const onceOnly = () => answerThenHangUp;
const answerThenHangUp = ({ bytes, socket }: { bytes: string; socket: { destroy(): void } }): string | undefined => {
  if (requestsIn(bytes).length <= 1) return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  socket.destroy();
  return undefined;
};

test('a connection that died while it rested is replaced once; what must not be sent twice is not', async () => {
  await using upstream = await Upstream.start(onceOnly());
  await using worker = await TestWorker.forwarding(upstream);
  assert.equal((await worker.request(get('/1') + get('/2') + get('/3'))).split('200 OK').length, 4);
  assert.equal(upstream.connections.length, 3);
  const answer = await worker.request(get('/4') + post('abc'));
  assert.match(answer, /200 OK[\s\S]*502 Bad Gateway/);
  const lines = await worker.lines(5);
  assert.equal(lines[4]?.refusal, 'upstream-closed');
  assert.equal(requestsIn(upstream.bytes).filter(({ body }) => body === 'abc').length, 1, 'a POST is sent once');
});

test('a fresh connection that dies is not replaced', async () => {
  await using upstream = await Upstream.start(({ socket }) => {
    socket.destroy();
    return undefined;
  });
  await using worker = await TestWorker.forwarding(upstream);
  assert.equal(statusOf(await worker.request(get())), 502);
  assert.equal(upstream.connections.length, 1);
});

test('a resting connection that says something is not used again', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  await worker.request(get());
  upstream.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
  await until(
    () => upstream.openCount === 0,
    () => 'it is kept',
  );
  assert.match(await worker.request(get()), /ok$/);
  assert.equal(upstream.connections.length, 2);
});

test("bytes behind a reply are nobody's: the connection goes", async () => {
  await using upstream = await Upstream.start(
    answerEach('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'),
  );
  await using worker = await TestWorker.forwarding(upstream);
  const answer = await worker.request(get('/1') + get('/2'));
  assert.doesNotMatch(answer, /evil/);
  assert.equal(upstream.connections.length, 2);
});

test('a target that refuses connections is left for the next one, with the body untouched', async () => {
  const gone = await Upstream.start();
  const { address } = gone;
  await gone[Symbol.asyncDispose]();
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { inUpstream: `target "${address}"` });
  for (let count = 0; count < 4; count += 1) assert.equal(statusOf(await worker.request(post('whole'))), 200);
  assert(requestsIn(upstream.bytes).every(({ body }) => body === 'whole'));
  await using nowhere = await TestWorker.forwarding({ address });
  assert.equal(statusOf(await nowhere.request(get())), 502);
  assert.match((await nowhere.lines(1))[0]?.error ?? '', /ECONNREFUSED/);
});

test('an upload arrives whole, length or chunks, and waits for a slow upstream', async () => {
  const payload = randomBytes(40 * 1024 * 1024); // the kernel alone holds up to 20 MiB on the way
  for (const isChunked of [false, true]) {
    const parts: Buffer[] = [];
    await using upstream = await Upstream.start(() => undefined);
    await using worker = await TestWorker.forwarding(upstream, { route: 'policies { max-body-size "1GiB" }' });
    await using client = await worker.open();
    client.send(
      `POST / HTTP/1.1\r\nHost: a\r\n${isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${payload.length}`}\r\n\r\n`,
    );
    await until(
      () => upstream.connections.length === 1,
      () => 'no connection',
    );
    const [connection] = upstream.connections;
    assert(connection !== undefined);
    const { socket } = connection;
    socket.removeAllListeners('data');
    socket.pause();
    parts.push(Buffer.from(connection.bytes, 'latin1'));
    if (!isChunked) client.send(payload);
    else
      for (let at = 0; at < payload.length; at += 500_000) {
        const piece = payload.subarray(at, at + 500_000);
        client.send(
          Buffer.concat([Buffer.from(`${piece.length.toString(16)};n=${at}\r\n`), piece, Buffer.from('\r\n')]),
        );
      }
    if (isChunked) client.send('0\r\n\r\n');
    let before = 0;
    await until(
      () => {
        const left = client.socket.writableLength;
        const stands = left > 0 && left === before;
        before = left;
        return stands;
      },
      () => 'the proxy takes what nobody reads',
    );
    socket.on('data', (bytes: Buffer) => {
      parts.push(bytes);
    });
    socket.resume();
    const isWhole = () => {
      const all = Buffer.concat(parts);
      return isChunked
        ? all.subarray(-5).toString() === '0\r\n\r\n'
        : all.length - all.indexOf('\r\n\r\n') - 4 === payload.length;
    };
    await until(isWhole, () => `${Buffer.concat(parts).length} bytes arrived`);
    const all = Buffer.concat(parts);
    const headEnd = all.indexOf('\r\n\r\n') + 4;
    const body = isChunked ? unchunk(all.subarray(headEnd)) : all.subarray(headEnd);
    assert.equal(createHash('sha256').update(body).digest('hex'), createHash('sha256').update(payload).digest('hex'));
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    await client.sees('200 OK');
  }
});

function unchunk(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    pieces.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 4 + size;
  }
  return Buffer.concat(pieces);
}

test('a reply before the body has come ends the connection in order, on both sides', async () => {
  await using upstream = await Upstream.start(() => 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
  await using worker = await TestWorker.forwarding(upstream);
  await using client = await worker.open();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nsome');
  assert.match(await client.ends(), /^HTTP\/1\.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno$/);
  await until(
    () => upstream.openCount === 0,
    () => 'the upstream is kept with half a request',
  );
  assert.equal(client.wasReset, false);
});

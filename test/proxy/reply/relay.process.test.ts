// Replies on their way to the client: framing made anew, one matrix of how a body may end against what the client speaks;
// backpressure; interim replies; and that a reply that is cut never ends in order.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { answerEach, Upstream } from '../../fixtures/upstream.ts';
import { bodyOf, headerOf, until } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const request = (version: string, method = 'GET'): string => `${method} / HTTP/${version}\r\nHost: a\r\n\r\n`;

const framings = {
  length: { head: 'Content-Length: 5\r\n', body: 'hello', closes: false },
  chunked: {
    head: 'Transfer-Encoding: chunked\r\n',
    body: '2\r\nhe\r\n3\r\nllo\r\n0\r\nX-T: 1\r\n\r\n',
    closes: false,
  },
  'until close': { head: '', body: 'hello', closes: true },
} as const;

test('each framing reaches each client, in one piece and byte by byte', async () => {
  for (const [name, { head, body, closes }] of Object.entries(framings)) {
    for (const isSplit of [false, true]) {
      await using upstream = await Upstream.start(async ({ socket }) => {
        const reply = `HTTP/1.1 200 Fine\r\nX-A: 1\r\n${head}\r\n${body}`;
        for (const piece of isSplit ? reply : [reply]) {
          socket.write(Buffer.from(piece, 'latin1'));
          await new Promise((resolve) => setTimeout(resolve, isSplit ? 1 : 0));
        }
        if (closes) socket.end();
        return undefined;
      });
      await using worker = await TestWorker.forwarding(upstream);
      const modern = await worker.request(request('1.1'));
      const old = await worker.request(request('1.0'));
      assert.match(modern, /^HTTP\/1\.1 200 Fine\r\nX-A: 1\r\n/, name);
      assert.equal(headerOf(modern, 'Content-Length'), name === 'length' ? '5' : undefined);
      assert.equal(headerOf(modern, 'Transfer-Encoding'), name === 'length' ? undefined : 'chunked');
      assert.equal(unchunked(modern), 'hello', name);
      if (name === 'chunked') assert.match(modern, /0\r\nX-T: 1\r\n\r\n$/);
      assert.equal(bodyOf(old), 'hello', `${name} to HTTP/1.0`);
      assert.equal(headerOf(old, 'Transfer-Encoding'), undefined);
      assert.equal(headerOf(old, 'Connection'), 'close');
    }
  }
});

function unchunked(answer: string): string {
  const body = bodyOf(answer);
  if (headerOf(answer, 'Transfer-Encoding') === undefined) return body;
  return [...body.matchAll(/([0-9a-f]+)\r\n([\s\S]*?)\r\n/g)]
    .filter(([, size]) => size !== '0')
    .map(([, , text]) => text)
    .join('')
    .replace('X-T: 1', '');
}

test('HEAD, 204 and 304 have no body, whatever their headers say', async () => {
  const rows = [
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n'],
    [
      'GET',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: x\r\n\r\n',
      'HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 5\r\n\r\n',
    ],
  ] as const;
  for (const [method, reply, wanted] of rows) {
    await using upstream = await Upstream.start(answerEach(reply));
    await using worker = await TestWorker.forwarding(upstream);
    assert.equal(await worker.request(request('1.1', method).repeat(2)), wanted.repeat(2));
    assert.equal(upstream.connections.length, 1, 'in step, so the connection is used again');
  }
});

test('hop-by-hop headers of replies stay behind', async () => {
  const reply =
    'HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nUpgrade: h2c\r\nProxy-Connection: x\r\nX-Stays: 1\r\nContent-Length: 0\r\n\r\n';
  await using upstream = await Upstream.start(answerEach(reply));
  await using worker = await TestWorker.forwarding(upstream);
  assert.equal(await worker.request(request('1.1')), 'HTTP/1.1 200 OK\r\nX-Stays: 1\r\nContent-Length: 0\r\n\r\n');
});

test('interim replies pass to clients that know them; 101 nobody asked for does not', async () => {
  const hints =
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  await using upstream = await Upstream.start(answerEach(hints));
  await using worker = await TestWorker.forwarding(upstream);
  const final = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n';
  assert.equal(await worker.request(request('1.1')), `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${final}\r\nok`);
  assert.equal(await worker.request(request('1.0')), `${final}Connection: close\r\n\r\nok`);
  upstream.become(() => 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
  assert.match(await worker.request(request('1.1')), /^HTTP\/1\.1 502 /);
  upstream.become(() => 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(20));
  assert.match(await worker.request(request('1.1')), /HTTP\/1\.1 502 /);
});

test('a reply that is cut is seen to be cut, and its connection is not used again', async () => {
  for (const { head, body } of [framings.length, framings.chunked]) {
    await using upstream = await Upstream.start(({ socket }) => {
      socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n${body.slice(0, 4)}`);
      return undefined;
    });
    await using worker = await TestWorker.forwarding(upstream);
    await using client = await worker.open();
    client.send(request('1.1'));
    await client.ends();
    await until(
      () => client.wasReset,
      () => 'it ended as if it were whole',
    );
    assert.equal((await worker.lines(1))[0]?.refusal, 'upstream-closed');
  }
});

test('a large reply arrives whole through a slow client, and the upstream waits for it', async () => {
  const payload = randomBytes(24 * 1024 * 1024);
  for (const chunks of [false, true]) {
    let written = 0;
    await using upstream = await Upstream.start(({ socket }) => {
      socket.write(
        `HTTP/1.1 200 OK\r\n${chunks ? 'Transfer-Encoding: chunked' : `Content-Length: ${payload.length}`}\r\n\r\n`,
      );
      void (async () => {
        for (let at = 0; at < payload.length && !socket.destroyed; at += 65_536) {
          const piece = payload.subarray(at, at + 65_536);
          const framed = chunks
            ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
            : piece;
          const hasRoom = socket.write(framed);
          written += piece.length;
          if (!hasRoom) await once(socket, 'drain');
        }
        if (chunks) socket.write('0\r\n\r\n');
      })();
      return undefined;
    });
    await using worker = await TestWorker.forwarding(upstream);
    await using client = await worker.open();
    client.socket.removeAllListeners('data');
    client.socket.pause();
    client.send(request('1.1'));
    let before = -1;
    await until(
      () => {
        const stands = written > 0 && written === before;
        before = written;
        return stands;
      },
      () => 'the upstream never waits',
    );
    assert(written < payload.length, `the proxy has taken all ${written} bytes of a reply that nobody reads`);
    const [digest, length] = await digestOf(client.socket, chunks, payload.length);
    assert.equal(length, payload.length);
    assert.equal(digest, createHash('sha256').update(payload).digest('hex'));
  }
});

/** Reads to the end of the body. */
async function digestOf(
  socket: NodeJS.ReadableStream,
  isChunked: boolean,
  wanted: number,
): Promise<[digest: string, length: number]> {
  const parts: Buffer[] = [];
  let received = 0;
  const enough = new Promise<void>((resolve) => {
    socket.on('data', (bytes: Buffer) => {
      parts.push(bytes);
      received += bytes.length;
      if (isChunked ? bytes.subarray(-5).toString() === '0\r\n\r\n' : received >= wanted + 43) resolve();
    });
  });
  socket.resume();
  await enough;
  const all = Buffer.concat(parts);
  const body = all.subarray(all.indexOf('\r\n\r\n') + 4);
  const payload = isChunked ? withoutChunks(body) : body;
  return [createHash('sha256').update(payload).digest('hex'), payload.length];
}

function withoutChunks(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    if (size === 0) break;
    pieces.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(pieces);
}

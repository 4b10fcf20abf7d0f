// What goes to and from upstreams inside TLS: whole bodies, tunnels, copies; and a target that takes the handshake but not
// our certificate, which in TLS 1.3 it says when the request is under way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { TlsUpstream } from '../fixtures/tls-upstream.ts';
import { Authority } from '../support/certificates.ts';
import { RawClient, type RunningProxy, startProxy, statusOf, until } from '../support/proxy.ts';
import { frame, handshake, opcodes, switched } from '../support/websocket.ts';

const authority = new Authority();
const { cert, key } = authority.issue({ names: ['127.0.0.1'] });
const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const postNothing = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const postTwo = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nxy';

const start = (upstreams: readonly TlsUpstream[], route = '', more = ''): Promise<RunningProxy> =>
  startProxy(
    `listeners { listener "l" { address "127.0.0.1:0" } }
routes { route "r" { upstream "u"; ${route} } }
upstreams { upstream "u" { ${upstreams.map(({ port }) => `target "127.0.0.1:${port}"`).join('; ')}; tls { ca-cert "ca.pem" }; ${more} } }`,
    { 'ca.pem': authority.cert },
  );

/** Nobody but who shows a certificate is served. */
const wantsCertificate = (maxVersion: 'TLSv1.2' | 'TLSv1.3') =>
  TlsUpstream.start({ cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: true, maxVersion });

for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
  test(`a target that refuses our certificate in ${version} is out of reach, and another one is asked`, async () => {
    await using refusing = await wantsCertificate(version);
    await using serving = await TlsUpstream.start({ cert, key });
    await using proxy = await start([refusing, serving]);
    for (const request of [get, postNothing, get, postNothing])
      assert.equal(statusOf(await proxy.request(request)), 200);
    await using alone = await start([refusing], '', 'circuit-breaker { failure-threshold 2 }');
    assert.deepEqual([statusOf(await alone.request(get)), statusOf(await alone.request(get))], [502, 502]);
    assert.equal(statusOf(await alone.request(get)), 503, 'its breaker is open');
    const [line] = await alone.lines(3);
    assert.equal(line?.refusal, 'upstream-connect-failed');
    assert.match(line?.error ?? '', version === 'TLSv1.3' ? /^TLS: it refuses our certificate/ : /^TLS: .*alert/);
  });

test('a body that has been read is not sent to another target without a retry policy, and with one it is', async () => {
  await using refusing = await wantsCertificate('TLSv1.3');
  await using serving = await TlsUpstream.start({ cert, key });
  await using careful = await start([refusing, serving]);
  const statuses = [statusOf(await careful.request(postTwo)), statusOf(await careful.request(postTwo))];
  assert.deepEqual(statuses.sort(), [200, 502]);
  await using retrying = await start([refusing, serving], 'retry-policy { methods "POST"; backoff-ms 1 }');
  for (let n = 0; n < 4; n += 1) assert.equal(statusOf(await retrying.request(postTwo)), 200);
});

test('a certificate for another name is refused again and again: no session is resumed past the check', async () => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const other = authority.issue({ names: ['other.internal'] });
    await using wrong = await TlsUpstream.start({ ...other, maxVersion });
    await using proxy = await start([wrong]);
    for (let n = 0; n < 3; n += 1) assert.equal(statusOf(await proxy.request(get)), 502, maxVersion);
  }
});

test('megabytes go both ways whole, to a client that reads slowly', async () => {
  const reply = Buffer.alloc(8_000_000, 'abcdefghijk');
  const sent = 2_000_000;
  await using upstream = await TlsUpstream.startDoing({ cert, key }, (socket) => answerOnce(socket, sent, reply));
  await using proxy = await start([upstream]);
  await using client = await RawClient.open(proxy.port());
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${sent}\r\n\r\n${'x'.repeat(sent)}`);
  const reads = setInterval(() => (client.socket.isPaused() ? client.socket.resume() : client.socket.pause()), 1);
  await until(
    () => client.received.endsWith(reply.toString('latin1')),
    () => `${client.received.length} bytes came`,
  );
  clearInterval(reads);
  assert.match(client.received, /^HTTP\/1\.1 200 /);
});

/** When so many bytes of a body have come. */
function answerOnce(socket: TLSSocket, bodyBytes: number, reply: Buffer): void {
  let received = '';
  socket.setEncoding('latin1').on('data', (piece: string) => {
    received += piece;
    if (received.length - received.indexOf('\r\n\r\n') - 4 !== bodyBytes) return;
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${reply.length}\r\n\r\n`);
    socket.write(reply);
  });
}

test('a tunnel stands inside TLS', async () => {
  const heard = frame(opcodes.text, 'heard');
  await using upstream = await TlsUpstream.startDoing({ cert, key }, (socket) => {
    socket.once('data', () => {
      socket.write(switched());
      socket.on('data', () => socket.write(heard));
    });
  });
  await using proxy = await start([upstream], 'websocket #true');
  await using client = await RawClient.open(proxy.port());
  client.send(handshake());
  await client.sees(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/);
  client.send(frame(opcodes.text, 'hello', { mask: Buffer.from([1, 2, 3, 4]) }));
  await client.sees(/heard/);
});

test('copies are sent inside TLS', async () => {
  await using original = await TlsUpstream.start({ cert, key });
  await using shadow = await TlsUpstream.start({ cert, key });
  const other = `}; upstream "v" { target "127.0.0.1:${shadow.port}"; tls { ca-cert "ca.pem" }`;
  await using proxy = await start([original], 'mirror { upstream "v" }', other);
  assert.equal(statusOf(await proxy.request(get)), 200);
  await until(
    () => shadow.seen.length === 1,
    () => 'the copy has not come',
  );
});

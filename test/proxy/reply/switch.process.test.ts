// The 101 of an upstream: passed on, built anew, where it says exactly what was asked for; else 502, and nothing of either
// side reaches the other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerEach, Upstream } from '../../fixtures/upstream.ts';
import { headerOf, statusOf, until } from '../../support/proxy.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { handshake, sampleAccept, switched } from '../../support/websocket.ts';
import { TestWorker } from '../../support/worker.ts';

const route = 'websocket #true; upgrade "tcp"';
const asksTcp = 'POST /attach HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n';
const toTcp = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';

test('the head is built anew, what stands behind it follows, and early bytes go up only now', async () => {
  let answer: (reply: string) => void = () => assert.fail('not asked');
  await using upstream = await Upstream.start(({ bytes }) =>
    bytes.includes('early')
      ? undefined
      : new Promise((resolve) => {
          answer = resolve;
        }),
  );
  await using worker = await TestWorker.forwarding(upstream, {
    route: `${route}; policies { response-headers { set { X-Mine "1" }; remove "X-Gone" } }`,
  });
  await using client = await worker.open();
  client.send(`${handshake('/chat')}early`);
  await until(
    () => upstream.bytes.includes('\r\n\r\n'),
    () => 'no handshake',
  );
  assert.doesNotMatch(upstream.bytes, /early/);
  answer(`${switched('X-Gone: 1\r\nKeep-Alive: 5\r\nSec-WebSocket-Protocol: chat\r\n')}behind`);
  assert.equal(
    await client.sees(/behind$/),
    `HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: ${sampleAccept}\r\nSec-WebSocket-Protocol: chat\r\nX-Mine: 1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nbehind`,
  );
  await until(
    () => upstream.bytes.endsWith('\r\n\r\nearly'),
    () => 'what was held does not arrive',
  );
});

test('other protocols need no key', async () => {
  await using upstream = await Upstream.start(({ bytes }) => (bytes.endsWith('\r\n\r\n') ? toTcp : 'pong'));
  await using worker = await TestWorker.forwarding(upstream, { route });
  await using client = await worker.open();
  client.send(asksTcp);
  await client.sees(/Upgrade: tcp\r\n\r\n$/);
  client.send('ping');
  await client.sees(/pong$/);
  client.socket.end();
  await client.ends();
  const [line] = await worker.lines(1);
  assert.deepEqual([line?.status, line?.upgrade, line?.bytes_in, line?.bytes_out], [101, 'tcp', 4, 4]);
});

test('a 101 that does not fit is a bad reply: no tunnel, and the connection is not used again', async () => {
  const rows: readonly (readonly [string, string, string?])[] = [
    ['no Upgrade', switched().replace('Upgrade: websocket\r\n', '')],
    ['no Connection', switched().replace('Connection: Upgrade\r\n', '')],
    ['Connection about something else', switched().replace('Connection: Upgrade', 'Connection: keep-alive')],
    ['a protocol nobody asked for', switched().replace('websocket', 'h2c')],
    ['one that the route allows, but the client did not ask for', toTcp],
    ['two protocols', switched().replace('websocket', 'websocket, tcp')],
    ['no Accept', switched().replace(/Sec-WebSocket-Accept.*\r\n/, '')],
    ['the Accept of another key', switched().replace(sampleAccept, 'ICX+Yqv66kxgM0FcWaLWlFLwTAI=')],
    ['two Accepts', switched(`Sec-WebSocket-Accept: ${sampleAccept}\r\n`)],
    ['a length', switched('Content-Length: 0\r\n')],
    ['chunks', switched('Transfer-Encoding: chunked\r\n')],
    ['HTTP/1.0', switched().replace('HTTP/1.1', 'HTTP/1.0')],
    ['not the one that was asked for', switched(), asksTcp],
    ['nobody asked', switched(), 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ];
  for (const [title, reply, request = handshake()] of rows) {
    await using upstream = await Upstream.start(answerEach(`${reply}GOT IN`));
    await using worker = await TestWorker.forwarding(upstream, { route });
    const answer = await worker.request(`${request}GET /poison HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.equal(statusOf(answer), 502, title);
    assert.doesNotMatch(answer, /GOT IN/, title);
    if (title !== 'nobody asked') assert.doesNotMatch(upstream.bytes, /poison/, title);
    assert.equal((await worker.lines(1))[0]?.refusal, 'upstream-bad-reply', title);
    await until(
      () => upstream.openCount === 0,
      () => `${title}: the connection is kept`,
    );
  }
});

test('what arrives before the answer is held within a bound', async () => {
  await using upstream = await Upstream.start(() => undefined);
  await using worker = await TestWorker.forwarding(upstream, { route });
  await using client = await worker.open();
  const many = 24 * 1024 * 1024; // the kernel alone holds up to 10 MiB on the way
  client.send(handshake());
  await until(
    () => upstream.bytes.endsWith('\r\n\r\n'),
    () => 'no handshake',
  );
  const [received] = upstream.connections;
  assert(received !== undefined);
  const { length } = received.bytes;
  for (let at = 0; at < many; at += 65_536) client.send(Buffer.alloc(65_536, 'x'));
  let before = -1;
  await until(
    () => {
      const stands = client.socket.writableLength > 0 && client.socket.writableLength === before;
      before = client.socket.writableLength;
      return stands;
    },
    () => 'everything is read',
  );
  assert.equal(received.bytes.length, length);
  received.socket.write(switched());
  await until(
    () => received.bytes.length === length + many,
    () => `it does not go on: ${received.bytes.length}`,
  );
});

test('there is a bound of tunnels, for those that would be opened at the same time too', async () => {
  const waiting: Array<(reply: string) => void> = [];
  await using upstream = await Upstream.start(() => new Promise((resolve) => waiting.push(resolve)));
  await using worker = await TestWorker.forwarding(upstream, { route, more: 'limits { max-tunnels 1 }' });
  await using one = await worker.open();
  await using two = await worker.open();
  for (const client of [one, two]) client.send(handshake());
  await until(
    () => waiting.length === 2,
    () => 'they do not arrive',
  );
  for (const resolve of waiting) resolve(switched());
  await until(
    () => one.received !== '' && two.received !== '',
    () => 'no answer',
  );
  assert.deepEqual([one, two].map(({ received }) => statusOf(received)).sort(), [101, 503]);
  const third = await worker.request(handshake());
  assert.deepEqual([statusOf(third), headerOf(third, 'Retry-After')], [503, '1']);
  assert.equal(waiting.length, 2, 'and its upstream is not asked');
  assert.deepEqual(
    (await worker.lines(2)).map(({ refusal }) => refusal),
    ['too-many-tunnels', 'too-many-tunnels'],
  );
});

test('the reply carries the cookies by which a client stays with its upstream and target', async () => {
  await using upstream = await Upstream.start(answerEach(switched()));
  using folder = tempFolder({ secret: 'a secret of some length, which nobody knows\n' });
  await using worker = await TestWorker.start(
    `listeners { listener "http" { address "127.0.0.1:0" } }
     routes { route "site" { websocket #true; split { upstream "u" weight=1; upstream "v" weight=0; sticky "cookie" } } }
     upstreams {
       upstream "u" { target "${upstream.address}"; load-balancing "sticky"; sticky { secret-file "${folder.of('secret')}"; cookie-name "where" } }
       upstream "v" { target "${upstream.address}" }
     }`,
  );
  await using client = await worker.open();
  client.send(handshake('/chat'));
  const head = await client.sees('\r\n\r\n');
  assert.match(head, /^HTTP\/1\.1 101 [\s\S]*\r\nSet-Cookie: [\s\S]*\r\nSet-Cookie: where=/);
});

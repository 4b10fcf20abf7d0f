// Which requests to switch protocols are passed on, and how; which are refused; which go on as ordinary ones.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerEach, requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { headerOf, statusOf } from '../../support/proxy.ts';
import { handshake, sampleKey } from '../../support/websocket.ts';
import { TestWorker } from '../../support/worker.ts';

const route = 'websocket #true; upgrade "tcp" "Chat/2"';

/** Sent through a route that allows `websocket`, `tcp` and `chat/2`: what the client got, and what the upstream. */
async function through(bytes: string, inRoute = route) {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { route: inRoute });
  const answer = await worker.request(bytes);
  const line = answer === '' ? undefined : (await worker.lines(1))[0];
  return { answer, status: statusOf(answer), line, requests: requestsIn(upstream.bytes) };
}

const asking = (upgrade: string, more = '', method = 'GET'): string =>
  `${method} / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n${upgrade}${more}\r\n`;

const webSocketLines = `Sec-WebSocket-Key: ${sampleKey}\r\nSec-WebSocket-Version: 13\r\n`;

test('what is asked for and allowed is forwarded, once, in words of our own, and nothing else', async () => {
  const rows = [
    ['Upgrade: websocket\r\n', 'websocket'],
    ['Upgrade: WebSocket, h2c\r\n', 'websocket'],
    ['Upgrade: h2c\r\nUpgrade: websocket,websocket\r\n', 'websocket'],
    ['Upgrade:\r\nUpgrade: , tcp ,,\r\n', 'tcp'],
    ['Upgrade: chat/2, chat/1, TCP\r\n', 'chat/2, tcp'],
  ] as const;
  for (const [upgrade, wanted] of rows) {
    const { requests, status } = await through(asking(upgrade, webSocketLines));
    assert.equal(status, 200, 'a server need not switch');
    const head = requests[0]?.head ?? '';
    assert.deepEqual([...head.matchAll(/^(?:upgrade|connection):.*$/gim)].map(String), [
      'Connection: upgrade',
      `Upgrade: ${wanted}`,
    ]);
    assert.equal(headerOf(head, 'Sec-WebSocket-Key'), sampleKey);
  }
});

test('what was not asked for so that it holds for this connection goes on as an ordinary request', async () => {
  const rows: readonly (readonly [string, string, string?])[] = [
    ['a protocol that the route does not allow', asking('Upgrade: h2c\r\n', 'HTTP2-Settings: AAM\r\n')],
    ['another version of one', asking('Upgrade: chat/1\r\n')],
    ['none at all', asking('Upgrade: \r\n')],
    ['Connection does not name it', handshake().replace('Connection: Upgrade', 'Connection: keep-alive')],
    ['no Connection', handshake().replace('Connection: Upgrade\r\n', '')],
    ['HTTP/1.0', handshake().replace('HTTP/1.1', 'HTTP/1.0')],
    ['a route that allows none', handshake(), ''],
    ['a route that allows others', handshake(), 'upgrade "tcp"'],
  ];
  for (const [title, bytes, inRoute] of rows) {
    const { requests, status, answer } = await through(bytes, inRoute);
    assert.deepEqual([status, requests.length], [200, 1], title);
    assert.doesNotMatch(requests[0]?.head ?? '', /^(?:upgrade|connection|http2-settings):/im, title);
    assert.equal(headerOf(answer, 'Connection'), title === 'HTTP/1.0' ? 'close' : undefined, `${title}: kept as usual`);
  }
});

test('a body is no reason to refuse where nothing can be switched', async () => {
  const post = asking('Upgrade: h2c\r\n', 'Content-Length: 2\r\n', 'POST');
  const { requests, status } = await through(`${post}ok`);
  assert.deepEqual([status, requests[0]?.body], [200, 'ok']);
});

test('a request that would switch is held to every letter', async () => {
  const key = (value: string) => handshake().replace(sampleKey, value);
  const rows = [
    ['Upgrade is no list of tokens', asking('Upgrade: web socket\r\n')],
    ['nor with quotes', asking('Upgrade: "websocket"\r\n')],
    ['an allowed one beside a malformed one', asking('Upgrade: tcp\r\nUpgrade: a/b/c\r\n')],
    ['a body with a length', `${asking('Upgrade: tcp\r\n', 'Content-Length: 5\r\n', 'POST')}GET /`],
    ['a body in chunks', `${asking('Upgrade: tcp\r\n', 'Transfer-Encoding: chunked\r\n', 'POST')}0\r\n\r\n`],
    ['WebSocket with a body', `${handshake('/', 'Content-Length: 5\r\n')}GET /`],
    ['WebSocket by POST', handshake().replace('GET', 'POST')],
    ['no key', handshake().replace(/Sec-WebSocket-Key.*\r\n/, '')],
    ['two keys', handshake('/', `Sec-WebSocket-Key: ${sampleKey}\r\n`)],
    ['an empty key', key('')],
    ['a short key', key('dGhlIHNhbXBsZQ==')],
    ['a long key', key(`AAAA${sampleKey}`)],
    ['a key that is not base64', key('dGhlIHNhbXBsZSBub25jZ-==')],
    ['a key without its end', key('dGhlIHNhbXBsZSBub25jZQ')],
    ['two versions', handshake('/', 'Sec-WebSocket-Version: 8\r\n')],
  ] as const;
  for (const [title, bytes] of rows) {
    const { answer, status, line, requests } = await through(bytes);
    assert.deepEqual([status, line?.refusal], [400, 'upgrade-malformed'], title);
    assert.equal(headerOf(answer, 'Connection'), 'close', title);
    assert.equal(requests.length, 0, title);
  }
});

test('another version of WebSocket is told which one it must be', async () => {
  for (const version of ['Sec-WebSocket-Version: 8\r\n', 'Sec-WebSocket-Version: 013\r\n', '']) {
    const { answer, line, requests } = await through(handshake().replace(/Sec-WebSocket-Version.*\r\n/, version));
    assert.match(answer, /^HTTP\/1\.1 426 Upgrade Required\r\n/);
    assert.equal(headerOf(answer, 'Sec-WebSocket-Version'), '13');
    assert.equal(headerOf(answer, 'Upgrade'), 'websocket');
    assert.deepEqual([line?.refusal, requests.length], ['upgrade-version', 0]);
  }
});

test('a handshake may go out on a connection that had rested, and is replaced like any other', async () => {
  let count = 0;
  await using upstream = await Upstream.start(({ socket }) => {
    count += 1;
    if (count === 2) socket.destroy();
    return count === 2 ? undefined : 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
  });
  await using worker = await TestWorker.forwarding(upstream, { route });
  await worker.request('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal(statusOf(await worker.request(handshake())), 200);
  assert.deepEqual([upstream.connections.length, (await worker.lines(2))[1]?.reused], [2, false]);
});

test('poison behind a handshake that is not answered with 101 is never a request and never the upstream', async () => {
  const poison = 'GET /poison HTTP/1.1\r\nHost: a\r\n\r\n';
  for (const reply of [
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ]) {
    await using upstream = await Upstream.start(answerEach(reply));
    await using worker = await TestWorker.forwarding(upstream, { route });
    const answer = await worker.request(handshake() + poison.repeat(2));
    assert.match(answer, /Connection: close\r\n/);
    assert.equal(answer.split(/HTTP\/1\.1 [2-5]/).length, 2, 'one final reply');
    assert.doesNotMatch(upstream.bytes, /poison/);
    await worker.request('GET /after HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.deepEqual(
      (await worker.lines(2)).map(({ path }) => path),
      ['/', '/after'],
    );
  }
});

test('behind one that the route does not allow, what follows is the next request, asked and logged like any', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  await worker.request(`${handshake()}GET /next HTTP/1.1\r\nHost: a\r\n\r\n`);
  assert.deepEqual(
    (await worker.lines(2)).map(({ path, status }) => [path, status]),
    [
      ['/', 200],
      ['/next', 200],
    ],
  );
});

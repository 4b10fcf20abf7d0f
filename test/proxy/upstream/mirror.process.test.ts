// Copies of requests: they arrive whole and marked, only so many and so long; and whatever the one who gets them does, the
// original is answered as ever. Each outcome is counted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerEach, type Behaviour, requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { statusOf, until } from '../../support/proxy.ts';
import { handshake, switched } from '../../support/websocket.ts';
import { TestWorker } from '../../support/worker.ts';

const get = (path = '/', more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;
const post = (body: string): string => `POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const chunked = (body: string): string =>
  `POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

interface Mirrored extends AsyncDisposable {
  readonly worker: TestWorker;
  readonly main: Upstream;
  readonly shadow: Upstream;
  outcomes(): Record<string, number>;
}

async function mirrored(
  keys = '',
  behaviour: Behaviour = answerEach(),
  inShadow = '',
  inRoute = '',
): Promise<Mirrored> {
  const main = await Upstream.start();
  const shadow = await Upstream.start(behaviour);
  const worker = await TestWorker.start(
    `listeners { listener "http" { address "127.0.0.1:0" } }
     routes { route "site" { upstream "u"; mirror { upstream "shadow"; ${keys} }; ${inRoute} } }
     upstreams { upstream "u" { target "${main.address}" }; upstream "shadow" { target "${shadow.address}"; ${inShadow} } }`,
  );
  return {
    worker,
    main,
    shadow,
    outcomes: () => Object.fromEntries(worker.worker.routes.get('site')?.mirror?.outcomes ?? []),
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await main[Symbol.asyncDispose]();
      await shadow[Symbol.asyncDispose]();
    },
  };
}

const settled = (one: Mirrored, wanted: Record<string, number>) =>
  until(
    () => JSON.stringify(one.outcomes()) === JSON.stringify(wanted),
    () => `wanted ${JSON.stringify(wanted)}, is ${JSON.stringify(one.outcomes())}`,
  );

test('a copy is the request as the upstream got it, with a mark; its reply goes nowhere', async () => {
  await using one = await mirrored('', answerEach('HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\nevil'));
  assert.match(await one.worker.request(get('/a?b=c', 'X-Own: 1\r\n')), /^HTTP\/1\.1 200 [\s\S]*ok$/);
  await settled(one, { answered: 1 });
  assert.equal(one.shadow.bytes.replace('X-Mirrored: 1\r\n', ''), one.main.bytes);
  assert.match(one.shadow.bytes, /X-Own: 1/);
  const [line] = await one.worker.lines(1);
  assert.deepEqual([line?.upstream, line?.target], ['u', one.main.address]);
});

test('bodies come along, in length and in chunks; connections are used again', async () => {
  await using one = await mirrored();
  for (const [index, request] of [post('hello'), chunked('hello again'), get()].entries()) {
    assert.equal(statusOf(await one.worker.request(request)), 200);
    await settled(one, { answered: index + 1 });
  }
  const seen = requestsIn(one.shadow.bytes);
  assert.deepEqual(
    seen.map(({ body }) => body),
    ['hello', 'b\r\nhello again\r\n0\r\n\r\n', ''],
  );
  assert.equal(one.shadow.connections.length, 1);
});

test('a body over the bound is not copied, declared or not', async () => {
  await using one = await mirrored('max-body-size 10');
  assert.equal(statusOf(await one.worker.request(post('12345678901'))), 200);
  assert.equal(statusOf(await one.worker.request(chunked('x'.repeat(50)))), 200);
  assert.equal(statusOf(await one.worker.request(post('1234567890'))), 200);
  await settled(one, { 'too-large': 2, answered: 1 });
  assert.equal(requestsIn(one.shadow.bytes).length, 1);
});

test('one who never answers holds no original, and only so many copies', async () => {
  await using one = await mirrored('max-in-flight 2', () => undefined);
  for (let count = 0; count < 5; count += 1) assert.match(await one.worker.request(get()), /ok$/);
  await settled(one, { 'too-many': 3 });
  assert.equal(one.worker.worker.upstreams.get('shadow')?.targets[0]?.active, 2);
});

test('late, refused, malformed, cut: counted, never seen by the client', async () => {
  await using slow = await mirrored('', () => undefined, 'timeouts { response-headers-ms 50 }');
  assert.match(await slow.worker.request(get()), /ok$/);
  await settled(slow, { late: 1 });
  for (const reply of ['HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'HTTP/1.1 101 Switching Protocols\r\n\r\n']) {
    await using bad = await mirrored('', answerEach(reply));
    assert.match(await bad.worker.request(get()), /ok$/);
    await settled(bad, { failed: 1 });
  }
  await using rude = await mirrored('', ({ socket }) => {
    socket.destroy();
    return undefined;
  });
  assert.match(await rude.worker.request(get()), /ok$/);
  await settled(rude, { failed: 1 });
  assert.equal(rude.worker.worker.upstreams.get('shadow')?.targets[0]?.active, 0);
});

test('an original that never becomes whole has no copy', async () => {
  await using one = await mirrored();
  await using client = await one.worker.open();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345');
  await until(
    () => one.main.bytes.endsWith('12345'),
    () => 'the original is not on its way',
  );
  client.socket.resetAndDestroy();
  await settled(one, { incomplete: 1 });
  assert.equal(one.shadow.connections.length, 0);
});

test('a long reply is read to a bound and then cut', async () => {
  const endless = Buffer.alloc(64 * 1024, 'x');
  await using one = await mirrored('', ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const pour = () => {
      while (!socket.destroyed && socket.write(endless));
    };
    socket.on('drain', pour);
    pour();
    return undefined;
  });
  assert.match(await one.worker.request(get()), /ok$/);
  await settled(one, { answered: 1 });
  await until(
    () => one.shadow.openCount === 0,
    () => 'it is still read',
  );
});

test('a request that is sent again to the upstream is copied once', async () => {
  const onceOnly: Behaviour = ({ bytes, socket }) => {
    if (requestsIn(bytes).length <= 1) return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    socket.destroy();
    return undefined;
  };
  await using one = await mirrored();
  one.main.become(onceOnly);
  assert.equal((await one.worker.request(get('/1') + get('/2'))).split('200 OK').length, 3);
  assert.equal(requestsIn(one.main.bytes).length, 3, 'the second went out twice');
  await settled(one, { answered: 2 });
});

test('a request that is tried again, as the route says, is copied once', async () => {
  await using one = await mirrored('', answerEach(), '', 'retry-policy { max-attempts 3; backoff-ms 0; on "503" }');
  one.main.become(answerEach('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'));
  assert.equal(statusOf(await one.worker.request(get())), 503);
  assert.equal(requestsIn(one.main.bytes).length, 3);
  await settled(one, { answered: 1 });
  assert.equal(requestsIn(one.shadow.bytes).length, 1);
});

test('a request to switch protocols is not copied', async () => {
  await using one = await mirrored('', answerEach(), '', 'websocket #true');
  one.main.become(() => switched());
  await using client = await one.worker.open();
  client.send(handshake('/chat'));
  await client.sees((received) => received.includes(' 101 '));
  one.main.become(answerEach());
  assert.equal(statusOf(await one.worker.request(get('/plain'))), 200);
  await settled(one, { answered: 1 });
  assert.deepEqual(
    requestsIn(one.shadow.bytes).map(({ head }) => head.split(' ')[1]),
    ['/plain'],
  );
});

test('copies tell the breaker of the second upstream how they went', async () => {
  const bad = answerEach('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n');
  await using one = await mirrored('', bad, 'circuit-breaker { failure-threshold 2 }');
  for (const wanted of [{ answered: 1 }, { answered: 2 }, { answered: 2, failed: 1 }]) {
    assert.equal(statusOf(await one.worker.request(get())), 200);
    await settled(one, wanted);
  }
  assert.equal(requestsIn(one.shadow.bytes).length, 2);
  await using resets = await mirrored(
    '',
    ({ socket }) => void socket.resetAndDestroy(),
    'circuit-breaker { failure-threshold 2 }',
  );
  for (const failed of [1, 2, 3]) {
    assert.equal(statusOf(await resets.worker.request(get())), 200);
    await settled(resets, { failed });
  }
  assert.equal(resets.shadow.connections.length, 2);
});

// The trunk from end to end: what the upstream receives and the client gets. Real sockets, bytes in and bytes out. That
// nothing malformed gets through in either direction is in corpus.process.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerEach, requestsIn, Upstream } from '../fixtures/upstream.ts';
import { type RawClient, statusOf, until } from '../support/proxy.ts';
import { TestWorker } from '../support/worker.ts';

const get = (path = '/', more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;

test("a request is written anew: hop-by-hop headers and the client's words about itself stay behind", async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  const more = [
    'Accept:   text/html  ',
    'X-Empty:',
    'Connection: keep-alive, X-Mine',
    'X-Mine: 1',
    'Keep-Alive: 5',
    'TE: trailers',
    'Upgrade: websocket',
    'Proxy-Connection: keep-alive',
    'X-Forwarded-For: 192.0.2.1',
    'X_Forwarded_For: 192.0.2.2',
    'Forwarded: for=192.0.2.3',
    'X-Real-IP: 192.0.2.4',
    'X-Request-Id: mine',
    'Via: 1.1 other',
    'Proxy: http://evil',
    'Cookie: a=b',
  ].join('\r\n');
  await worker.request(get('/a/../b?c=%7e', `${more}\r\n`));
  const [line] = await worker.lines(1);
  const wanted = [
    'GET /a/../b?c=%7e HTTP/1.1',
    'Host: a.example',
    'Accept: text/html',
    'X-Empty: ',
    'Via: 1.1 other',
    'Cookie: a=b',
    'X-Forwarded-For: 127.0.0.1',
    'X-Real-IP: 127.0.0.1',
    'X-Forwarded-Proto: http',
    `X-Forwarded-Port: ${worker.port}`,
    'X-Forwarded-Host: a.example',
    `X-Request-Id: ${line?.request_id}`,
    'Via: 1.1 sentinel-stack',
    `traceparent: 00-${line?.request_id}-${line?.request_id.slice(0, 16)}-01`,
    '\r\n',
  ].join('\r\n');
  assert.equal(upstream.bytes, wanted);
});

test('absolute-form becomes origin-form, HTTP/1.0 gets a Host', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  await worker.request('GET http://A.example?q HTTP/1.1\r\nHost: a.example\r\n\r\n');
  const old = await worker.request('GET /old HTTP/1.0\r\n\r\n');
  const [first, second] = requestsIn(upstream.bytes);
  assert.match(first?.head ?? '', /^GET \/\?q HTTP\/1\.1\r\nHost: A\.example\r\n/);
  assert.match(second?.head ?? '', new RegExp(`^GET /old HTTP/1\\.1\\r\\nHost: ${upstream.address}\\r\\n`));
  assert.match(old, /Connection: close/);
});

test('pipelined requests are answered in order, bodies in step', async () => {
  await using upstream = await Upstream.start(async (received) => {
    const requests = requestsIn(received.bytes);
    const last = requests.at(-1);
    if (last === undefined) return undefined;
    received.bytes = '';
    const body = `${last.head.split(' ')[1]}=${last.body.replaceAll('\r\n', '|')}`;
    return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  });
  await using worker = await TestWorker.forwarding(upstream);
  const post = 'POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc';
  const chunked =
    'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nde\r\n1\r\nf\r\n0\r\nX-T: 1\r\n\r\n';
  const all = get('/1') + post + chunked + get('/2');
  const bodies = (answer: string) => answer.split(/HTTP\/1\.1 200 OK[\s\S]*?\r\n\r\n/).slice(1);
  const wanted = ['/1=', '/p=abc', '/c=2|de|1|f|0|X-T: 1||', '/2='];
  assert.deepEqual(bodies(await worker.request(all)), wanted);
  await using client = await worker.open();
  for (const byte of all) {
    client.send(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await client.sees(/\/2=$/);
  assert.equal(bodies(client.received).length, 4);
});

test('Expect: 100-continue is granted when somebody reads; anything else expected is refused', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  await using client = await worker.open();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n');
  await client.sees('HTTP/1.1 100 Continue\r\n\r\n');
  client.send('ok');
  await client.sees('HTTP/1.1 200 OK');
  assert.doesNotMatch(upstream.bytes, /expect/i);
  assert.equal(statusOf(await worker.request(get('/', 'Expect: a-pony\r\n'))), 417);
});

test('every exchange has one line: refused, aborted, timed out, answered', async () => {
  await using upstream = await Upstream.start(() => undefined);
  await using worker = await TestWorker.forwarding(upstream);
  await using client = await worker.open();
  client.send(get('/aborted'));
  await until(
    () => upstream.bytes !== '',
    () => 'nothing arrives',
  );
  client.socket.resetAndDestroy();
  const [aborted] = await worker.lines(1);
  assert.deepEqual([aborted?.status, aborted?.error, aborted?.path], [499, 'client-closed', '/aborted']);
  await until(
    () => upstream.openCount === 0,
    () => 'the upstream of an aborted exchange is kept',
  );
  upstream.become(answerEach());
  await worker.request(get('/answered'));
  await worker.request('nonsense\r\n\r\n');
  assert.deepEqual(
    (await worker.lines(3)).map(({ status }) => status),
    [499, 200, 400],
  );
  assert.equal(worker.worker.metrics.exchangesInFlight, 0);
  assert.deepEqual(worker.logged, []);
});

test('a client that ends its side after the request still gets the answer', async () => {
  await using upstream = await Upstream.start(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate';
  });
  await using worker = await TestWorker.forwarding(upstream);
  assert.match(await worker.request(get()), /late$/);
});

test('a mistake of ours costs one exchange and is logged with its stack', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  const { routeTable } = worker.worker;
  const match = routeTable.match.bind(routeTable);
  routeTable.match = () => {
    throw new Error('a planted mistake');
  };
  await using client: RawClient = await worker.open();
  client.send(get());
  assert.equal(statusOf(await client.ends()), 500);
  assert.match(worker.logged.join(''), /internal-error.*|a planted mistake/);
  routeTable.match = match;
  assert.equal(statusOf(await worker.request(get())), 200);
});

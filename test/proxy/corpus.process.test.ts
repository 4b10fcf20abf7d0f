// The corpora against a running worker with an upstream that records: nothing malformed goes on in either direction, what
// stood before it on the connection is answered and what stands behind it is not; and what is right is forwarded exactly.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOfFault, type Fault } from '../../proxy/http1/faults.ts';
import { refusals } from '../../proxy/reply/refusals.ts';
import { type Received, requestsIn, type SeenRequest, Upstream } from '../fixtures/upstream.ts';
import { statusOf, until } from '../support/proxy.ts';
import { TestWorker } from '../support/worker.ts';
import { malformedRequests } from './http1/malformed.ts';
import { malformedReplies } from './http1/malformed-replies.ts';
import { type Forwarded, unusualReplies, unusualRequests } from './http1/unusual.ts';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`;
const okReply = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** An upstream that answers every whole request and keeps it; what is left of a connection is no whole request. */
async function startRecorder(seen: SeenRequest[]): Promise<Upstream> {
  return await Upstream.start((received: Received) => {
    const whole = requestsIn(received.bytes);
    received.bytes = received.bytes.slice(whole.reduce((sum, { head, body }) => sum + head.length + body.length, 0));
    seen.push(...whole);
    return whole.length === 0 ? undefined : okReply.repeat(whole.length);
  });
}

/** Paths that cannot be decoded without doubt: found behind the parser, refused like the rest. */
const doubtfulPaths: ReadonlyArray<readonly [path: string, fault: Fault]> = [
  ['/..', 'path-above-root'],
  ['/a/../../b', 'path-above-root'],
  ['/%2e%2E/', 'path-above-root'],
  ['/./..', 'path-above-root'],
  ['/%', 'bad-path'],
  ['/%a', 'bad-path'],
  ['/%zz', 'bad-path'],
  ['/a\\b', 'bad-path'],
  ['/%5c', 'bad-path'],
  ['/%00', 'bad-path'],
  ['/..;/a', 'bad-path'],
  ['/a/%2e.;x/b', 'bad-path'],
  ['/.%3b/a', 'bad-path'],
];

/** A request that is right as far as it goes, and the poison that its end leaves behind. */
const poison: ReadonlyArray<readonly [bytes: string, fault: Fault, why: string]> = [
  ['POST /good HTTP/1.1\r\nHost: a.example\r\n\r\nhello=world', 'bad-method', 'a body that nothing declared'],
  ['POST /good HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\nhello', 'bad-method', 'more body than declared'],
  [
    'POST /good HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\nhello',
    'bad-method',
    'one byte more than declared',
  ],
  [
    'POST /good HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\r\n\r\n',
    'empty-request',
    'two empty lines behind the last chunk',
  ],
  [
    'POST /good HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n0\r\n\r\n',
    'bad-method',
    'a second last chunk',
  ],
  [
    'GET /good HTTP/1.1\r\nHost: a.example\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\x00\x05hello',
    'bad-method',
    'the other protocol without waiting for 101',
  ],
  [
    'GET /good HTTP/1.1\r\nHost: a.example\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'bad-version',
    'HTTP/2 without waiting for 101',
  ],
  ['HEAD /good HTTP/1.1\r\nHost: a.example\r\n\r\n\nGET / HTTP/1.1\r\n', 'bare-line-feed', 'LF between two requests'],
];

test('a malformed request is refused, what stood before it is answered, what stands behind it is not', async () => {
  const seen: SeenRequest[] = [];
  await using upstream = await startRecorder(seen);
  await using worker = await TestWorker.forwarding(upstream);
  const rows = [
    ...malformedRequests.map(([bytes, fault, why]) => [get('/good') + bytes, fault, why] as const),
    ...doubtfulPaths.map(([path, fault]) => [get('/good') + get(path), fault, path] as const),
    ...poison,
  ];
  const refuse = async ([bytes, fault, why]: (typeof rows)[number]) => {
    await using client = await worker.open();
    client.send(bytes + get('/behind'));
    const answers = (await client.ends()).split(/(?=HTTP\/1\.1 \d)/);
    const wanted = [200, refusals[codeOfFault(fault)][0]];
    assert.deepEqual(answers.map(statusOf), wanted, `${why}: ${JSON.stringify(answers)}`);
    assert.match(answers[1] ?? '', /\r\nConnection: close\r\n/, why);
  };
  const atOnce = 40; // well below the connections that one client may have
  for (let at = 0; at < rows.length; at += atOnce) await Promise.all(rows.slice(at, at + atOnce).map(refuse));
  const lines = await worker.lines(2 * rows.length);
  const errors = lines.flatMap(({ error }) => (error === undefined ? [] : [error]));
  assert.deepEqual(errors.toSorted(), rows.map(([, fault]) => fault).toSorted());
  assert.equal(seen.length, rows.length);
  for (const { head } of seen) assert.match(head, /^(?:GET|POST|HEAD) \/good HTTP\/1\.1\r\n/);
  for (const { bytes } of upstream.connections) assert.equal(bytes, '', 'a part of a malformed request');
});

test('of the malformed replies none is passed on', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  for (const [bytes, , why] of malformedReplies) {
    upstream.become(() => bytes);
    const answer = await worker.request(get('/'));
    assert.equal(statusOf(answer), 502, `${why}: ${JSON.stringify(answer)}`);
    assert.doesNotMatch(answer, /hello/, why);
  }
  const lines = await worker.lines(malformedReplies.length);
  assert.deepEqual(new Set(lines.map(({ refusal }) => refusal)), new Set(['upstream-bad-reply']));
  await until(
    () => upstream.openCount === 0,
    () => 'a connection that sent nonsense is kept',
  );
});

/** What the proxy says of its own to the upstream, in its order; id, trace and port differ each time. */
function ownLines(host: string, isOld: boolean): string {
  const forwardedHost = host === '' ? '' : `X-Forwarded-Host: ${host}\r\n`;
  const via = `Via: ${isOld ? '1.0' : '1.1'} sentinel-stack\r\n`;
  return `X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: -\r\n${forwardedHost}X-Request-Id: -\r\n${via}traceparent: -\r\n`;
}

const changing = /(?<=\r\n(?:X-Request-Id|X-Forwarded-Port|traceparent): )[0-9a-f-]+/g;

function written(forwarded: Forwarded, address: string): string {
  const { line, host = 'a.example', passes = '', framing = '', body = '', isOld = false } = forwarded;
  return `${line}\r\nHost: ${host === '' ? address : host}\r\n${passes}${ownLines(host, isOld)}${framing}\r\n${body}`;
}

test('what is unusual but right is forwarded, byte for byte', async () => {
  assert(unusualRequests.length + unusualReplies.length >= 100);
  const seen: SeenRequest[] = [];
  await using upstream = await startRecorder(seen);
  await using worker = await TestWorker.forwarding(upstream);
  for (const [bytes, wanted, why] of unusualRequests) {
    seen.length = 0;
    const answer = await worker.request(bytes);
    const received = seen.map(({ head, body }) => head.replace(changing, '-') + body);
    const whole = wanted.map((one) => written(one, upstream.address));
    assert.deepEqual(received, whole, why);
    assert.equal(answer.match(/HTTP\/1\.1 200/g)?.length, wanted.length, `${why}: ${answer}`);
  }
});

test('a reply that is unusual but right is passed on, byte for byte', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  for (const { bytes, ends = false, method = 'GET', isOld = false, wanted, why } of unusualReplies) {
    upstream.become(({ socket }) => {
      if (ends) socket.end(Buffer.from(bytes, 'latin1'));
      return ends ? undefined : bytes;
    });
    const answer = await worker.request(`${method} / HTTP/1.${isOld ? 0 : 1}\r\nHost: a.example\r\n\r\n`);
    assert.equal(answer, wanted, why);
  }
});

// A request put to an agent, over real sockets: what reaches the upstream and the client, and when.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentEvent } from '#protocol/message';
import { requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { statusOf, until } from '../../support/proxy.ts';
import { type Answer, asking, blocked, get, post } from './agent-server.ts';

const body = '"request-body"';

function says(event: AgentEvent, word: string): boolean {
  return (
    (event.type === 'request_body_chunk' || event.type === 'response_body_chunk') &&
    Buffer.from(event.data).includes(word)
  );
}

test('nothing of a body reaches the upstream before the verdict, and then all of it does', async () => {
  await using upstream = await Upstream.start();
  const verdict = Promise.withResolvers<object>();
  await using all = await asking(upstream, ({ type }) => (type === 'request_body_chunk' ? verdict.promise : {}), {
    events: body,
  });
  await using client = await all.worker.open();
  client.send(post('one two three'));
  await until(
    () => all.server.ofType('request_body_chunk').length === 1,
    () => 'the agent is asked',
  );
  assert.equal(upstream.bytes, '');
  const [event] = all.server.ofType('request_body_chunk');
  assert.deepEqual(
    [Buffer.from(event?.data ?? []).toString(), event?.isLast, event?.totalSize, event?.bytesReceived],
    ['one two three', true, 13, 13],
  );
  verdict.resolve({});
  assert.equal(statusOf(await client.sees('ok')), 200);
  const [seen] = requestsIn(upstream.bytes);
  assert.equal(seen?.body, 'one two three');
  assert.match(seen?.head ?? '', /Content-Length: 13/);
  assert.equal(all.worker.worker.inspectionMemory.bytesHeld, 0);
});

test('a body that is refused never reaches the upstream; the connection goes on', async () => {
  await using upstream = await Upstream.start();
  await using all = await asking(upstream, (event) => (says(event, 'attack') ? blocked() : {}), { events: body });
  const answer = await all.worker.request(`${post('an attack')}${post('fine')}`);
  assert.deepEqual(
    [...answer.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status),
    ['403', '200'],
  );
  assert.deepEqual(
    requestsIn(upstream.bytes).map((one) => one.body),
    ['fine'],
  );
  const [line] = await all.worker.lines(2);
  assert.deepEqual([line?.refusal, line?.error], ['agent-blocked', 'agent a: seen (r-1)']);
});

test('chunked bodies are held and sent on chunked, with their trailers', async () => {
  await using upstream = await Upstream.start();
  await using all = await asking(upstream, () => ({}), { events: body });
  const chunked =
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Sum: 7\r\n\r\n';
  assert.equal(statusOf(await all.worker.request(chunked)), 200);
  assert.match(upstream.bytes, /\r\n\r\n7\r\nabcdefg\r\n0\r\nX-Sum: 7\r\n\r\n$/);
});

test('a client that waits for permission gets it, since the body is read for the agent', async () => {
  await using upstream = await Upstream.start();
  await using all = await asking(upstream, () => ({}), { events: body });
  await using client = await all.worker.open();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
  await client.sees('100 Continue');
  client.send('hi');
  await client.sees('200 OK');
});

test('a body may be replaced, and its length follows', async () => {
  await using upstream = await Upstream.start();
  const data = Buffer.from('something longer');
  await using all = await asking(
    upstream,
    ({ type }) => (type === 'request_body_chunk' ? { requestBody: { data, chunkIndex: 0 } } : {}),
    { events: body },
  );
  await all.worker.request(post('short'));
  const [seen] = requestsIn(upstream.bytes);
  assert.equal(seen?.body, 'something longer');
  assert.match(seen?.head ?? '', /Content-Length: 16\r/);
  assert.equal(all.worker.worker.inspectionMemory.bytesHeld, 0);
});

for (const encoding of ['json', 'msgpack'] as const) {
  test(`bodies and headers are the same in another encoding: ${encoding}`, async () => {
    await using upstream = await Upstream.start();
    const answer = (event: AgentEvent): Answer =>
      event.type === 'request_headers' ? { requestHeaders: [{ op: 'set', name: 'X-Seen', value: event.uri }] } : {};
    await using all = await asking(upstream, answer, { events: `"request-headers" ${body}`, encoding });
    await all.worker.request(post('\u0000ÿ bytes'));
    const [event] = all.server.ofType('request_body_chunk');
    assert.equal(
      Buffer.from(event?.data ?? []).toString('latin1'),
      Buffer.from('\u0000ÿ bytes', 'latin1').toString('latin1'),
    );
    assert.match(upstream.bytes, /X-Seen: \//);
  });
}

test('who needs more is asked about the body, even where there is none', async () => {
  await using upstream = await Upstream.start();
  const answer = (event: AgentEvent): Answer => (event.type === 'request_headers' ? { needsMore: true } : blocked(409));
  await using all = await asking(upstream, answer, {});
  assert.equal(statusOf(await all.worker.request(get())), 409);
  assert.equal(statusOf(await all.worker.request(post('x'))), 409);
  assert.deepEqual(
    all.server.ofType('request_body_chunk').map(({ data }) => data.length),
    [0, 1],
  );
  assert.equal(upstream.bytes, '');
});

test('whoever waits for a verdict when the client leaves costs nothing: the call is given up', async () => {
  await using upstream = await Upstream.start();
  await using all = await asking(upstream, () => undefined, { events: body });
  const client = await all.worker.open();
  client.send(post('abc'));
  await until(
    () => all.server.seen.length === 1,
    () => 'asked',
  );
  client.socket.resetAndDestroy();
  const agent = all.worker.worker.agents.all.get('a');
  await until(
    () => agent?.metrics.of('request-body').results.get('cancelled') === 1,
    () => 'given up',
  );
  assert.equal(all.worker.worker.inspectionMemory.bytesHeld, 0);
  const [line] = await all.worker.lines(1);
  assert.equal(line?.status, 499);
});

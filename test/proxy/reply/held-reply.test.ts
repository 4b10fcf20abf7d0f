// The body of a reply put to an agent, over real sockets: held whole, or piece by piece.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentEvent } from '#protocol/message';
import { answerEach, Upstream } from '../../fixtures/upstream.ts';
import { bodyOf, headerOf, statusOf } from '../../support/proxy.ts';
import { asking, blocked, get } from '../agents/agent-server.ts';

const replies = '"response-body"';

function says(event: AgentEvent, word: string): boolean {
  return (
    (event.type === 'request_body_chunk' || event.type === 'response_body_chunk') &&
    Buffer.from(event.data).includes(word)
  );
}

test('the body of a reply is held whole, can be changed, and comes uncompressed', async () => {
  await using upstream = await Upstream.start(
    answerEach('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world'),
  );
  const data = Buffer.from('hello you');
  await using all = await asking(
    upstream,
    (event) => (event.type === 'response_body_chunk' ? { responseBody: { data, chunkIndex: 0 } } : {}),
    { events: replies },
  );
  const reply = await all.worker.request(get('/', 'Accept-Encoding: gzip\r\n'));
  assert.deepEqual([headerOf(reply, 'Content-Length'), bodyOf(reply)], ['9', 'hello you']);
  assert.match(upstream.bytes, /Accept-Encoding: identity\r\n/);
  assert(!upstream.bytes.includes('gzip'));
  const [event] = all.server.ofType('response_body_chunk');
  assert.deepEqual([Buffer.from(event?.data ?? []).toString(), event?.isLast], ['hello world', true]);
});

test('a reply that ends with its connection, one in chunks and one without a body are told apart', async () => {
  const kinds = [
    'HTTP/1.1 200 OK\r\n\r\nuntil the end',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
  ];
  let turn = 0;
  await using upstream = await Upstream.start(({ socket }) => {
    const kind = kinds[turn] ?? '';
    turn += 1;
    if (turn === 1) socket.end(kind);
    return turn === 1 ? undefined : kind;
  });
  await using all = await asking(upstream, () => ({}), { events: replies });
  assert.match(bodyOf(await all.worker.request(get('/1'))), /until the end/);
  assert.match(bodyOf(await all.worker.request(get('/2'))), /^6\r\nonetwo\r\n0\r\n\r\n$/);
  assert.equal(statusOf(await all.worker.request(get('/3'))), 204);
  assert.equal(all.server.ofType('response_body_chunk').length, 2);
  assert.equal(all.worker.worker.inspectionMemory.bytesHeld, 0);
});

test('a reply that is refused for its body never begins', async () => {
  await using upstream = await Upstream.start(answerEach('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret'));
  await using all = await asking(upstream, (event) => (says(event, 'secret') ? blocked(502) : {}), { events: replies });
  const reply = await all.worker.request(get());
  assert.equal(statusOf(reply), 502);
  assert(!reply.includes('secret'));
});

test('stream: a reply goes out piece by piece, and is cut where a piece is refused', async () => {
  const more = Promise.withResolvers<void>();
  await using upstream = await Upstream.start(async ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst');
    await more.promise;
    return 'stop';
  });
  await using all = await asking(upstream, (event) => (says(event, 'stop') ? blocked() : {}), {
    events: replies,
    agent: 'body-handling { mode "stream" }',
  });
  await using client = await all.worker.open();
  client.send(get());
  await client.sees('5\r\nfirst\r\n');
  more.resolve();
  const received = await client.ends();
  assert(!received.includes('stop') && !received.includes('0\r\n\r\n'));
});

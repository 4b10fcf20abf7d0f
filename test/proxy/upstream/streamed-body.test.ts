// A request body put to an agent piece by piece, over real sockets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentEvent } from '#protocol/message';
import { Upstream } from '../../fixtures/upstream.ts';
import { statusOf, until } from '../../support/proxy.ts';
import { type Answer, asking, blocked } from '../agents/agent-server.ts';

const body = '"request-body"';

function says(event: AgentEvent, word: string): boolean {
  return (
    (event.type === 'request_body_chunk' || event.type === 'response_body_chunk') &&
    Buffer.from(event.data).includes(word)
  );
}

test('stream: each piece waits for its own verdict, may be changed, and the rest is cut off by a refusal', async () => {
  await using upstream = await Upstream.start();
  const answer = (event: AgentEvent): Answer => {
    if (says(event, 'stop')) return blocked();
    return event.type === 'request_body_chunk' && says(event, 'two')
      ? { requestBody: { data: Buffer.from('TWO!'), chunkIndex: event.chunkIndex } }
      : {};
  };
  await using all = await asking(upstream, answer, { events: body, agent: 'body-handling { mode "stream" }' });
  await using client = await all.worker.open();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\none');
  await until(
    () => upstream.bytes.includes('3\r\none\r\n'),
    () => upstream.bytes,
  );
  client.send('two');
  await client.sees('200 OK');
  assert.match(upstream.bytes, /transfer-encoding: chunked\r\n/i);
  assert.match(upstream.bytes, /3\r\none\r\n4\r\nTWO!\r\n0\r\n\r\n$/);
  await using other = await all.worker.open();
  other.send('POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nbegi');
  await until(
    () => upstream.bytes.includes('begi'),
    () => upstream.bytes,
  );
  other.send('stop');
  assert.equal(statusOf(await other.sees(/^HTTP.*\r\n\r\n/s)), 403);
  assert(!upstream.bytes.includes('stop'));
  await until(
    () => all.worker.worker.inspectionMemory.bytesHeld === 0,
    () => 'held bytes are given back',
  );
});

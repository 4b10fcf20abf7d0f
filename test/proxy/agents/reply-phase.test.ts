// The head of a reply put to an agent, over real sockets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentEvent } from '#protocol/message';
import { answerEach, Upstream } from '../../fixtures/upstream.ts';
import { bodyOf, headerOf, statusOf } from '../../support/proxy.ts';
import { type Answer, asking, blocked, get } from './agent-server.ts';

const replies = '"response-body"';

test('the head of a reply: refused before a byte of it goes out, or changed', async () => {
  await using upstream = await Upstream.start(
    answerEach('HTTP/1.1 200 OK\r\nX-Secret: 1\r\nContent-Length: 2\r\n\r\nok'),
  );
  let isRefused = true;
  const answer = (event: AgentEvent): Answer => {
    if (event.type !== 'response_headers') return {};
    assert.deepEqual(event.headers.get('x-secret'), ['1']);
    return isRefused
      ? blocked(451)
      : {
          responseHeaders: [
            { op: 'remove', name: 'X-Secret', value: '' },
            { op: 'set', name: 'X-Checked', value: 'yes' },
          ],
        };
  };
  await using all = await asking(upstream, answer, { events: '"response-headers"' });
  assert.equal(statusOf(await all.worker.request(get())), 451);
  isRefused = false;
  const reply = await all.worker.request(get());
  assert.deepEqual(
    [statusOf(reply), headerOf(reply, 'X-Checked'), headerOf(reply, 'X-Secret'), bodyOf(reply)],
    [200, 'yes', undefined, 'ok'],
  );
});

test('event streams are never held', async () => {
  await using upstream = await Upstream.start(({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
    return undefined;
  });
  await using all = await asking(upstream, () => ({}), { events: replies });
  await using client = await all.worker.open();
  client.send(get());
  await client.sees('data: 1');
  assert.equal(all.server.seen.length, 0);
});

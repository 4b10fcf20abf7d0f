// What agents are told of a request: the facts as they are, the headers as they arrived.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upstream } from '../../fixtures/upstream.ts';
import { asking, get } from './agent-server.ts';

test('the facts of a request, and its headers byte by byte', async () => {
  await using upstream = await Upstream.start();
  await using all = await asking(upstream, () => ({}));
  await all.worker.request(get('/p?q=1', 'X-One:1\r\nx-two: \u00ff \r\nX-One: 2\r\nUser-Agent: me\r\n'));
  const [event] = all.server.ofType('request_headers');
  assert(event !== undefined);
  assert.deepEqual(
    [event.method, event.uri, event.metadata.clientIp, event.metadata.serverName],
    ['GET', '/p?q=1', '127.0.0.1', 'a.example'],
  );
  assert.deepEqual(
    [event.metadata.routeId, event.metadata.upstreamId, event.metadata.protocol],
    ['site', 'u', 'HTTP/1.1'],
  );
  assert.deepEqual(Object.fromEntries(event.headers), {
    host: ['a.example'],
    'x-one': ['1', '2'],
    'x-two': ['\u00ff'],
    'user-agent': ['me'],
  });
  const [line] = await all.worker.lines(1);
  assert.equal(event.metadata.requestId, line?.request_id);
});

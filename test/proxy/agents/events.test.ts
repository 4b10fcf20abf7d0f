// What agents are told of a request: the facts as they are, the headers as they arrived.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askingLimits } from '#config/limits';
import { RequestHeadOf } from '../../../proxy/agents/events.ts';
import { HeaderChanges } from '../../../proxy/agents/merge.ts';
import type { Exchange } from '../../../proxy/exchange.ts';
import { RequestHead } from '../../../proxy/http1/request-head.ts';
import { grammars } from '../../../proxy/http1/strictness.ts';
import { Upstream } from '../../fixtures/upstream.ts';
import { usualBounds } from '../../support/http1.ts';
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

test('of a laboratory listener: the target as it was written, and no length that does not count', () => {
  const head = new RequestHead();
  const bytes = Buffer.from(
    'POST http://a.example HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nAuthorization: Basic YQ==\r\n\r\n',
  );
  head.begin(bytes, 0);
  assert(head.read(bytes, bytes.length, { ...usualBounds, grammar: grammars['waf-lab'] }) > 0);
  const told = (basicAuth?: object) => {
    const exchange = { head, target: '/', route: { config: { basicAuth } } } as unknown as Exchange;
    return new RequestHeadOf(exchange, HeaderChanges.none);
  };
  assert.equal(told().uri, 'http://a.example');
  const names = (basicAuth?: object) => [...told(basicAuth).headers].map(([name]) => name);
  assert.deepEqual(names(), ['host', 'transfer-encoding', 'authorization']);
  assert.deepEqual(names({}), ['host', 'transfer-encoding']);
});

test('how many bytes are to come, whatever the method says', () => {
  const bytesOf = (lines: string) => {
    const head = new RequestHead();
    const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: a.example\r\n${lines}\r\n`);
    head.begin(bytes, 0);
    assert(head.read(bytes, bytes.length, usualBounds) > 0);
    return new RequestHeadOf({ head } as Exchange, HeaderChanges.none).bodyBytes;
  };
  assert.equal(bytesOf(''), 0);
  assert.equal(bytesOf('Content-Length: 1048576\r\n'), 1_048_576);
  assert.equal(bytesOf('Transfer-Encoding: chunked\r\n'), askingLimits.largeBodyBytesLeast);
});

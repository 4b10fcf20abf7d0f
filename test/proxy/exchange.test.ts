// The exchange hands on what happens to it, to the events it was opened with, and keeps nothing of its own back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClientSide, Exchange, type ExchangeEvents } from '../../proxy/exchange.ts';
import { RequestHead } from '../../proxy/http1/request-head.ts';
import { RequestId } from '../../proxy/request/request-id.ts';
import type { Worker } from '../../proxy/worker.ts';

test('what an upstream does reaches the events, with the exchange itself', () => {
  const seen: unknown[] = [];
  const events = new Proxy({} as ExchangeEvents, {
    get:
      (_, name) =>
      (exchange: Exchange, ...rest: unknown[]) =>
        seen.push([name, exchange.id, ...rest]),
  });
  const exchange = new Exchange({} as Worker, {} as ClientSide, new RequestHead(), events, RequestId.of('id-1'), 0);
  const bytes = Buffer.from('x');
  exchange.onUpstreamConnected();
  exchange.onUpstreamHead(bytes, 0, 1);
  exchange.onUpstreamBytes(bytes, 0, 1);
  exchange.onUpstreamDrained();
  exchange.onUpstreamTimeout();
  exchange.onUpstreamClosed(undefined);
  exchange.onMistake('m');
  assert.deepEqual(seen, [
    ['onUpstreamConnected', 'id-1'],
    ['onUpstreamHead', 'id-1', bytes, 0, 1],
    ['onUpstreamBytes', 'id-1', bytes, 0, 1],
    ['onUpstreamDrained', 'id-1'],
    ['onUpstreamTimeout', 'id-1'],
    ['onUpstreamClosed', 'id-1', undefined],
    ['onMistake', 'id-1', 'm'],
  ]);
});

// Events in, answers out: the phases of a transaction as a proxy asks for them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderBlock } from '#protocol/headers';
import type { RequestHeadersEvent } from '#protocol/message';
import { newStore, type RuleSet } from '../../../agents/waf/engine.ts';
import { type Inspection, Inspector } from '../../../agents/waf/inspect.ts';
import { ruleSetOf, toldBy } from './agent-support.ts';

function request(id: string, uri: string, headers: [string, string][] = []): RequestHeadersEvent {
  const metadata = {
    correlationId: id,
    requestId: id,
    clientIp: '192.0.2.1',
    clientPort: 1,
    serverName: 'a',
    protocol: 'HTTP/1.1',
    tlsVersion: undefined,
    tlsCipher: undefined,
    routeId: 'r',
    upstreamId: undefined,
    timestampMs: 0,
    traceparent: undefined,
  };
  return {
    type: 'request_headers',
    metadata,
    method: 'GET',
    uri,
    headers: HeaderBlock.of([['Host', 'a'], ...headers]),
  };
}

function inspectorOf(ruleSet: RuleSet) {
  const ended: [Inspection, number][] = [];
  const faults: number[] = [];
  const inspector = new Inspector(ruleSet, newStore(), {
    onEnd: (inspection, status) => ended.push([inspection, status]),
    onPhase: () => undefined,
    onRuleFault: (ruleId) => faults.push(ruleId),
  });
  return { inspector, ended, faults };
}

const body = (id: string, text: string, more: { isLast?: boolean; totalSize?: number } = {}) => ({
  correlationId: id,
  data: Buffer.from(text, 'latin1'),
  isLast: true,
  totalSize: undefined,
  chunkIndex: 0,
  ...more,
});
const over = { durationMs: 1, requestBodySize: 0, responseBodySize: 0, upstreamAttempts: 1, error: undefined };
const rules = ruleSetOf(
  `SecRule REQUEST_HEADERS_NAMES "@streq X-Odd" "id:1,phase:1,deny,status:401"
SecRule ARGS "@contains evil" "id:2,phase:2,deny,status:403"
SecRule RESPONSE_HEADERS:X-Leak "@streq yes" "id:3,phase:3,deny,status:502"
SecRule RESPONSE_BODY "@contains secret" "id:4,phase:4,deny,status:503"`,
  toldBy('waf { body-inspection { response #true } }'),
);

test('a request without a body is decided at once, with names of headers as they were written', () => {
  const { inspector } = inspectorOf(rules);
  assert.equal(inspector.onRequestHeaders(request('a', '/')).decision.type, 'allow');
  assert.partialDeepStrictEqual(inspector.onRequestHeaders(request('b', '/?x=evil')).decision, {
    type: 'block',
    status: 403,
  });
  assert.partialDeepStrictEqual(inspector.onRequestHeaders(request('c', '/', [['X-Odd', '1']])).decision, {
    status: 401,
  });
});

test('a body is asked for where there is one, in pieces too', () => {
  const { inspector } = inspectorOf(rules);
  const form: [string, string][] = [
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Content-Length', '6'],
  ];
  assert.equal(inspector.onRequestHeaders(request('a', '/', form)).needsMore, true);
  assert.equal(
    inspector.onRequestBodyChunk({
      type: 'request_body_chunk',
      bytesReceived: 3,
      ...body('a', 'b=e', { isLast: false }),
    }).needsMore,
    true,
  );
  assert.partialDeepStrictEqual(
    inspector.onRequestBodyChunk({ type: 'request_body_chunk', bytesReceived: 6, ...body('a', 'vil') }).decision,
    { status: 403 },
  );
  assert.equal(inspector.onRequestHeaders(request('b', '/', [['Transfer-Encoding', 'chunked']])).needsMore, true);
  assert.equal(inspector.onRequestHeaders(request('c', '/', [['Content-Length', '0']])).needsMore, false);
});

test('replies: their head, then their body', () => {
  const { inspector } = inspectorOf(rules);
  inspector.onRequestHeaders(request('a', '/'));
  const head = (lines: [string, string][]) =>
    ({ type: 'response_headers', correlationId: 'a', status: 200, headers: HeaderBlock.of(lines) }) as const;
  assert.equal(inspector.onResponseHeaders(head([['Content-Type', 'text/html']])).decision.type, 'allow');
  assert.partialDeepStrictEqual(
    inspector.onResponseBodyChunk({ type: 'response_body_chunk', bytesSent: 8, ...body('a', 'a secret') }).decision,
    { status: 503 },
  );
  inspector.onRequestHeaders(request('a', '/'));
  assert.partialDeepStrictEqual(inspector.onResponseHeaders(head([['X-Leak', 'yes']])).decision, { status: 502 });
});

test('the end is told once, with the status that the client got; what is not told ends by itself', () => {
  const { inspector, ended } = inspectorOf(rules);
  inspector.onRequestHeaders(request('a', '/'));
  inspector.onRequestHeaders(request('b', '/'));
  inspector.onRequestComplete({ type: 'request_complete', correlationId: 'a', status: 200, ...over });
  inspector.onRequestComplete({ type: 'request_complete', correlationId: 'a', status: 200, ...over });
  assert.deepEqual(
    ended.map(([, status]) => status),
    [200],
  );
  assert.equal(inspector.size, 1);
  assert.equal(inspector.sweep(Date.now()), 0);
  assert.equal(inspector.sweep(Date.now() + 3_600_000), 1);
  assert.deepEqual([inspector.size, ended.length], [0, 2]);
});

test('what was never begun here is no question for rules', () => {
  const { inspector } = inspectorOf(rules);
  assert.throws(
    () => inspector.onRequestBodyChunk({ type: 'request_body_chunk', bytesReceived: 1, ...body('x', 'a') }),
    /not seen here/,
  );
});

test('a body of which only the beginning is shown', () => {
  const cut = ruleSetOf(
    'SecRule INBOUND_DATA_ERROR "@eq 1" "id:1,phase:2,deny,status:413"',
    toldBy('waf { body-inspection { on-too-large "inspect-prefix" } }'),
  );
  const { inspector } = inspectorOf(cut);
  const json: [string, string][] = [
    ['Content-Type', 'application/json'],
    ['Content-Length', '100'],
  ];
  inspector.onRequestHeaders(request('a', '/', json));
  const shown = { ...body('a', '{"a":"'), bytesReceived: 6 } as const;
  assert.partialDeepStrictEqual(
    inspector.onRequestBodyChunk({ type: 'request_body_chunk', ...shown, totalSize: 100 }).decision,
    { status: 413 },
  );
  const lax = inspectorOf(ruleSetOf('', toldBy('waf { body-inspection { on-too-large "inspect-prefix" } }'))).inspector;
  lax.onRequestHeaders(request('a', '/', json));
  assert.equal(lax.onRequestBodyChunk({ type: 'request_body_chunk', ...shown, totalSize: 100 }).decision.type, 'allow'); // broken JSON: it was cut
  lax.onRequestHeaders(request('b', '/', json));
  assert.partialDeepStrictEqual(
    lax.onRequestBodyChunk({ type: 'request_body_chunk', ...shown, ...body('b', '{"a":"', { totalSize: 6 }) }).decision,
    { status: 400 },
  );
});

// Every event and reply that the protocol can say, for property tests, and the two compared without regard to how they
// are kept: an event that reads its texts late is equal to one that has them.

import fc from 'fast-check';
import type { HeaderTable } from '#protocol/headers';
import {
  type AgentEvent,
  type AgentReply,
  noAudit,
  noRouting,
  plainAllow,
  type RequestMetadata,
  websocketOpcodes,
} from '#protocol/message';
import { anyCharacter, anyUrl } from '../../support/characters.ts';

/** As fc.record, with the prototype that literals have. */
export function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true });
}

const text = fc.string({ unit: anyCharacter, maxLength: 20 }).map((one) => one.replaceAll('\0', ''));
const maybe = text.map((one) => one || undefined);
const name = fc.constantFrom('accept', 'cookie', '__proto__', 'x-a', 'user-agent', 'constructor');
const value = fc
  .stringMatching(/^([!-~\u0080-\u00ff]([ -~\u0080-\u00ff]{0,20}[!-~\u0080-\u00ff])?)?$/)
  .filter((one) => one === one.trim());
const headers = fc
  .uniqueArray(fc.tuple(name, fc.array(value, { minLength: 1, maxLength: 3 })), { selector: ([one]) => one })
  .map((entries): HeaderTable => new Map(entries));
const count = fc.nat(0xffff_ffff);
const size = fc.maxSafeNat();
const data = fc.uint8Array({ maxLength: 300 }).map((bytes): Uint8Array => Buffer.from(bytes));

const metadata = record<RequestMetadata>({
  correlationId: text,
  requestId: text,
  clientIp: fc.ipV4(),
  clientPort: fc.nat(65_535),
  serverName: maybe,
  protocol: fc.constantFrom('HTTP/1.1', 'HTTP/2'),
  tlsVersion: maybe,
  tlsCipher: maybe,
  routeId: maybe,
  upstreamId: maybe,
  timestampMs: fc.nat(2_000_000_000_000),
  traceparent: maybe,
});

const chunk = {
  correlationId: text,
  data,
  isLast: fc.boolean(),
  totalSize: fc.option(size, { nil: undefined }),
  chunkIndex: count,
};

export const events: fc.Arbitrary<AgentEvent> = fc.oneof(
  record({ type: fc.constant('request_headers' as const), metadata, method: text, uri: text, headers }),
  record({ type: fc.constant('request_body_chunk' as const), ...chunk, bytesReceived: size }),
  record({ type: fc.constant('response_body_chunk' as const), ...chunk, bytesSent: size }),
  record({
    type: fc.constant('response_headers' as const),
    correlationId: text,
    status: fc.integer({ min: 100, max: 599 }),
    headers,
  }),
  record({
    type: fc.constant('request_complete' as const),
    correlationId: text,
    status: fc.nat(599),
    durationMs: fc.double({ min: 0, max: 1e9, noNaN: true }).map((ms) => ms + 0),
    requestBodySize: size,
    responseBodySize: size,
    upstreamAttempts: fc.nat(9),
    error: maybe,
  }),
  record({
    type: fc.constant('websocket_frame' as const),
    correlationId: text,
    opcode: fc.constantFrom(...websocketOpcodes),
    data,
    clientToServer: fc.boolean(),
    frameIndex: count,
    fin: fc.boolean(),
    routeId: maybe,
    clientIp: fc.ipV6(),
  }),
  record({
    type: fc.constant('guardrail_inspect' as const),
    correlationId: text,
    inspectionType: fc.constantFrom('prompt_injection' as const, 'pii_detection' as const),
    content: text,
    model: maybe,
    categories: fc.array(text, { maxLength: 3 }),
    routeId: maybe,
    metadata: fc.constantFrom({}, { a: 'b' }),
  }),
  record({
    type: fc.constant('configure' as const),
    agentId: text,
    config: fc.jsonValue({ maxDepth: 3 }).map((one): unknown => JSON.parse(JSON.stringify(one))),
    configVersion: fc.option(text, { nil: undefined }),
  }),
);

const mutation = fc.oneof(
  record({ op: fc.constant('remove' as const), name: fc.constantFrom('X-A', 'Cookie'), value: fc.constant('') }),
  record({ op: fc.constantFrom('set' as const, 'add' as const), name: fc.constantFrom('X-A', 'X-B'), value }),
);
const mutations = fc.array(mutation, { maxLength: 4 });
const body = fc.option(record({ data: fc.option(data, { nil: undefined }), chunkIndex: count }), { nil: undefined });
const optional = fc.option(text, { nil: undefined });
const decision: fc.Arbitrary<AgentReply['decision']> = fc.oneof(
  fc.constant({ type: 'allow' as const }),
  record({
    type: fc.constant('block' as const),
    status: fc.integer({ min: 200, max: 599 }),
    body: optional,
    headers: fc.uniqueArray(
      fc.tuple(fc.constantFrom('X-A', 'X-B'), value).map(([a, b]): [string, string] => [a, b]),
      { selector: ([one]) => one },
    ),
    reason: optional,
    ruleId: optional,
  }),
  record({
    type: fc.constant('redirect' as const),
    url: anyUrl,
    status: fc.constantFrom(301 as const, 302 as const, 307 as const),
  }),
  record({
    type: fc.constant('challenge' as const),
    challengeType: fc.constantFrom('captcha', 'pow'),
    params: fc.constantFrom({}, { difficulty: '4' }),
  }),
);

export const replies: fc.Arbitrary<AgentReply> = fc.oneof(
  fc.constant(plainAllow),
  record<AgentReply>({
    decision,
    requestHeaders: mutations,
    responseHeaders: mutations,
    routing: fc.oneof(
      fc.constant(noRouting),
      record({
        upstreamOverride: maybe,
        routeOverride: maybe,
        tags: fc.array(fc.constantFrom('a', 'b,c'), { maxLength: 3 }),
        guardrail: fc.constantFrom(undefined, {
          detected: true,
          confidence: 0.5,
          detections: [
            {
              category: 'c',
              description: 'd',
              severity: 'high' as const,
              confidence: undefined,
              span: { start: 1, end: 2 },
            },
          ],
          redactedContent: undefined,
        }),
      }),
    ),
    audit: fc.oneof(
      fc.constant(noAudit),
      fc.constant({ ...noAudit, tags: ['t'], confidence: 0.25, custom: { a: [1] } }),
    ),
    needsMore: fc.boolean(),
    requestBody: body,
    responseBody: body,
    websocket: fc.constantFrom(undefined, 'allow' as const, 'drop' as const, { close: { code: 1008, reason: 'no' } }),
  }),
);

/** The same event with every field read, its headers a table and its bytes hex. */
export function plain(event: AgentEvent): unknown {
  if (event.type === 'request_headers') {
    const { type, metadata: about, method, uri } = event;
    return { type, metadata: { ...about }, method, uri, headers: new Map(event.headers) };
  }
  if (event.type === 'response_headers') return { ...event, headers: new Map(event.headers) };
  return 'data' in event ? { ...event, data: Buffer.from(event.data).toString('hex') } : event;
}

export function plainReply(reply: AgentReply): unknown {
  const { requestBody, responseBody, audit, ...rest } = reply;
  const { correlation_id: _, ...custom } = audit.custom; // travels inside the audit of JSON
  return { ...rest, audit: { ...audit, custom }, bodies: [requestBody, responseBody].map(plainBody) };
}

function plainBody(given: AgentReply['requestBody']): unknown {
  if (given === undefined) return undefined;
  const { data: bytes, chunkIndex } = given;
  return { chunkIndex, data: bytes === undefined ? undefined : Buffer.from(bytes).toString('hex') };
}

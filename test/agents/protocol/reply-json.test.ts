// Everything from the other side is narrowed or refused with its place; what is written can be read back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readEvent, writeEvent } from '#protocol/event-json';
import { type AgentReply, plainAllow } from '#protocol/message';
import { readReply, writeReply } from '#protocol/reply-json';
import { anyUrl } from '../../support/characters.ts';
import { configure, requestHeaders } from '../support.ts';

const emptyAudit = { tags: [], ruleIds: [], reasonCodes: [], confidence: undefined, custom: {} };

function reply(fields: Record<string, unknown>) {
  return readReply({ version: 1, decision: 'allow', ...fields });
}

test('the shortest reply is an allow without changes', () => {
  assert.deepEqual(readReply({ version: 1, decision: 'allow' }), {
    ok: true,
    value: plainAllow,
  });
});

test('a block with everything', () => {
  const headers = { 'Content-Type': 'text/html', 'Set-Cookie': ['a=1', 'b=2'] };
  const block = { status: 403, body: '<b>no</b>', headers, reason: 'because', rule_id: '942100' };
  const reading = reply({ decision: { block }, audit: { tags: ['t'], rule_ids: ['942100'], confidence: 0.5 } });
  assert(reading.ok);
  assert.deepEqual(reading.value.decision, {
    type: 'block',
    status: 403,
    body: '<b>no</b>',
    headers: [
      ['Content-Type', 'text/html'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ],
    reason: 'because',
    ruleId: '942100',
  });
  assert.deepEqual(reading.value.audit, { ...emptyAudit, tags: ['t'], ruleIds: ['942100'], confidence: 0.5 });
});

test('a redirect, and header changes in the three ways', () => {
  const reading = reply({
    decision: { redirect: { url: 'https://login.example/?a=1', status: 303 } },
    request_headers: [
      { set: { name: 'X-A', value: '1' } },
      { add: { name: 'X-A', value: '' } },
      { remove: { name: 'Cookie' } },
    ],
  });
  assert(reading.ok);
  assert.deepEqual(reading.value.decision, { type: 'redirect', url: 'https://login.example/?a=1', status: 303 });
  assert.deepEqual(reading.value.requestHeaders, [
    { op: 'set', name: 'X-A', value: '1' },
    { op: 'add', name: 'X-A', value: '' },
    { op: 'remove', name: 'Cookie', value: '' },
  ]);
});

test('a reply as agents in the field send it, nulls and unknown fields included', () => {
  const block = { status: 429, body: null, headers: null };
  const reading = reply({
    decision: { block },
    request_headers: [],
    response_headers: [],
    routing_metadata: { note: 'x' },
    audit: { tags: [], rule_ids: [], confidence: null, reason_codes: ['RATE'], custom: { correlation_id: 'c' } },
    needs_more: false,
    request_body_mutation: null,
    response_body_mutation: null,
    websocket_decision: null,
  });
  assert(reading.ok);
  assert.deepEqual(reading.value.audit.reasonCodes, ['RATE']);
});

const set = (name: string, value: string) => ({ request_headers: [{ set: { name, value } }] });
const refusedReplies: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
  ['another version', { version: 2 }, /^version: /],
  ['no decision', { decision: undefined }, /^decision/],
  ['an unknown decision', { decision: 'deny' }, /^decision: not a decision/],
  ['a decision in a list', { decision: ['allow'] }, /^decision: /],
  [
    'two decisions at once',
    { decision: { block: { status: 403 }, redirect: { url: '/', status: 302 } } },
    /^decision: exactly one/,
  ],
  ['no decision in the object', { decision: {} }, /^decision: exactly one/],
  ['a block that is not final', { decision: { block: { status: 100 } } }, /^decision\.block\.status/],
  ['a block without status', { decision: { block: {} } }, /^decision\.block\.status/],
  [
    'a block header that frames',
    { decision: { block: { status: 403, headers: { 'Content-Length': '5' } } } },
    /frames the message/,
  ],
  ['a block header that splits', { decision: { block: { status: 403, headers: { A: 'x\r\nB: y' } } } }, /header value/],
  ['block headers in a list', { decision: { block: { status: 403, headers: ['a'] } } }, /not an object/],
  ['a redirect with 200', { decision: { redirect: { url: '/', status: 200 } } }, /^decision\.redirect\.status/],
  ['a redirect that splits', { decision: { redirect: { url: '/\r\nSet-Cookie: a', status: 302 } } }, /printable ASCII/],
  ['a header name with a space', set('X A', '1'), /^request_headers\.0\.set\.name: not a header name/],
  ['an empty header name', set('', '1'), /not a header name/],
  ['a header value with NUL', set('X', 'a\0'), /^request_headers\.0\.set\.value/],
  ['a header value over a byte', set('X', '\u0100'), /^request_headers\.0\.set\.value/],
  ['a changed framing', set('transfer-ENCODING', 'chunked'), /frames the message/],
  ['a removed framing', { request_headers: [{ remove: { name: 'Content-Length' } }] }, /frames the message/],
  ['a second Host', { request_headers: [{ add: { name: 'HOST', value: 'b' } }] }, /Host can be set/],
  ['no Host', { request_headers: [{ remove: { name: 'Host' } }] }, /Host can be set/],
  [
    'two operations in one',
    { request_headers: [{ set: { name: 'A', value: '' }, remove: { name: 'B' } }] },
    /exactly one of/,
  ],
  ['no operation', { response_headers: [{}] }, /^response_headers\.0: exactly one of/],
  [
    'too many operations',
    { response_headers: Array.from({ length: 101 }, () => ({ remove: { name: 'a' } })) },
    /^response_headers/,
  ],
  ['a challenge without a type', { decision: { challenge: {} } }, /^decision\.challenge\.challenge_type/],
  ['too many tags', { routing_metadata: { tags: 'a,'.repeat(40) } }, /^routing_metadata\.tags/],
  [
    'nesting without end',
    { audit: { custom: { a: JSON.parse('['.repeat(100) + ']'.repeat(100)) } } },
    /nested too deeply/,
  ],
  [
    'a body that is not base64',
    { request_body_mutation: { data: '*', chunk_index: 0 } },
    /^request_body_mutation\.data: neither base64/,
  ],
  ['a confidence of 2', { audit: { confidence: 2 } }, /^audit\.confidence/],
];

for (const [name, fields, expected] of refusedReplies) {
  test(`a reply is refused: ${name}`, () => {
    const reading = reply(fields);
    assert(!reading.ok, 'it was accepted');
    assert.match(reading.problem, expected);
  });
}

test('Host may be replaced', () => {
  assert.equal(reply(set('Host', 'b.example')).ok, true);
});

test('a request event is read with its headers in lower case and in order', () => {
  const reading = readEvent(requestHeaders('/a?b=c', { Accept: ['a', 'b'], accept: ['c'] }));
  assert(reading.ok && reading.value.type === 'request_headers');
  assert.deepEqual([...reading.value.headers], [['accept', ['a', 'b', 'c']]]);
  assert.equal(reading.value.uri, '/a?b=c');
  assert.equal(reading.value.metadata.serverName, 'shop.example');
  assert.equal(reading.value.metadata.upstreamId, undefined);
});

test('no header name can hide', () => {
  const headers = JSON.parse('{"__proto__":["x"],"constructor":["y"]}');
  const reading = readEvent(requestHeaders('/', headers));
  assert(reading.ok && reading.value.type === 'request_headers');
  assert.deepEqual(
    [...reading.value.headers],
    [
      ['__proto__', ['x']],
      ['constructor', ['y']],
    ],
  );
});

const refusedEvents: readonly (readonly [string, unknown, RegExp])[] = [
  ['not an object', 5, /^message: /],
  ['null', null, /^message: /],
  ['an unknown event', { ...configure({}), event_type: 'dance' }, /^event_type: /],
  ['another version', { ...configure({}), version: 9 }, /^version: /],
  [
    'an agent id that is no text',
    { version: 1, event_type: 'configure', payload: { agent_id: 1 } },
    /^payload\.agent_id: /,
  ],
  [
    'headers that are texts',
    { ...requestHeaders(), payload: { ...requestHeaders().payload, headers: { a: 'b' } } },
    /^payload\.headers: not lists/,
  ],
  [
    'a method that is none',
    { ...requestHeaders(), payload: { ...requestHeaders().payload, method: 1 } },
    /^payload\.method: /,
  ],
];

for (const [name, message, expected] of refusedEvents) {
  test(`an event is refused: ${name}`, () => {
    const reading = readEvent(message);
    assert(!reading.ok, 'it was accepted');
    assert.match(reading.problem, expected);
  });
}

test('what is written is read back: events', () => {
  const headers = new Map([
    ['a', ['1', '2']],
    ['__proto__', ['3']],
  ]);
  const read = readEvent(requestHeaders());
  assert(read.ok && read.value.type === 'request_headers');
  const event = { ...read.value, headers };
  const back = readEvent(JSON.parse(JSON.stringify(writeEvent(event))));
  assert.deepEqual(back, { ok: true, value: event });
  const told = { type: 'configure', agentId: 'x', config: { list: [1] }, configVersion: undefined } as const;
  assert.deepEqual(readEvent(JSON.parse(JSON.stringify(writeEvent(told)))), { ok: true, value: told });
});

function plainRecord<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return fc.record(fields, { noNullPrototype: true });
}

test('what is written is read back: replies', () => {
  const name = fc.stringMatching(/^X-[a-z]{1,5}$/);
  const value = fc.stringMatching(/^[ -~\u0080-\u00ff]{0,20}$/);
  const change = fc.oneof(
    plainRecord({ op: fc.constant('remove' as const), name, value: fc.constant('') }),
    plainRecord({ op: fc.constantFrom('set' as const, 'add' as const), name, value }),
  );
  const text = fc.option(fc.string(), { nil: undefined });
  const headers = fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one });
  const block = plainRecord({
    type: fc.constant('block' as const),
    status: fc.integer({ min: 200, max: 599 }),
    body: text,
    headers,
    reason: text,
    ruleId: text,
  });
  const redirect = plainRecord({
    type: fc.constant('redirect' as const),
    url: anyUrl,
    status: fc.constantFrom(301 as const, 307 as const),
  });
  const decision = fc.oneof(fc.constant({ type: 'allow' as const }), block, redirect);
  const changes = fc.array(change, { maxLength: 5 });
  fc.assert(
    fc.property(decision, changes, changes, (decided, requestHeaders, responseHeaders) => {
      const sent: AgentReply = {
        ...plainAllow,
        decision: decided,
        requestHeaders,
        responseHeaders,
        audit: { ...emptyAudit, tags: ['t'], confidence: 1 },
      };
      assert.deepEqual(readReply(JSON.parse(JSON.stringify(writeReply(sent)))), { ok: true, value: sent });
    }),
  );
});

test('no message whatever makes the readers throw', () => {
  const junk = fc.oneof(fc.anything(), fc.constantFrom('allow', 'Host', 403, {}, [], null));
  const operation = fc.oneof(
    junk,
    fc.dictionary(
      fc.constantFrom('set', 'add', 'remove', 'other'),
      fc.oneof(junk, fc.record({ name: junk, value: junk })),
    ),
  );
  const block = fc.record(
    { status: junk, headers: fc.oneof(junk, fc.dictionary(fc.string(), junk)), body: junk },
    { requiredKeys: [] },
  );
  const decision = fc.oneof(
    junk,
    fc.dictionary(fc.constantFrom('block', 'redirect', 'challenge'), fc.oneof(junk, block)),
  );
  const changes = fc.oneof(junk, fc.array(operation));
  const fields = {
    version: fc.constantFrom(1, 2),
    decision,
    request_headers: changes,
    response_headers: changes,
    audit: junk,
    routing_metadata: junk,
  };
  fc.assert(
    fc.property(fc.record(fields), (message) => {
      assert.equal(typeof readReply(message).ok, 'boolean');
    }),
  );
  fc.assert(
    fc.property(fc.anything(), (message) => {
      assert.equal(typeof readReply(message).ok, 'boolean');
      assert.equal(typeof readEvent(message).ok, 'boolean');
    }),
  );
});

// The specification's byte examples are true: each is read as what the text beside it says, by the code that speaks.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { wireLimits } from '#config/limits';
import { type AgentMessage, AgentReader, type ProxyMessage, ProxyReader } from '#protocol/codec-v2';
import { encodings } from '#protocol/control';
import { readEvent } from '#protocol/event-json';
import { FrameReader } from '#protocol/frame-v1';
import { plainAllow } from '#protocol/message';
import { readReply } from '#protocol/reply-json';

const page = await readFile(resolve(import.meta.dirname, '../../../agents/protocol/README.md'), 'utf8');

/** Each example: which side reads it, its bytes, and the text printed beside them. */
const examples = [...page.matchAll(/<!-- replay: (event|reply) -->\n```hex\n([\s\S]*?)```/g)].map(
  ([, side, lines = '']) => {
    const rows = lines
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(0, 50), line.slice(50).trim()] as const);
    const bytes = Buffer.from(
      rows
        .map(([hex]) => hex)
        .join('')
        .replaceAll(/\s/g, ''),
      'hex',
    );
    return { side, bytes, beside: rows.map(([, text]) => text) };
  },
);

test('there are examples of both sides', () => {
  assert.deepEqual(
    examples.map(({ side }) => side),
    ['event', 'reply', 'reply'],
  );
});

for (const [index, { side, bytes, beside }] of examples.entries()) {
  test(`example ${index + 1} is a frame, reads as an ${side}, and says what stands beside it`, () => {
    const { messages, problem } = new FrameReader().push(bytes);
    assert.equal(problem, undefined);
    assert.equal(messages.length, 1);
    const [length, ...json] = beside;
    assert.equal(length, `length: ${bytes.length - 4}`);
    assert.equal(json.join(''), bytes.subarray(4).toString());
    const reading = side === 'event' ? readEvent(messages[0]) : readReply(messages[0]);
    assert.equal(reading.ok, true, reading.ok ? '' : reading.problem);
  });
}

test('the bounds on the page are those of the code', () => {
  const { frameBytesMax, headerMutationsMax, headerNameBytesMax, headerValueBytesMax, redirectUrlBytesMax } =
    wireLimits;
  for (const row of [
    `| a frame's JSON | ${frameBytesMax.toLocaleString('en')} bytes |`,
    `| a frame of version 2 | ${wireLimits.frameV2BytesMax.toLocaleString('en')} bytes |`,
    `| a correlation id | ${wireLimits.correlationIdCharactersMax} characters |`,
    `| nested lists and objects | ${wireLimits.nestingMax} |`,
    `| header changes per list, headers of a block | ${headerMutationsMax} |`,
    `| a header's name, a header's value | ${headerNameBytesMax} bytes, ${headerValueBytesMax.toLocaleString('en')} bytes |`,
    `| a redirect's URL | ${redirectUrlBytesMax} bytes |`,
    `| a reason, a rule id, a tag, a reason code | ${wireLimits.textCharactersMax} characters |`,
    `| tags, rule ids, reason codes | ${wireLimits.auditItemsMax} each |`,
  ]) {
    assert(page.includes(row), `the page has no row: ${row}`);
  }
});

const v2Examples = [...page.matchAll(/<!-- replay v2: (proxy|agent) ([a-z-]+) -->\n```hex\n([\s\S]*?)```/g)].map(
  ([, side, encoding, hex = '']) => ({ side, encoding, bytes: Buffer.from(hex.replaceAll(/\s/g, ''), 'hex') }),
);

test('the examples of version 2 are whole frames, and are what the text before them says', () => {
  const read = v2Examples.map(({ side, encoding, bytes }) => {
    const messages: (AgentMessage | ProxyMessage)[] = [];
    const take = (message: AgentMessage | ProxyMessage) => void messages.push(message);
    const reader = side === 'proxy' ? new AgentReader(take) : new ProxyReader(take);
    reader.encoding = encodings.find((one) => one === encoding) ?? 'json';
    assert.equal(reader.push(bytes), undefined);
    assert.equal(messages.length, 1);
    return messages[0];
  });
  const [handshake, blocked, allowed, headers] = read;
  assert(handshake?.type === 'handshake-request');
  assert.deepEqual(handshake.request.supportedEncodings, ['json']);
  assert(blocked?.type === 'reply' && blocked.reply.decision.type === 'block');
  assert.equal(blocked.correlationId, 'c7');
  assert.deepEqual(allowed, { type: 'reply', callId: 7, correlationId: undefined, reply: plainAllow });
  assert(headers?.type === 'event' && headers.event.type === 'request_headers');
  assert.equal(headers.callId, 7);
  assert.equal(headers.event.metadata.clientIp, '192.0.2.7');
  assert.deepEqual([...headers.event.headers], [['host', ['a.ex']]]);
});

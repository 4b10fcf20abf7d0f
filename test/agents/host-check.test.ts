// What a proxy would refuse is refused before it is written; what it would take is taken.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readReply, writeReply } from '#protocol/reply-json';
import { replyProblem } from '../../agents/host-check.ts';
import { replies } from './protocol/arbitraries.ts';

test('every reply that the protocol can say passes', () => {
  fc.assert(
    fc.property(replies, (reply) => {
      assert.equal(replyProblem(reply), undefined);
    }),
  );
});

test('what passes is read by the proxy, whatever was changed in it', () => {
  const texts = fc.constantFrom('', 'a b', 'x\r\ny', 'Content-Length', 'Host', 'X', 'x'.repeat(20_000));
  fc.assert(
    fc.property(replies, texts, texts, fc.constantFrom('set' as const, 'add' as const), (reply, name, value, op) => {
      const changed = { ...reply, requestHeaders: [...reply.requestHeaders, { op, name, value }] };
      const taken = readReply(JSON.parse(JSON.stringify(writeReply(changed, 2))), 2);
      assert.equal(replyProblem(changed) === undefined, taken.ok);
    }),
  );
});

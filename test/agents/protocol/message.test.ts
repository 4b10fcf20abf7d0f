// The one reply that most replies are, and what ties the events of an exchange together.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { correlationIdOf, plainAllow } from '#protocol/message';
import { requestHeaders } from '../../../agents/testing.ts';
import { events } from './arbitraries.ts';

test('the shared reply cannot be changed by one of its users', () => {
  assert(Object.isFrozen(plainAllow));
  assert.equal(plainAllow.decision.type, 'allow');
});

test('every event of an exchange names it', () => {
  assert.equal(correlationIdOf(requestHeaders({ metadata: { correlationId: 'c9' } })), 'c9');
  fc.assert(
    fc.property(events, (event) => {
      if (event.type !== 'configure') assert.equal(typeof correlationIdOf(event), 'string');
    }),
  );
});

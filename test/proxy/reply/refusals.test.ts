// The table of refusals: statuses that fit, sentences that clients may read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusals } from '../../../proxy/reply/refusals.ts';

test('each refusal has an error status and one sentence that needs no escaping and tells nothing of the inside', () => {
  for (const [code, [status, sentence]] of Object.entries(refusals)) {
    assert.match(code, /^[a-z]+(?:-[a-z]+)*$/);
    assert(status >= 400 && status <= 599, code);
    assert.match(sentence, /^[A-Z][A-Za-z ]+\.$/, code);
    assert.doesNotMatch(sentence, /upstream|agent|proxy|route|worker/i, code);
  }
});

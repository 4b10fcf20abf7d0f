// Answers of the control socket: JSON, errors with their code and a status that fits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, json, outcome } from '../../../stack/api/answer.ts';

test('what is asked for', () => {
  assert.deepEqual(json({ a: 1 }), { status: 200, type: 'application/json', body: '{"a":1}\n' });
});

test('an error has its code, its problems, and a status', () => {
  const { status, body } = failure({ code: 'reload-refused', what: 'no' }, [{ line: 3 }]);
  assert.equal(status, 422);
  assert.deepEqual(JSON.parse(body), {
    ok: false,
    error: { code: 'reload-refused', what: 'no' },
    problems: [{ line: 3 }],
  });
  assert.equal(failure({ code: 'stack-busy', what: '' }).status, 409);
  assert.equal(outcome({ ok: false, complaint: { code: 'child-unknown', what: '' }, problems: [] }).status, 404);
});

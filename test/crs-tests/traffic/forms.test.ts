// Forms: every kind is made, and its body is a form that reads back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../../../crs-tests/front.ts';
import { filledForm, formKinds } from '../../../crs-tests/traffic/forms.ts';
import { Random } from '../../../crs-tests/traffic/random.ts';

test('a strict server reads each of them', () => {
  const random = new Random(7);
  for (const make of [filledForm]) {
    for (let turn = 0; turn < 60; turn += 1) {
      const { kind, bytes } = make(random);
      const request = readRequest(bytes);
      assert(request.kind === 'request', `${kind} ${JSON.stringify(request)}`);
      assert(new URLSearchParams(request.body).size > 1 || request.body.length > 0);
    }
  }
});

test('every kind of form comes up', () => {
  const random = new Random(8);
  const seen = new Set(Array.from({ length: 600 }, () => filledForm(random).kind));
  assert.deepEqual([...seen].sort(), formKinds.map((kind) => `form: ${kind}`).sort());
});

// Bodies of JSON: each is JSON where it says so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../../../crs-tests/front.ts';
import { browserReport, jsonCall, jsonKinds } from '../../../crs-tests/traffic/apis.ts';
import { Random } from '../../../crs-tests/traffic/random.ts';

test('a strict server reads each of them', () => {
  const random = new Random(7);
  for (const make of [browserReport, jsonCall]) {
    for (let turn = 0; turn < 60; turn += 1) {
      const { kind, bytes } = make(random);
      const request = readRequest(bytes);
      assert(request.kind === 'request', `${kind} ${JSON.stringify(request)}`);
      const type = request.headers.find(([name]) => name === 'Content-Type')?.[1] ?? '';
      if (type.includes('json')) JSON.parse(request.body);
    }
  }
});

test('every kind of call comes up', () => {
  const random = new Random(8);
  const seen = new Set(Array.from({ length: 600 }, () => jsonCall(random).kind));
  assert.deepEqual([...seen].sort(), jsonKinds.map((kind) => `json: ${kind}`).sort());
});

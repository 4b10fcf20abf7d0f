// Requests of known applications: each is read by a strict server and has a body.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../../../crs-tests/front.ts';
import { applicationCall } from '../../../crs-tests/traffic/applications.ts';
import { Random } from '../../../crs-tests/traffic/random.ts';

test('a strict server reads each of them', () => {
  const random = new Random(7);
  for (const make of [applicationCall]) {
    for (let turn = 0; turn < 60; turn += 1) {
      const { kind, bytes } = make(random);
      const request = readRequest(bytes);
      assert(request.kind === 'request', `${kind} ${JSON.stringify(request)}`);
      assert(request.hasBody);
    }
  }
});

// Uploads: each has a body with a file in it, whole.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../../../crs-tests/front.ts';
import { Random } from '../../../crs-tests/traffic/random.ts';
import { upload } from '../../../crs-tests/traffic/uploads.ts';

test('a strict server reads each of them', () => {
  const random = new Random(7);
  for (const make of [upload]) {
    for (let turn = 0; turn < 60; turn += 1) {
      const { kind, bytes } = make(random);
      const request = readRequest(bytes);
      assert(request.kind === 'request', `${kind} ${JSON.stringify(request)}`);
      assert(request.hasBody && request.body.length > 20);
    }
  }
});

// Requests without a body: each is a GET that a strict server reads, in many spellings.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../../../crs-tests/front.ts';
import { apiRead, asset, beacon, landing, list, plainPage, search, signIn } from '../../../crs-tests/traffic/pages.ts';
import { Random } from '../../../crs-tests/traffic/random.ts';

test('a strict server reads each of them', () => {
  const random = new Random(7);
  for (const make of [apiRead, asset, beacon, landing, list, plainPage, search, signIn]) {
    for (let turn = 0; turn < 60; turn += 1) {
      const { kind, bytes } = make(random);
      const request = readRequest(bytes);
      assert(request.kind === 'request', `${kind} ${JSON.stringify(request)}`);
      assert.equal(request.method, 'GET');
    }
  }
});

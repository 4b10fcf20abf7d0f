// Headers found by name alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerName, valueNamed } from '../../../proxy/request/named-header.ts';
import { requestOf } from './routes.ts';

test('in any case, several lines as one list, and nothing that only looks alike', () => {
  const { lines } = requestOf({ lines: ['X-KEY: a', 'X-Keys: no', 'X_Key: no', 'x-key:  b'] }).head;
  assert.equal(valueNamed(lines, headerName('X-Key')), 'a, b');
  assert.equal(valueNamed(lines, headerName('x-other')), undefined);
});

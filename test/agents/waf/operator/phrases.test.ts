// Phrases from arguments and files.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captures, matches, problemOf } from '../operators.ts';

test('any phrase, in any case, told as it stands in the list', () => {
  assert.deepEqual(captures('pm', 'foo Bar\tbaz', 'xxbARyy'), ['Bar']);
  assert.equal(matches('pm', 'foo bar', 'fo bao'), false);
  assert.deepEqual(captures('pmFromFile', 'words.data', 'a UNION SELECT b'), ['Union Select']);
  assert.deepEqual(captures('pmf', 'words.data nets.data', 'xBABCx'), ['bABc']);
  assert.deepEqual(captures('pm', 'a\\\\b', 'xa\\b'), ['a\\b']);
});

test('files that cannot be read, are far away, or hold nothing', () => {
  assert.equal(problemOf('pmFromFile', 'words.data none.data'), "the file 'none.data' cannot be read");
  assert.match(problemOf('pmFromFile', 'https://example/x'), /not read over the network/);
  assert.equal(problemOf('pmFromFile', 'empty.data'), 'there is no phrase to look for');
  assert.equal(problemOf('pm', ' '), 'there is no phrase to look for');
  assert.match(problemOf('pm', 'x'.repeat(2 * 1024 * 1024 + 1)), /2097152 are allowed/);
  assert.match(problemOf('pm', '%{tx}'), /must not hold/);
});

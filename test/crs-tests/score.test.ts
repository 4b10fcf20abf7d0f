// Scores from the lines of a log: by level, by severity, requests and replies apart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockingLevel, isBlockedAt, matchesIn } from '../../crs-tests/score.ts';

const line = (id: number, severity: string, level?: number): string =>
  `[client 127.0.0.1] ModSecurity: Warning. Matched. [file "a.conf"] [line "1"] [id "${id}"] [severity "${severity}"]${
    level === undefined ? '' : ` [tag "paranoia-level/${level}"]`
  } [hostname "a"]`;

test('each line adds the points of its severity at its level and above', () => {
  const matches = matchesIn([line(920320, 'NOTICE', 2), line(920280, 'WARNING', 1)]);
  assert.deepEqual(
    matches.map(({ points }) => points),
    [2, 3],
  );
  assert.equal(blockingLevel(matches), 2);
  assert.equal(isBlockedAt(1, matches), false);
});

test('the same rule counts as often as it matched', () => {
  assert.equal(blockingLevel(matchesIn([line(33920201, 'WARNING', 2)])), undefined);
  assert.equal(blockingLevel(matchesIn([line(33920201, 'WARNING', 2), line(33920201, 'WARNING', 2)])), 2);
});

test('a reply has a threshold of its own, and its points are no part of the request', () => {
  assert.equal(blockingLevel(matchesIn([line(33950101, 'ERROR', 1)])), 1);
  assert.equal(blockingLevel(matchesIn([line(950100, 'ERROR', 1)])), 1);
  assert.equal(blockingLevel(matchesIn([line(33920101, 'ERROR', 1)])), undefined);
  assert.equal(blockingLevel(matchesIn([line(950100, 'NOTICE', 1), line(33920101, 'WARNING', 1)])), undefined);
});

test('lines that sum up count nothing; a body that cannot be read is refused at every level', () => {
  assert.deepEqual(matchesIn([line(949110, 'CRITICAL'), 'something else']), []);
  assert.equal(blockingLevel(matchesIn([line(200002, 'CRITICAL')])), 1);
});

// Markers in a log, and the lines between them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMarkerLine, markerRequest, transactionOf, withoutMarkers } from '../../../crs-tests/wire/marker.ts';

const words = { header: 'X-CRS-Test', host: 'localhost' };

test('the request, its headers sorted', () => {
  assert.equal(
    markerRequest(words, '920100-1-u-s'),
    'GET /status/200 HTTP/1.1\r\nAccept: */*\r\nConnection: close\r\nHost: localhost\r\nUser-Agent: go-ftw test agent\r\nX-CRS-Test: 920100-1-u-s\r\n\r\n',
  );
});

test('a line is its line where it has header and marker, in any capitals', () => {
  assert(isMarkerLine(words, '1-1-U-s', 'x [msg "x-crs-test 1-1-u-s"]'));
  assert(!isMarkerLine(words, '1-1-u-e', 'x [msg "X-CRS-Test 1-1-u-s"]'));
  assert(!isMarkerLine(words, '1-1-u-s', 'x [msg "1-1-u-s"]'));
});

test('what the transactions of markers logged is left out, wherever it stands', () => {
  const lines = [
    '[id "999999"] [msg "X-CRS-Test 1-1-u-s"] [unique_id "a"]',
    '[id "980170"] [unique_id "a"]',
    '[id "1"] [unique_id "b"]',
    'without an id',
    '[id "999999"] [msg "X-CRS-Test 1-1-u-e"] [unique_id "c"]',
  ];
  assert.deepEqual(withoutMarkers(words, '1-1-u', lines), ['[id "1"] [unique_id "b"]', 'without an id']);
  assert.equal(transactionOf(lines[2]!), 'b');
  assert.equal(transactionOf('without an id'), undefined);
});

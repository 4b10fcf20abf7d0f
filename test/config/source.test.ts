// Places as an editor shows them: lines and characters from 1.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineStartOf, makeSource, placeOf } from '#config/source';

/** `line:column text^marked` of the first `wanted` in the text. */
function place(text: string, wanted: string): string {
  const source = makeSource('a.kdl', text);
  const start = text.indexOf(wanted);
  const { line, column, length, text: shown } = placeOf({ source, start, end: start + wanted.length });
  return `${line}:${column} +${length} of ${JSON.stringify(shown)}`;
}

test('lines and columns count from 1', () => {
  assert.equal(place('ab cd\nef\n', 'ab'), '1:1 +2 of "ab cd"');
  assert.equal(place('ab cd\nef\n', 'cd'), '1:4 +2 of "ab cd"');
  assert.equal(place('ab cd\nef\n', 'ef'), '2:1 +2 of "ef"');
});

test('the line ends of another system are not part of the line', () => {
  assert.equal(place('ab\r\ncd\r\nef', 'cd'), '2:1 +2 of "cd"');
});

test('a byte order mark has no column', () => {
  assert.equal(place('\ufeffab cd\nef', 'cd'), '1:4 +2 of "ab cd"');
  assert.equal(place('\ufeffab cd\nef', 'ef'), '2:1 +2 of "ef"');
});

test('a character outside of the first 65,536 is one', () => {
  assert.equal(place('🦊🦊 x', 'x'), '1:4 +1 of "🦊🦊 x"');
});

test('a stretch over several lines is marked on its first', () => {
  assert.equal(place('ab cd\nef', 'cd\nef'), '1:4 +2 of "ab cd"');
});

test('the end of the text is a place', () => {
  const source = makeSource('a.kdl', 'ab\n');
  assert.deepEqual(placeOf({ source, start: 3, end: 3 }), { file: 'a.kdl', line: 2, column: 1, length: 1, text: '' });
});

test('where a line starts', () => {
  const source = makeSource('a.kdl', 'ab\ncd\n\nef');
  assert.deepEqual(
    [0, 2, 3, 5, 6, 7, 8].map((offset) => lineStartOf(source, offset)),
    [0, 0, 3, 3, 6, 7, 7],
  );
});

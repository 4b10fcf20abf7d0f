// Lines from pieces, with their bounds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { supervisorLimits } from '#config/limits';
import { LineReader } from '../../stack/output.ts';

function linesOf(pieces: readonly string[]): string[] {
  const lines: string[] = [];
  const reader = new LineReader((line) => lines.push(line));
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return lines;
}

test('lines are the same however the text is cut into pieces', () => {
  const text = fc.stringMatching(/^[ab\r\n{}é]{0,60}$/);
  fc.assert(
    fc.property(text, fc.array(fc.nat(60)), (whole, cuts) => {
      const at = [0, ...cuts.filter((cut) => cut <= whole.length).toSorted((one, other) => one - other), whole.length];
      const pieces = at.slice(1).map((end, index) => whole.slice(at[index], end));
      assert.deepEqual(linesOf(pieces), linesOf([whole]));
    }),
  );
});

test('the last line needs no newline, an empty line stays one, CR LF is one end', () => {
  assert.deepEqual(linesOf(['a\n\nb\r\nc']), ['a', '', 'b', 'c']);
});

test('a line over the bound is cut, says by how much, and the next one is whole', () => {
  const long = 'x'.repeat(supervisorLimits.lineCharactersMax + 5);
  assert.deepEqual(linesOf([`${long}\nnext\n`]), [
    `${'x'.repeat(supervisorLimits.lineCharactersMax)}… (5 more characters)`,
    'next',
  ]);
  assert.deepEqual(linesOf([...long, '\nnext\n']), [
    `${'x'.repeat(supervisorLimits.lineCharactersMax)}… (5 more characters)`,
    'next',
  ]);
});

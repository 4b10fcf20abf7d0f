// Edits, and the way back from a place in the edited text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyEdits } from '#config/edits';

test('what stands behind an edit is found again', () => {
  const { text, originalOffset } = applyEdits('one two three', [
    { start: 0, end: 0, put: '>>' },
    { start: 4, end: 7, put: 'x' },
    { start: 8, end: 8, put: '"' },
  ]);
  assert.equal(text, '>>one x "three');
  assert.equal(originalOffset(text.indexOf('one')), 0);
  assert.equal(originalOffset(text.indexOf('x')), 4);
  assert.equal(originalOffset(text.indexOf('three')), 8);
});

test('an edit inside a replaced stretch is dropped', () => {
  const { text } = applyEdits('one two three', [
    { start: 0, end: 7, put: '-' },
    { start: 4, end: 7, put: 'lost' },
  ]);
  assert.equal(text, '- three');
});

test('property: untouched characters lead back to themselves, all others into the text', () => {
  const edit = fc.record({ skip: fc.nat(4), take: fc.nat(3), put: fc.string({ maxLength: 6 }) });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 6 }), (steps) => {
      const original = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP';
      let at = 0;
      const edits = steps.map(({ skip, take, put }) => {
        const start = at + skip;
        at = start + take;
        return { start, end: at, put: put.replace(/[0-9A-Za-z]/g, '.') };
      });
      const { text, originalOffset } = applyEdits(original, edits);
      for (let offset = 0; offset <= text.length; offset += 1) {
        const back = originalOffset(offset);
        assert(back >= 0 && back <= original.length);
        if (/[0-9A-Za-z]/.test(text.charAt(offset))) assert.equal(original.charAt(back), text.charAt(offset));
      }
    }),
    { numRuns: 200 },
  );
});

// Columns are aligned by what is seen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableLines } from '../../stack/table.ts';

test('padding is outside of colour, numbers stand to the right, nothing trails', () => {
  const rows = [
    ['NAME', { text: 'N', right: true }, 'WHY'],
    [{ text: 'a', shade: 'green' as const }, { text: '12', right: true }, ''],
  ];
  assert.deepEqual(tableLines(rows, { color: false }), ['  NAME   N  WHY', '  a     12']);
  assert.deepEqual(tableLines(rows, { color: true })[1], '  \x1b[32ma\x1b[39m     12');
});

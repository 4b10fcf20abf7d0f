// The scanner's table, walked byte by byte: a state stands for the longest end of what was read that begins a text, and
// tells the clauses of all texts that end there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { startMark } from '../../../../agents/waf/plan/clause.ts';
import { columnBits, scannerTable } from '../../../../agents/waf/plan/scanner-table.ts';

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 2, maxLength: 6 });
const wanted = fc.tuple(letters, fc.boolean()).map(([text, isAtStart]) => (isAtStart ? startMark + text : text));
const value = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'x', 'A'), maxLength: 20 });

test('depths and clauses are what a search says', () => {
  fc.assert(
    fc.property(fc.uniqueArray(wanted, { maxLength: 9 }), value, (texts, read) => {
      const table = scannerTable(texts.map((text, clause) => ({ text, clause })));
      const edges = new Uint16Array(table.stateCount << columnBits);
      table.writeEdges(edges);
      let state = table.start;
      for (let length = 1; length <= read.length; length += 1) {
        const byte = read.charCodeAt(length - 1);
        const column = (table.kinds[4 * byte + 2] as number) / 2;
        state = edges[(state << columnBits) + column] as number;
        const behind = startMark + read.slice(0, length).toLowerCase();
        assert.equal(table.depths[state], longestBeginning(texts, behind));
        const ending = [...texts.keys()].filter((clause) => behind.endsWith(texts[clause] as string));
        const told = state < table.firstEnd ? [] : [...(table.sets[table.setOf[state] as number] ?? [])];
        assert.deepEqual(
          told.sort((one, other) => one - other),
          ending,
        );
      }
    }),
  );
});

function longestBeginning(texts: readonly string[], behind: string): number {
  for (let length = behind.length; length > 0; length -= 1) {
    const end = behind.slice(-length);
    if (texts.some((text) => text.startsWith(end))) return length;
  }
  return 0;
}

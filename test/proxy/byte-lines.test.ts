// Pieces of every kind, put behind each other, give the text that they say; the buffer grows by itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteLines } from '../../proxy/byte-lines.ts';

const isLetter = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x61 && byte <= 0x7a ? 1 : 0));

const piece = fc.oneof(
  fc.record({ kind: fc.constant('constant' as const), text: fc.string({ unit: 'grapheme', maxLength: 60 }) }),
  fc.record({ kind: fc.constant('ascii' as const), text: fc.stringMatching(/^[ -~]{0,60}$/) }),
  fc.record({ kind: fc.constant('text' as const), text: fc.string({ unit: 'binary', maxLength: 60 }) }),
  fc.record({ kind: fc.constant('decimal' as const), number: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant('letters' as const), text: fc.stringMatching(/^[a-z]{0,20}[é"]?$/) }),
);

test('what has been written is there, in order', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const lines = new ByteLines(4);
      let expected = '';
      for (const one of pieces) {
        if (one.kind === 'decimal') {
          lines.decimal(one.number);
          expected += String(one.number);
        } else if (one.kind === 'letters') {
          const holds = /^[a-z]*$/.test(one.text);
          const bytes = Buffer.from(`<${one.text}>`, 'latin1');
          assert.equal(lines.asciiIfAll(isLetter, one.text), holds);
          assert.equal(lines.copyIfAll(isLetter, bytes, 1, bytes.length - 1), holds);
          if (holds) expected += one.text + one.text;
        } else {
          if (one.kind === 'constant') lines.constant(Buffer.from(one.text));
          else lines[one.kind](one.text);
          expected += one.text;
        }
      }
      assert.equal(lines.bytes.toString('utf8', 0, lines.length), Buffer.from(expected).toString('utf8'));
    }),
  );
});

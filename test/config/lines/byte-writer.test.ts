// Pieces of every kind, put behind each other, give the text that they say; the buffer grows by itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '#config/lines/byte-writer';
import { anyCharacter } from '../../support/characters.ts';

const piece = fc.oneof(
  fc.record({ kind: fc.constant('constant' as const), text: fc.string({ unit: anyCharacter, maxLength: 60 }) }),
  fc.record({ kind: fc.constant('ascii' as const), text: fc.stringMatching(/^[ -~]{0,60}$/) }),
  fc.record({ kind: fc.constant('text' as const), text: fc.string({ unit: anyCharacter, maxLength: 60 }) }),
  fc.record({ kind: fc.constant('decimal' as const), number: fc.oneof(fc.nat(1100), fc.maxSafeNat()) }),
  fc.record({ kind: fc.constant('plain' as const), text: fc.stringMatching(/^[a-z !~#]{0,20}[é"\\\x7f\t]?$/) }),
);

test('what has been written is there, in order', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const lines = new ByteWriter(4);
      let expected = '';
      for (const one of pieces) {
        if (one.kind === 'decimal') {
          lines.decimal(one.number);
          expected += String(one.number);
        } else if (one.kind === 'plain') {
          const holds = !/[é"\\\x7f\t]/.test(one.text);
          const bytes = Buffer.from(`<${one.text}>`, 'latin1');
          assert.equal(lines.asciiIfPlain(one.text), holds);
          assert.equal(lines.copyIfPlain(bytes, 1, bytes.length - 1), holds);
          if (holds) expected += one.text + one.text;
        } else {
          if (one.kind === 'constant') lines.constant(Buffer.from(one.text));
          else if (one.kind === 'ascii') {
            lines.ascii(one.text.slice(0, 3));
            lines.asciiPart(one.text, Math.min(3, one.text.length), one.text.length);
          } else lines.utf8(one.text);
          expected += one.text;
        }
      }
      assert.equal(lines.bytes.toString('utf8', 0, lines.length), Buffer.from(expected).toString('utf8'));
    }),
  );
});

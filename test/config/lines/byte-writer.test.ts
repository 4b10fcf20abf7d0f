// Pieces of every kind, put behind each other, give the text that they say; the buffer grows by itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter, Constant, newSheet } from '#config/lines/byte-writer';
import { anyCharacter } from '../../support/characters.ts';

const piece = fc.oneof(
  fc.record({ kind: fc.constant('constant' as const), text: fc.string({ unit: anyCharacter, maxLength: 60 }) }),
  fc.record({ kind: fc.constant('ascii' as const), text: fc.stringMatching(/^[ -~]{0,60}$/) }),
  fc.record({ kind: fc.constant('text' as const), text: fc.string({ unit: anyCharacter, maxLength: 60 }) }),
  fc.record({ kind: fc.constant('decimal' as const), number: fc.oneof(fc.nat(1100), fc.maxSafeNat()) }),
  fc.record({
    kind: fc.constant('plain' as const),
    text: fc.stringMatching(/^[ -~]{0,9}[a-z !~#]{0,20}[é"\\\x7f\t]?[ -~]{0,9}$/),
  }),
  fc.record({ kind: fc.constant('digits' as const), number: fc.nat(999) }),
  fc.record({ kind: fc.constant('hex' as const), number: fc.integer() }),
);

test('what has been written is there, in order', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const lines = new ByteWriter(newSheet(4));
      let expected = '';
      for (const one of pieces) {
        if (one.kind === 'decimal') {
          lines.decimal(one.number);
          expected += String(one.number);
        } else if (one.kind === 'digits') {
          lines.threeDigits(one.number);
          expected += String(one.number).padStart(3, '0');
        } else if (one.kind === 'hex') {
          lines.hex(one.number);
          expected += (one.number >>> 0).toString(16).padStart(8, '0');
        } else if (one.kind === 'plain') {
          const holds = !/[é"\\\x7f\t]/.test(one.text);
          const bytes = Buffer.from(`<${one.text}>`, 'latin1');
          assert.equal(lines.asciiIfPlain(one.text), holds);
          assert.equal(lines.copyIfPlain(viewOf(bytes), 1, bytes.length - 1), holds);
          if (holds) expected += one.text + one.text;
        } else {
          if (one.kind === 'constant') lines.constant(new Constant(Buffer.from(one.text)));
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

test('every byte and every character is plain or not, wherever it stands', () => {
  const rest = 'abcdefgh';
  for (let code = 0; code < 0x2200; code += code < 0x100 ? 1 : 0x1f)
    for (const at of [0, 1, 2, 3, 4, 7, 8]) {
      const text = rest.slice(0, at) + String.fromCharCode(code) + rest.slice(at);
      const isPlain = code >= 0x20 && code < 0x7f && code !== 0x22 && code !== 0x5c;
      const lines = new ByteWriter(newSheet(64));
      assert.equal(lines.asciiIfPlain(text), isPlain, `${code} at ${at}`);
      if (code < 0x100) assert.equal(lines.copyIfPlain(viewOf(Buffer.from(text, 'latin1')), 0, text.length), isPlain);
      const copies = code < 0x100 ? 2 : 1;
      assert.equal(lines.bytes.toString('latin1', 0, lines.length), isPlain ? text.repeat(copies) : '');
    }
});

test('any bytes are written again as they were, those too that are no number', () => {
  const mostlyHigh = fc.oneof(fc.constantFrom(0x7f, 0xf0, 0xf7, 0xf8, 0xff), fc.nat(255));
  fc.assert(
    fc.property(fc.array(mostlyHigh, { maxLength: 40 }), (bytes) => {
      const lines = new ByteWriter(newSheet(4));
      for (let times = 0; times < 2; times += 1) lines.constant(new Constant(Uint8Array.from(bytes)));
      assert.deepEqual([...lines.bytes.subarray(0, lines.length)], [...bytes, ...bytes]);
    }),
  );
});

test('a quiet and a loud number that is none', () => {
  for (const bytes of [
    [1, 2, 3, 4, 5, 6, 0xf0, 0x7f],
    [1, 2, 3, 4, 5, 6, 0xf8, 0xff],
    [0, 0, 0, 0, 0, 0, 0xf0, 0xff],
  ]) {
    const lines = new ByteWriter(newSheet(4));
    lines.constant(new Constant(Uint8Array.from(bytes)));
    assert.deepEqual([...lines.bytes.subarray(0, lines.length)], bytes);
  }
});

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

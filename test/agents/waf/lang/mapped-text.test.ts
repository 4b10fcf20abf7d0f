// Text that has lost its quotes and line ends, and the places that it keeps.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { offsetAt, sliceMapped, TextBuilder, unescapeMapped } from '../../../../agents/waf/lang/mapped-text.ts';

/** A text of stretches of a file, and that file. */
const stretches = fc
  .array(fc.tuple(fc.string({ maxLength: 4 }), fc.string({ maxLength: 6 })), { maxLength: 6 })
  .map((pairs) => {
    const file = pairs.map(([gap, kept]) => gap + kept).join('');
    const builder = new TextBuilder(0);
    let offset = 0;
    for (const [gap, kept] of pairs) {
      builder.append(kept, offset + gap.length);
      offset += gap.length + kept.length;
    }
    return { file, mapped: builder.finish() };
  });

test('each character of a text, and of any part of it, is the one at its place in the file', () => {
  fc.assert(
    fc.property(stretches, fc.nat(30), fc.nat(30), ({ file, mapped }, one, other) => {
      const [start, end] = [
        Math.min(one, other, mapped.text.length),
        Math.min(Math.max(one, other), mapped.text.length),
      ];
      const part = sliceMapped(mapped, start, end);
      assert.equal(part.text, mapped.text.slice(start, end));
      for (const some of [mapped, part]) {
        for (let at = 0; at < some.text.length; at += 1)
          assert.equal(file.charAt(offsetAt(some, at)), some.text.charAt(at));
      }
    }),
  );
});

test('what is unescaped keeps its places too', () => {
  const word = fc.array(fc.constantFrom('\\', '"', 'a', 'b'), { maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(word, (file) => {
      const builder = new TextBuilder(0);
      builder.append(file, 0);
      const mapped = unescapeMapped(builder.finish(), '\\"');
      assert.equal(mapped.text, file.replace(/\\([\\"])/g, '$1'));
      for (let at = 0; at < mapped.text.length; at += 1)
        assert.equal(file.charAt(offsetAt(mapped, at)), mapped.text.charAt(at));
    }),
  );
});

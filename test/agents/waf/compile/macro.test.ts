// Texts with names of variables in them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isConstant, parseMacro, parseMacroParts } from '../../../../agents/waf/compile/macro.ts';

test('parts in order, names of collections in upper case', () => {
  assert.deepEqual(parseMacro('a %{tx.Score} b%{matched_var}%{REQUEST_HEADERS:Host}').parts, [
    'a ',
    { collection: 'TX', key: 'Score', lowerKey: 'score' },
    ' b',
    { collection: 'MATCHED_VAR', key: undefined, lowerKey: undefined },
    { collection: 'REQUEST_HEADERS', key: 'Host', lowerKey: 'host' },
  ]);
});

test('what is not closed is text', () => {
  assert.deepEqual(parseMacro('100% %{tx.a').parts, ['100% %{tx.a']);
  assert(isConstant(parseMacro('100%')) && isConstant(parseMacro('')) && !isConstant(parseMacro('%{x}')));
});

test('put together again, it is the text', () => {
  const text = fc
    .array(fc.constantFrom('%', '{', '}', '%{', 'a', '.', ':'), { maxLength: 15 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (source) => {
      const { macro, names } = parseMacroParts(source);
      let at = 0;
      const rest = [...names];
      const again = macro.parts.map((part) => {
        if (typeof part === 'string') return part;
        const name = rest.shift();
        return source.slice(name?.start, (name?.start ?? 0) + (name?.length ?? 0));
      });
      at += again.join('').length;
      assert.equal(again.join(''), source);
      assert.equal(at, source.length);
    }),
  );
});

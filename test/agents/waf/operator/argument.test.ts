// Arguments with and without macros.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constantOf, fromConstant, textOf, yesOrNo } from '../../../../agents/waf/operator/argument.ts';

const constant = { source: 'ab', parts: ['a', 'b'] };
const macro = { source: 'a%{tx.x}', parts: ['a', { collection: 'TX', key: 'x' }] };
const context = { expand: () => 'expanded' };

test('a constant is its text, a macro is expanded at each call', () => {
  assert.equal(constantOf(constant), 'ab');
  assert.equal(constantOf(macro), undefined);
  assert.equal(textOf(constant)(context), 'ab');
  assert.equal(textOf(macro)(context), 'expanded');
});

test('an operator that reads its argument once refuses macros', () => {
  const make = fromConstant((text) => yesOrNo((value) => value === text));
  const files = { read: () => undefined };
  const operator = make(constant, files);
  assert(
    'match' in operator &&
      operator.match('ab', context, true) !== undefined &&
      operator.match('a', context, true) === undefined,
  );
  const refused = make(macro, files);
  assert('problem' in refused && refused.problem.includes('must not hold %{...}'));
});

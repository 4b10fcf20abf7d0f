// The argument of an operator: read once if it is a constant, put together at each call if it holds macros.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constantOf, fromConstant, textOf, yesOrNo } from '../../../../agents/waf/operator/argument.ts';
import { contextOf, filesOf, macroOf } from './support.ts';

test('a text without macros is a constant, whole and empty ones too', () => {
  assert.equal(constantOf(macroOf('abc')), 'abc');
  assert.equal(constantOf({ source: 'abc', parts: ['a', 'bc'] }), 'abc');
  assert.equal(constantOf(macroOf('')), '');
  assert.equal(constantOf(macroOf('a%{tx.b}')), undefined);
});

test('a constant asks for no variable', () => {
  const expand = () => assert.fail('expanded');
  assert.equal(textOf(macroOf('abc'))({ expand }), 'abc');
});

test('a macro is filled in at each call', () => {
  const text = textOf(macroOf('a-%{tx.b}-%{tx.none}'));
  assert.deepEqual([text(contextOf({ b: '1' })), text(contextOf({ b: '2' }))], ['a-1-', 'a-2-']);
});

test('yes is a match that captures nothing, no is none', () => {
  const operator = yesOrNo((value, context) => value === context.expand(macroOf('%{tx.a}')));
  assert.deepEqual(operator.match('1', contextOf({ a: '1' }), true), { captures: [] });
  assert.equal(operator.match('2', contextOf({ a: '1' }), true), undefined);
});

test('what needs its whole argument is given it with the files, and refuses macros', () => {
  const make = fromConstant((text, files) => ({ problem: `${text} ${files.read(text)}` }));
  assert.deepEqual(make(macroOf('a'), filesOf({ a: 'content' })), { problem: 'a content' });
  assert.deepEqual(make(macroOf('%{tx.a}'), filesOf({})), {
    problem: 'the argument must not hold %{...}: it is read once, on load',
  });
});

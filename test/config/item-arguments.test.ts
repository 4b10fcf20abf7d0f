// Arguments of items as keys, and keys as arguments.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restOf, withArguments } from '#config/item-arguments';
import { parse } from '#config/parse';
import { makeSource } from '#config/source';

const nodeOf = (text: string) => {
  const [node] = parse(makeSource('t.kdl', text)).nodes;
  assert(node !== undefined);
  return node;
};
const shown = (text: string) => {
  const { args, children } = withArguments(nodeOf(text), ({ name }) => name === 'names');
  return [args.map(({ value }) => value), children?.map(({ name }) => name)];
};

test('a list in the block stands for arguments where there are none', () => {
  assert.deepEqual(shown('sni { names "a" "b"; file "x" }'), [['a', 'b'], ['file']]);
  assert.deepEqual(shown('sni "c" { names "a"; file "x" }'), [['c'], ['names', 'file']]);
  assert.deepEqual(shown('sni { file "x" }'), [[], ['file']]);
});

test('arguments behind the first stand for a key', () => {
  const [rest] = restOf(nodeOf('sni "a" "b" "c"'), 'names');
  assert.deepEqual([rest?.name, rest?.args.map(({ value }) => value)], ['names', ['b', 'c']]);
  assert.deepEqual([restOf(nodeOf('sni "a"'), 'names'), restOf(nodeOf('sni "a" "b"'), undefined)], [[], []]);
});

// What is kept while a configuration is read: each problem once, and no more than the bound.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Context, contextOf, isJunk, layerOf, report } from '../../config/checking.ts';
import { configurationLimits } from '../../config/limits.ts';
import { parse } from '../../config/parse.ts';
import { makeSource } from '../../config/source.ts';

const begin = (): Context =>
  contextOf({
    environment: {},
    readSecret: () => assert.fail('nobody asks'),
    readText: () => assert.fail('nobody asks'),
    look: { folder: String, 'file-path': String, 'rule-path': String },
  });

const nodesOf = (text: string) => {
  const read = parse(makeSource('t.kdl', text));
  return read.nodes;
};

test('the same problem at the same place is kept once, with any words; without a place, words tell them apart', () => {
  const context = begin();
  const [one, other] = nodesOf('a\nb');
  for (const what of ['first', 'again']) report(context, 'config-bad-value', what, { at: one?.nameAt });
  report(context, 'config-bad-value', 'elsewhere', { at: other?.nameAt });
  for (const what of ['x', 'y']) report(context, 'config-missing-key', what, {});
  assert.deepEqual(
    [...context.problems.values()].map(({ what }) => what),
    ['first', 'elsewhere', 'x', 'y'],
  );
});

test('past the bound nothing is kept', () => {
  const context = begin();
  const count = configurationLimits.problemsKeptMax;
  for (let at = 0; at < count + 5; at += 1) report(context, 'config-missing-key', `key ${at}`, {});
  assert(isJunk(context));
  assert.equal(context.problems.size, count);
});

test("a block's layer is made once, its properties before its children", () => {
  const context = begin();
  const nodes = nodesOf('limits a=1 { b 2 }');
  const layer = layerOf(context, nodes, 'file');
  assert.deepEqual(
    layer.entries.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.equal(layerOf(context, nodes, 'file'), layer);
});

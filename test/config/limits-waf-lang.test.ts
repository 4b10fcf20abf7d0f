// The bounds of rule files, each met by a set that is over it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wafLangLimits } from '#config/limits-waf-lang';
import { compilePcre } from '../../agents/waf/compile/pcre-match.ts';
import { PcreFault } from '../../agents/waf/compile/pcre-tree.ts';
import { compileExpression } from '../../agents/waf/compile/regex.ts';

test('the bounds fit into each other', () => {
  assert(wafLangLimits.expressionBytesMax < wafLangLimits.fileBytesMax);
  assert(wafLangLimits.fileBytesMax < wafLangLimits.totalBytesMax);
});

test('an expression over its bounds is refused, one within them is not', () => {
  const nested = (depth: number) => `${'('.repeat(depth)}a${')'.repeat(depth)}`;
  assert('test' in compileExpression('a'.repeat(1000)));
  assert('fault' in compileExpression('a'.repeat(wafLangLimits.expressionBytesMax + 1)));
  assert('test' in compileExpression(nested(wafLangLimits.expressionDepthMax - 1)));
  assert('fault' in compileExpression(nested(wafLangLimits.expressionDepthMax + 2)));
  assert.throws(() => compilePcre(`(?!b)${'(?:a{1000}){30}'}`), PcreFault);
});

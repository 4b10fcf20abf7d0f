// What matches begin with: told where the beginning of the value is asked for, and by signs that may stand instead of it.
// That no match is ever missed is tested with all that expressions need (required.test.ts).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginningOf } from '../../../../agents/waf/plan/beginning.ts';
import { type Clause, startMark } from '../../../../agents/waf/plan/clause.ts';
import { requiredBy, treeOf } from '../../../../agents/waf/plan/required.ts';

const beginning = (source: string): string[] | undefined => {
  const root = treeOf(source);
  assert(root !== undefined);
  const found = beginningOf(root, (node, shareMost) => {
    const [held] = requiredBy(node);
    return held === undefined || held.share > shareMost ? undefined : held;
  });
  return found === undefined ? undefined : [...found.texts, ...bytesOf(found)].sort();
};
const bytesOf = ({ bytes }: Clause): string[] => [...bytes].map((byte) => String.fromCharCode(byte));
const atStart = (...texts: string[]): string[] => texts.map((text) => startMark + text);

test('texts at the beginning of the value, or what may stand instead', () => {
  assert.deepEqual(beginning('^(?:cat|ls)'), atStart('cat', 'ls').sort());
  assert.deepEqual(beginning('(?:^|;)(?:cat|ls)'), [';', ...atStart('cat', 'ls')].sort());
});

test('a blank before it counts at the beginning alone', () => {
  const found = beginning('(?:^|[;&])\\s*cat') ?? [];
  assert(found.includes(`${startMark}cat`) && found.includes(`${startMark} `));
  assert(!found.includes(' '));
});

test('rare signs between letters are told wherever they stand', () => {
  assert.deepEqual(beginning(`^c["'\\\\]*at`), ['"', "'", '\\', `${startMark}cat`].sort());
});

test('behind what can be anything nothing more is said', () => {
  assert.deepEqual(beginning('^ab.*cd'), atStart('ab'));
  assert.deepEqual(beginning('^a+b'), atStart('a'));
  assert.deepEqual(beginning('^(?:a|b)?c'), atStart('a', 'b', 'c').sort());
});

test('none where a match may begin anywhere, or with anything', () => {
  for (const source of ['cat', 'cat$', '(?:^|.)cat', 'a?^b|c', '[a-z]^'])
    assert.equal(beginning(source), undefined, source);
});

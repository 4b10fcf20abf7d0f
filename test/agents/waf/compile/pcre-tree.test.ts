// Reading expressions for the matcher of our own: what it refuses, and where; it never throws anything else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PcreFault, parsePcre } from '../../../../agents/waf/compile/pcre-tree.ts';

test('groups are counted, references seen, sets are of bytes', () => {
  const { groups, refersBack, root } = parsePcre('(a)(?<n>b)(?:c)(?=[\\s\\xe9])\\k<n>');
  assert.equal(groups, 2);
  assert.equal(refersBack, true);
  assert(root.kind === 'sequence');
  const look = root.nodes[3];
  assert(look?.kind === 'look' && look.node.kind === 'set');
  const { set } = look.node;
  assert.deepEqual(
    [...set.keys()].filter((byte) => set[byte] === 1),
    [9, 10, 11, 12, 13, 32, 0xe9],
  );
});

test('a word is one text, and a quantifier behind it is of its last letter alone', () => {
  const shapes = (source: string): unknown[] => {
    const { root } = parsePcre(source);
    const nodes = root.kind === 'sequence' ? root.nodes : [root];
    return nodes.map((node) => (node.kind === 'text' ? [node.text, node.folds] : node.kind));
  };
  assert.deepEqual(shapes('sel ect'), [['sel ect', false]]);
  assert.deepEqual(shapes('(?i)select+'), [['selec', true], 'repeat']);
  assert.deepEqual(shapes('ab{2}c'), ['set', 'repeat', 'set']);
  assert.deepEqual(shapes('on=[a]x\\.y'), [['on=', false], 'set', 'set', 'set', 'set']);
  assert.deepEqual(shapes('ab\xe9'), [['ab', false], 'set']);
});

test('refused, where it stands', () => {
  for (const [source, at] of [
    ['a)', 1],
    ['(a', 0],
    ['*a', 0],
    ['(?R)', 0],
    ['(*FAIL)', 0],
    ['a\\K', 1],
    ['(?(1)a)', 0],
    ['[a', 0],
    ['a{3,2}', 6],
    ['(?#a', 0],
  ] as const) {
    assert.throws(
      () => parsePcre(source),
      (error: unknown) => error instanceof PcreFault && error.at === at,
      source,
    );
  }
});

test('of any text comes a tree or a fault', () => {
  const text = fc
    .array(
      fc.constantFrom(
        'a',
        '(',
        ')',
        '[',
        ']',
        '?',
        '*',
        '{',
        '}',
        '1',
        ',',
        '\\',
        '|',
        '<',
        '=',
        '!',
        ':',
        '^',
        '\xe9',
        'i',
        '-',
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (source) => {
      try {
        parsePcre(source);
      } catch (error) {
        assert(error instanceof PcreFault, `${source}: ${String(error)}`);
      }
    }),
    { numRuns: 500 },
  );
});

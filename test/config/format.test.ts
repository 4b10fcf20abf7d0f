// `fmt` as transcripts (before, after), and the two promises as properties: laid out twice is laid out once, and nothing
// but the layout changes, comments included.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { format } from '#config/format';
import { makeSource } from '#config/source';
import { commentsOf, documents, meaningOf } from '../support/kdl.ts';

const formatted = (text: string): string => {
  const result = format(makeSource('test.kdl', text));
  assert(result.ok, result.ok ? '' : result.problems.map(({ what }) => what).join('; '));
  return result.text;
};

const transcripts: ReadonlyArray<readonly [title: string, before: string, after: string]> = [
  [
    'blanks, semicolons and levels',
    'a   1;b{c 2\nd   {\ne 3 }}',
    'a 1\nb {\n    c 2\n    d {\n        e 3\n    }\n}\n',
  ],
  ['a block on one line stays there', 'a { b 1; c "x" "y" }', 'a { b 1; c "x" "y" }\n'],
  ['unless it is too long for it', `a { b "${'x'.repeat(99)}" }`, `a {\n    b "${'x'.repeat(99)}"\n}\n`],
  ['an empty block', 'a {\n}\nb {}', 'a {\n}\nb { }\n'],
  [
    'the booleans and lists of older files',
    'a true x=true\nb ["x", "y"]\ntrue-name null',
    'a #true x=true\nb "x" "y"\ntrue-name #null\n',
  ],
  [
    'comments keep their places',
    '// head\na 1 // behind\n\n\n\n// alone\nb { // opening\n  c 1\n  // last\n}',
    '// head\na 1 // behind\n\n// alone\nb { // opening\n    c 1\n    // last\n}\n',
  ],
  ['a comment in a list over several lines', 'a ["x", // first\n "y"]', 'a "x" /* first */ "y"\n'],
  ['a line that goes on', 'a "x" \\\n   "y"', 'a "x" \\\n    "y"\n'],
  ['what is commented out stays so', '/-a {\n b 1 }\nc /-1 2 /-{ d 1 }', '/-a {\n    b 1\n}\nc /-1 2 /-{ d 1 }\n'],
  ['texts of several lines are not touched', 'a """\n   x\n  y\n  """ // z', 'a """\n   x\n  y\n  """ // z\n'],
  ['line ends of another system, and a byte order mark', '\ufeffa 1\r\nb 2\r\n', 'a 1\nb 2\n'],
  ['nothing at all', ' \n\n', ''],
];

for (const [title, before, after] of transcripts) {
  test(`fmt: ${title}`, () => assert.equal(formatted(before), after));
}

test('fmt refuses what it does not understand, and says why', () => {
  const result = format(makeSource('test.kdl', 'a {\n  b 30s\n'));
  assert(!result.ok);
  assert.deepEqual(
    result.problems.map(({ code, place }) => `${place?.line}:${place?.column} ${code}`),
    ['2:5 config-syntax', '1:1 config-syntax'],
  );
});

test('property: laid out twice is laid out once', () => {
  fc.assert(
    fc.property(documents, (text) => {
      const result = format(makeSource('test.kdl', text));
      if (result.ok) assert.equal(formatted(result.text), result.text);
    }),
    { numRuns: 400 },
  );
});

test('property: the meaning and the comments stay', () => {
  let compared = 0;
  fc.assert(
    fc.property(documents, (text) => {
      const result = format(makeSource('test.kdl', text));
      if (!result.ok) return;
      compared += 1;
      assert.deepEqual(meaningOf(result.text), meaningOf(text.replace(/^\ufeff/, '')));
      assert.deepEqual(commentsOf(result.text), commentsOf(text));
    }),
    { numRuns: 400 },
  );
  assert(compared > 200, `only ${compared} of 400 documents were good`);
});

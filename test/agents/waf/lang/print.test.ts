// What is printed parses to the same tree, for any tree.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printStatement } from '../../../../agents/waf/lang/print.ts';
import type {
  ActionCall,
  OperatorCall,
  Place,
  Selector,
  Statement,
  Target,
  Word,
} from '../../../../agents/waf/lang/tree.ts';
import { bare, lineText, parse, someText } from './support.ts';

const place: Place = { file: '', line: 1, column: 1, length: 1 };
const isSlashed = (text: string) => text.length > 1 && text.startsWith('/') && text.endsWith('/');

/** `/x\/` has no end. */
const escapesItsEnd = (source: string) => (/\\*$/.exec(source)?.[0].length ?? 0) % 2 === 1;

const selector: fc.Arbitrary<Selector> = fc.oneof(
  someText.filter((text) => !isSlashed(text)).map((text): Selector => ({ kind: 'text', text })),
  lineText.filter((source) => !escapesItsEnd(source)).map((source): Selector => ({ kind: 'regex', source })),
);
const sign = fc.constantFrom(
  { isCount: false, isExcluded: false },
  { isCount: true, isExcluded: false },
  { isCount: false, isExcluded: true },
);
const target: fc.Arbitrary<Target> = fc
  .oneof(
    fc.record({
      place: fc.constant(place),
      variable: fc.constantFrom('ARGS', 'TX'),
      selector: fc.option(selector, { nil: undefined }),
      sign,
    }),
    fc.record({
      place: fc.constant(place),
      variable: fc.constant('XML'),
      selector: someText.map((path): Selector => ({ kind: 'xpath', path })),
      sign,
    }),
  )
  .map(({ sign: signs, ...rest }) => ({ ...rest, ...signs }));
const targets = fc.array(target, { minLength: 1, maxLength: 3 });
const actions: fc.Arbitrary<ActionCall[]> = fc.array(
  fc.record({
    place: fc.constant(place),
    argumentPlace: fc.constant(place),
    name: fc.constantFrom('id', 'msg', 't', 'x-y'),
    argument: fc.option(lineText, { nil: undefined }),
  }),
  { minLength: 1, maxLength: 3 },
);
const operator: fc.Arbitrary<OperatorCall> = fc.record({
  place: fc.constant(place),
  argumentPlace: fc.constant(place),
  name: fc.constantFrom('rx', 'pm', 'streq'),
  isNegated: fc.boolean(),
  argument: lineText.map((text) => text.trimStart()),
});
const word: fc.Arbitrary<Word> = lineText.map((text) => ({ text, place }));
const statement: fc.Arbitrary<Statement> = fc.oneof(
  fc.record({ kind: fc.constant('rule' as const), place: fc.constant(place), targets, operator, actions }),
  fc.record({ kind: fc.constant('action' as const), place: fc.constant(place), actions }),
  fc.record({ kind: fc.constant('defaults' as const), place: fc.constant(place), actions }),
  fc.record({ kind: fc.constant('marker' as const), place: fc.constant(place), name: lineText }),
  fc.record({
    kind: fc.constant('update-targets' as const),
    place: fc.constant(place),
    by: fc.constantFrom('id' as const, 'tag' as const, 'msg' as const),
    which: word,
    targets,
    replaced: fc.oneof(fc.constant([]), targets),
  }),
  fc.record({ kind: fc.constant('update-actions' as const), place: fc.constant(place), which: word, actions }),
  fc.record({
    kind: fc.constant('setting' as const),
    place: fc.constant(place),
    name: fc.constant('SecOther'),
    values: fc.array(word, { maxLength: 3 }),
  }),
);

test('print, then parse: the same tree', () => {
  fc.assert(
    fc.property(statement, (one) => {
      const printed = printStatement(one);
      const { statements, problems } = parse(printed);
      assert.deepEqual(problems, [], printed);
      assert.deepEqual(bare(statements), bare([one]), printed);
    }),
    { numRuns: 500 },
  );
});

test('as a person would write it', () => {
  const text = String.raw`SecRule "ARGS|!ARGS:/^a/" "!@rx ^\d\"x\x5c" "id:1,msg:'it\'s, here',deny"`;
  assert.equal(
    parse(text).statements.map(printStatement).join(),
    String.raw`SecRule "ARGS|!ARGS:/^a/" "!@rx ^\d\"x\x5c" "id:1,msg:'it\'s, here',deny"`,
  );
});

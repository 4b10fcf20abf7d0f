// One value and the rules that look at it: the same are marked as if each were asked, whatever is remembered.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Habit, KnownValues, newBudget } from '../../../../agents/waf/plan/known-values.ts';
import { Marks } from '../../../../agents/waf/plan/marks.ts';
import { ValueClass } from '../../../../agents/waf/plan/value-class.ts';
import { madeOf } from '../reference.ts';
import { ruleSetOf } from '../support.ts';
import { judgedOf } from './support.ts';

const { links, scanner } = judgedOf(
  ruleSetOf(`
SecRule ARGS "@rx (?i)select.+from" "id:1,phase:1,pass,t:urlDecodeUni,t:replaceComments"
SecRule ARGS "@rx script" "id:2,phase:1,pass,t:htmlEntityDecode,t:lowercase,t:removeNulls"
SecRule ARGS "@pm cat etc" "id:3,phase:1,pass,t:cmdLine"
SecRule ARGS "!@rx ^[a-z ]*$" "id:4,phase:1,pass"
SecRule ARGS "@rx ^0$" "id:5,phase:1,pass,t:length"
SecRule ARGS "@rx %41" "id:6,phase:1,pass,multiMatch,t:urlDecodeUni,t:urlDecodeUni"
SecRule ARGS "@rx select" "id:7,phase:2,pass,t:base64Decode,t:urlDecodeUni"`),
);
const context = { expand: (): string => '' };

/** By definition. */
const asked = (value: string): readonly number[] =>
  links.flatMap(({ unit, patterns }) =>
    patterns.some(({ operator, isNegated, transformations }) => {
      const text = transformations.reduce((before, { apply }) => apply(before), value);
      return (operator.match(text, context, false) !== undefined) !== isNegated;
    })
      ? [unit]
      : [],
  );

const values = madeOf(
  'select',
  ' FROM ',
  '/**/',
  '+',
  '%41',
  '%2541',
  '&lt;',
  'Script',
  'c^at',
  'ETC',
  "'",
  'x'.repeat(300),
  'c2VsZWN0',
  'c2VsZWN',
  'a',
);

const units = links.map(({ unit }) => unit);
const newClass = () => new ValueClass(links, scanner, new KnownValues(newBudget()));

test('each rule as if it were asked, and all that match are told of a name', () => {
  const values1 = newClass();
  const habit = new Habit();
  fc.assert(
    fc.property(values, (value) => {
      const expected = asked(value);
      for (const _ of [1, 2]) {
        const marks = new Marks();
        values1.judge(value, marks, habit);
        assert.deepEqual(
          units.filter((unit) => marks.has(unit)),
          expected,
        );
      }
      assert.deepEqual([...values1.matching(value, new Marks()).units].sort(), expected);
    }),
    { numRuns: 1000 },
  );
});

test('a rule that has a match is not asked again, and the value is told as one that may match', () => {
  const [marks, habit] = [new Marks(), new Habit()];
  const [long, other] = [`${'x'.repeat(300)} etc`, `${'y'.repeat(300)} etc`];
  const all = newClass();
  for (const value of [long, other]) all.judge(value, marks, habit);
  assert.deepEqual(marks.valuesOf(2), [long, other]);
});

test('the empty value too', () => {
  const marks = new Marks();
  newClass().judge('', marks, new Habit());
  assert.deepEqual(
    units.filter((unit) => marks.has(unit)),
    asked(''),
  );
});

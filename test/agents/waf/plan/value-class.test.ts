// One value and the rules that look at it: the same are marked as if each were asked, whatever is remembered.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atOnce } from '../../../../agents/waf/compile/slices.ts';
import { judgedRules } from '../../../../agents/waf/plan/judged.ts';
import { KnownValues, newBudget } from '../../../../agents/waf/plan/known-values.ts';
import { Marks } from '../../../../agents/waf/plan/marks.ts';
import { ValueClass } from '../../../../agents/waf/plan/value-class.ts';
import { madeOf } from '../reference.ts';
import { ruleSetOf } from '../support.ts';
import { scannerOf } from './support.ts';

const judged = atOnce(
  judgedRules(
    ruleSetOf(`
SecRule ARGS "@rx (?i)select.+from" "id:1,phase:1,pass,t:urlDecodeUni,t:replaceComments"
SecRule ARGS "@rx script" "id:2,phase:1,pass,t:htmlEntityDecode,t:lowercase,t:removeNulls"
SecRule ARGS "@pm cat etc" "id:3,phase:1,pass,t:cmdLine"
SecRule ARGS "!@rx ^[a-z ]*$" "id:4,phase:1,pass"
SecRule ARGS "@rx ^0$" "id:5,phase:1,pass,t:length"
SecRule ARGS "@rx %41" "id:6,phase:1,pass,multiMatch,t:urlDecodeUni,t:urlDecodeUni"`),
  ),
);
const rules = judged.phases[1] ?? [];
const context = { expand: (): string => '' };

/** By definition. */
const asked = (value: string): readonly number[] =>
  rules.flatMap(({ step, patterns }) =>
    patterns.some(({ operator, isNegated, transformations }) => {
      const text = transformations.reduce((before, { apply }) => apply(before), value);
      return (operator.match(text, context, false) !== undefined) !== isNegated;
    })
      ? [step]
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
  'a',
);

test('each rule as if it were asked', () => {
  const values1 = new ValueClass(rules, scannerOf(judged), new KnownValues(newBudget()));
  fc.assert(
    fc.property(values, (value) => {
      for (const _ of [1, 2]) {
        const marks = new Marks(10);
        values1.judge(value, marks);
        assert.deepEqual(
          [0, 1, 2, 3, 4, 5].filter((step) => marks.has(step)),
          asked(value),
        );
      }
    }),
    { numRuns: 1000 },
  );
});

test('the empty value too', () => {
  const marks = new Marks(10);
  new ValueClass(rules, scannerOf(judged), new KnownValues(newBudget())).judge('', marks);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].filter((step) => marks.has(step)),
    asked(''),
  );
});

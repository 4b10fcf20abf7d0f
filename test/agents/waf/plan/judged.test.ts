// Links that are judged by value: a pattern for each text that they look at, clauses shared by links of one expression.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce } from '../../../../agents/waf/compile/slices.ts';
import { judgedLinks } from '../../../../agents/waf/plan/judged.ts';
import { hasClause } from '../../../../agents/waf/plan/scanner.ts';
import { ruleSetOf } from '../support.ts';

const groups = atOnce(
  judgedLinks(
    ruleSetOf(`
SecRule ARGS "@rx select" "id:1,phase:1,pass,multiMatch,t:urlDecodeUni,t:lowercase"
SecRule FILES "@rx select" "id:2,phase:1,pass"
SecRule ARGS "!@rx select" "id:3,phase:1,pass"
SecRule TX:a "@rx select" "id:4,phase:1,pass"
SecRule ARGS "@pm Evil b" "id:5,phase:2,pass"
SecRule TX:on "@eq 1" "id:6,phase:2,pass,chain"
SecRule ARGS_NAMES "@rx select" ""
SecRule RESPONSE_BODY "@rx select" "id:7,phase:4,pass"`),
  ),
);

test('phases that are judged together', () => {
  assert.deepEqual(
    groups.map(({ phases, links }) => [phases, links.map(({ rule }) => rule.id)]),
    [
      [
        [1, 2],
        [1, 2, 3, 5, 6],
      ],
      [[3, 4], [7]],
      [[5], []],
    ],
  );
  assert(groups[0]?.scanner !== groups[1]?.scanner && groups[1]?.scanner === groups[2]?.scanner);
});

test('patterns and what they ask for', () => {
  const links = groups[0]?.links ?? [];
  assert.deepEqual(
    links.map(({ step, findFirst, patterns }) => [
      step,
      findFirst === undefined,
      ...patterns.map((one) => one.transformations.length),
    ]),
    [
      [0, true, 0, 1, 2],
      [1, true, 0],
      [2, true, 0],
      [0, true, 0],
      [1, false, 0],
    ],
  );
  assert.deepEqual(
    links.map(({ patterns }) => [patterns[0]?.shortest, patterns[0]?.needs.map(({ clause }) => clause)]),
    [
      [6, [0]],
      [6, [0]],
      [0, []],
      [1, [1]],
      [6, [0]],
    ],
  );
  const scanner = groups[0]?.scanner;
  assert(scanner !== undefined);
  const found = scanner.newFound();
  scanner.scan('an EVIL one SELECTs', found, scanner.interestIn([0, 1]));
  assert.deepEqual([hasClause(found, 0), hasClause(found, 1)], [true, true]);
});

// Rules that are judged by value: a pattern for each text that they look at, clauses shared by rules of one expression.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce } from '../../../../agents/waf/compile/slices.ts';
import { judgedRules } from '../../../../agents/waf/plan/judged.ts';
import { ruleSetOf } from '../support.ts';

test('patterns and needs', () => {
  const { phases, scanners } = atOnce(
    judgedRules(
      ruleSetOf(`
SecRule ARGS "@rx select" "id:1,phase:1,pass,multiMatch,t:urlDecodeUni,t:lowercase"
SecRule FILES "@rx select" "id:2,phase:1,pass"
SecRule ARGS "!@rx select" "id:3,phase:1,pass"
SecRule TX:a "@rx select" "id:4,phase:1,pass"
SecRule ARGS "@pm Evil b" "id:5,phase:2,pass"`),
    ),
  );
  const shapes = phases.map((rules) =>
    rules.map(({ step, patterns }) => [step, ...patterns.map((one) => one.transformations.length)]),
  );
  assert.deepEqual(shapes, [
    [],
    [
      [0, 0, 1, 2],
      [1, 0],
      [2, 0],
    ],
    [[0, 0]],
    [],
    [],
    [],
  ]);
  const clauses = phases.flat().map(({ patterns }) => patterns[0]?.needs.map(({ clause }) => clause));
  assert.deepEqual(clauses, [[0], [0], [], [1]]);
  const [, scanner] = scanners;
  assert(scanner !== undefined && scanners[2] === scanner && scanners[4] !== scanner);
  scanner.scan('an EVIL one SELECTs');
  assert.deepEqual([scanner.hasHit(0), scanner.hasHit(1)], [true, true]);
});

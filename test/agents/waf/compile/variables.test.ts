// The table of variables: no name in both halves, and every kind is used by the checker.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusedVariables, variables } from '../../../../agents/waf/compile/variables.ts';
import { variableByName, variableNames } from '../../../../agents/waf/run/variables.ts';
import { complaintsOf, ruleOf } from './support.ts';

test('a variable is supported or refused, not both', () => {
  for (const name of Object.keys(refusedVariables)) assert(!Object.hasOwn(variables, name), name);
});

test('each supported one can be named, each refused one says why', () => {
  for (const name of Object.keys(variables))
    assert.equal(ruleOf(`SecRule ${name} "@rx a" "id:1"`).links[0]?.targets[0]?.variable, name);
  for (const [name, why] of Object.entries(refusedVariables)) {
    assert.deepEqual(complaintsOf(`SecRule ${name} "@rx a" "id:1"`), [
      `1:9 the variable ${name} is not supported [rule-not-supported]; ${why}`,
    ]);
  }
});

test('what may be named can be read, of the same kind, and the other way round', () => {
  assert.deepEqual(Object.keys(variables).toSorted(), variableNames.toSorted());
  for (const [name, { kind }] of Object.entries(variables)) {
    if (kind !== 'xml') assert.equal(variableByName(name)?.isCollection, kind === 'many', name);
  }
});

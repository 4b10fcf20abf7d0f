// A mistake of ours names its rule and reaches the caller, who knows it as one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRuleFault } from '../../../../agents/waf/engine.ts';
import { guarded } from '../../../../agents/waf/run/fault.ts';
import { ruleSetOf, run } from '../support.ts';

test('an operator that throws ends the transaction with the id of its rule', () => {
  const set = ruleSetOf('SecRuleEngine On\nSecRule REQUEST_URI "@rx ." "id:77,phase:1,pass"');
  const [step] = set.phases[1]!;
  assert(step?.kind === 'rule');
  const broken = {
    ...step.links[0]!,
    operator: {
      match: () => {
        throw new Error('out of luck');
      },
    },
  };
  const phases = set.phases.map((steps, phase) => (phase === 1 ? [{ ...step, links: [broken] }] : steps));
  assert.throws(
    () => run({ ...set, phases }),
    (error: unknown) => isRuleFault(error) && error.ruleId === 77 && /out of luck/.test(error.message),
  );
});

test('a mistake where a request is read is told as one, without a rule', () => {
  const set = ruleSetOf('SecRuleEngine On\nSecRequestBodyAccess On');
  const settings = Object.defineProperty({ ...set.settings }, 'argumentSeparator', {
    get: () => {
      throw new Error('out of order');
    },
  });
  assert.throws(
    () => run({ ...set, settings }, { target: '/?a=1' }),
    (error: unknown) =>
      isRuleFault(error) && error.ruleId === 0 && /could not be read: out of order/.test(error.message),
  );
  assert.doesNotThrow(() => guarded(() => {}));
});

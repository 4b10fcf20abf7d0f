// A whole set of rules: phases, markers, chains, ids; what cannot be one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyBytes } from '../lang/support.ts';
import { compile, complaintsOf, ruleOf, setOf } from './support.ts';

test('rules stand in their phases in the order of the files, markers in every phase', () => {
  const { phases, signatures } = setOf(`
    SecComponentSignature "A/1"
    SecAction "id:2,phase:1"
    SecMarker M
    SecAction "id:1,phase:1"
    SecAction "id:3"
    SecAction "id:4,phase:logging"
    SecComponentSignature "A/1"`);
  assert.deepEqual(
    phases.map((steps) => steps.map((step) => (step.kind === 'marker' ? step.name : step.id))),
    [[], [2, 'M', 1], ['M', 3], ['M'], ['M'], ['M', 4]],
  );
  assert.deepEqual(signatures, ['A/1']);
});

test('a rule needs an id', () => {
  assert.deepEqual(
    complaintsOf('SecRule ARGS "@rx a" "deny,chain"\n SecRule ARGS "@rx b" "nolog,t:lowecase"\nSecRule ARGS a'),
    [
      '1:1 the rule has no id [rule-incomplete]; add one, as in id:1000, from 1 to 99999 for rules of your own',
      "2:32 unknown transformation 'lowecase' [rule-unknown-word]; did you mean 'lowercase'?",
      '3:1 the rule has no id [rule-incomplete]; add one, as in id:1000, from 1 to 99999 for rules of your own',
    ],
  );
});

test('a chain must go on, and what belongs to the whole stands in its first rule', () => {
  const chain = '[rule-incomplete]; a rule must follow here, or take `chain` away';
  assert.deepEqual(complaintsOf('SecAction "id:1,chain"'), [`1:1 the chain of rule 1 is not finished ${chain}`]);
  assert.deepEqual(complaintsOf('SecAction "id:1,chain"\nSecAction "chain"\nSecMarker M\nSecAction "id:2"'), [
    `2:1 the chain of rule 1 is not finished ${chain}`,
  ]);
  const misplaced = (action: string) => complaintsOf(`SecAction "id:1,chain"\nSecAction "${action}"`)[0];
  for (const action of ['id:2', 'phase:1', 'msg:a', 'deny', 'skip:1', 'skipAfter:a', 'severity:1']) {
    assert.match(
      misplaced(action) ?? '',
      /^2:12 \w+ stands in a rule that is chained to another \[rule-misplaced\]/,
      action,
    );
  }
  for (const action of ['nolog', 'tag:a', 'status:403'])
    assert.match(misplaced(action) ?? '', /^2:12 \w+ has no effect in a rule that is chained/, action);
});

test('a jump to a marker that is nowhere', () => {
  assert.deepEqual(complaintsOf('SecAction "id:1,skipAfter:END"\nSecMarker EN'), [
    '1:1 rule 1 goes on behind a marker \'END\' that does not exist, so it ends the phase [rule-no-effect]; add SecMarker "END"',
  ]);
  assert.equal(ruleOf('SecAction "id:1,skip:2"').skip, 2);
});

test('of any bytes comes a set or problems, never an exception', () => {
  const word = fc.constantFrom(
    'SecRule ',
    'SecAction ',
    'ARGS ',
    '"@rx a" ',
    '"@rx (" ',
    '"id:1,',
    'phase:1,',
    'deny,',
    'chain,',
    't:none',
    '"\n',
    'SecMarker a\n',
    'SecRuleRemoveById 1\n',
    'SecDefaultAction "',
    'setvar:tx.a=1,',
    "ctl:'ruleRemoveTargetById=1;ARGS:a'",
    'Include a\n',
    '<IfModule x>\n',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, anyBytes), { maxLength: 12 }), (parts) => {
      const compiled = compile(parts.join(''));
      assert('ruleSet' in compiled || compiled.problems.some(({ severity }) => severity === 'error'));
    }),
    { numRuns: 300 },
  );
});

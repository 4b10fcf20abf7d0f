// From a rule that is still changed to one that is run: inheritance, block, chains.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaintsOf, ruleOf } from './support.ts';

test('rules inherit from SecDefaultAction of their phase, as it stands before them', () => {
  const text = `
    SecAction "id:1,phase:1"
    SecDefaultAction "phase:1,nolog,auditlog,deny,status:403,t:lowercase"
    SecDefaultAction "phase:2,log,pass"
    SecAction "id:2,phase:1,t:urlDecode"
    SecAction "id:3,phase:2"
    SecDefaultAction "phase:1,log,pass"
    SecAction "id:4,phase:1,t:none"`;
  const facts = (id: number) => {
    const { logs, audits, disruption, status, links } = ruleOf(text, id);
    return [logs, audits, disruption.kind, status, links[0]?.transformations.map(({ name }) => name)];
  };
  assert.deepEqual(facts(1), [true, true, 'pass', undefined, []]);
  assert.deepEqual(facts(2), [false, true, 'deny', 403, ['lowercase', 'urlDecode']]);
  assert.deepEqual(facts(3), [true, true, 'pass', undefined, []]);
  assert.deepEqual(facts(4), [true, true, 'pass', undefined, []]);
});

test('block is what the defaults say, and pass where they say nothing', () => {
  const text =
    'SecAction "id:1,phase:3,block"\nSecDefaultAction "phase:3,drop"\nSecAction "id:2,phase:3,block"\nSecAction "id:3,phase:3,pass"';
  assert.deepEqual(
    [1, 2, 3].map((id) => ruleOf(text, id).disruption.kind),
    ['pass', 'drop', 'pass'],
  );
});

test('a chain has its metadata from its first rule; each link its own transformations, captures and effects', () => {
  const rule = ruleOf(`
    SecRule ARGS "@rx a" "id:1,phase:1,deny,chain,capture,t:lowercase,setvar:tx.a=1,skipAfter:END"
      SecRule TX:1 "!@streq b" "chain,multiMatch,setvar:tx.b=2"
      SecAction "setvar:tx.c=3"
    SecMarker END`);
  assert.deepEqual(
    rule.links.map(
      ({ operatorName, operatorArgument, isNegated, captures, isMultiMatch, transformations, effects }) => [
        operatorName,
        operatorArgument,
        isNegated,
        captures,
        isMultiMatch,
        transformations.length,
        effects.length,
      ],
    ),
    [
      ['rx', 'a', false, true, false, 1, 1],
      ['streq', 'b', true, false, true, 0, 1],
      ['unconditionalMatch', '', false, false, false, 0, 1],
    ],
  );
  assert.deepEqual([rule.disruption.kind, rule.skipAfter], ['deny', 'END']);
});

test('SecDefaultAction needs a phase and says what to do', () => {
  assert.match(complaintsOf('SecDefaultAction "pass"')[0] ?? '', /has no phase/);
  assert.match(complaintsOf('SecDefaultAction "phase:1,log"')[0] ?? '', /does not say what to do/);
  assert.match(complaintsOf('SecDefaultAction "phase:1,block"')[0] ?? '', /says block/);
  assert.match(
    complaintsOf('SecDefaultAction "phase:1,pass,id:1,chain"').join('\n'),
    /id stands in SecDefaultAction.*\n.*chain stands in SecDefaultAction/,
  );
});

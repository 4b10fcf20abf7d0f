// `ctl` in every form.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlNames, refusedControlNames } from '../../../../agents/waf/compile/controls.ts';
import type { Control } from '../../../../agents/waf/compile/rule-set.ts';
import { complaintsOf, ruleOf, rulesOf } from './support.ts';

function controls(argument: string): Control[] {
  const effects = ruleOf(`SecAction "id:1,ctl:'${argument}'"`).links[0]?.effects ?? [];
  return effects.map((effect) => {
    assert(effect.kind === 'ctl');
    return effect.control;
  });
}

test('values', () => {
  assert.deepEqual(
    [
      'ruleEngine=DetectionOnly',
      'auditEngine=relevantonly',
      'auditLogParts=+e',
      'requestBodyAccess=off',
      'forceRequestBodyVariable=On',
      'responseBodyAccess=On',
      'requestBodyProcessor=json',
      'requestBodyLimit=10',
      'responseBodyLimit=20',
      'workBudget=30',
      'responseBodyProcessor=XML',
    ].flatMap(controls),
    [
      { kind: 'rule-engine', mode: 'detection-only' },
      { kind: 'audit-engine', mode: 'relevant-only' },
      { kind: 'audit-log-parts', change: '+E' },
      { kind: 'request-body-access', isOn: false },
      { kind: 'force-request-body-variable', isOn: true },
      { kind: 'response-body-access', isOn: true },
      { kind: 'request-body-processor', processor: 'JSON' },
      { kind: 'request-body-limit', bytes: 10 },
      { kind: 'response-body-limit', bytes: 20 },
      { kind: 'work-budget', units: 30 },
      { kind: 'response-body-processor', processor: 'XML' },
    ],
  );
});

const others = rulesOf(`
  SecAction "id:10,tag:'attack-sqli',msg:'SQL',phase:1"
  SecAction "id:20,tag:'attack-xss',phase:1"
`);

test('rules by id, range, tag and message', () => {
  const removed = (argument: string) => {
    const [control] = controls(argument);
    assert(control?.kind === 'remove-rules');
    return [...others, ...others].filter(control.removes).map(({ id }) => id);
  };
  assert.deepEqual(removed('ruleRemoveById=1-15'), [10, 10]);
  assert.deepEqual(removed('ruleRemoveById=10,20'), [10, 20, 10, 20]);
  assert.deepEqual(removed('ruleRemoveByTag=xss$'), [20, 20]);
  assert.deepEqual(removed('ruleRemoveByMsg=SQL'), [10, 10]);
});

test('targets of rules, one or several, with expressions', () => {
  const found = controls('ruleRemoveTargetById=1-15;ARGS:/^json\\.\\d+,x$/,REQUEST_COOKIES:a');
  assert.deepEqual(
    found.map(
      (control) =>
        control.kind === 'remove-targets' && [
          others.filter(control.appliesTo).map(({ id }) => id),
          control.target.text,
        ],
    ),
    [
      [[10], "ARGS:'/^json\\\\.\\\\d+,x$/'"],
      [[10], 'REQUEST_COOKIES:a'],
    ],
  );
  const [byTag] = controls('ruleRemoveTargetByTag=attack;REQUEST_FILENAME');
  assert(byTag?.kind === 'remove-targets' && others.every(byTag.appliesTo));
});

test('mistakes', () => {
  const complaint = (argument: string) => complaintsOf(`SecAction "id:1,ctl:'${argument}'"`)[0];
  assert.equal(
    complaint('ruleEngin=On'),
    "1:22 unknown ctl 'ruleEngin' [rule-unknown-word]; did you mean 'ruleEngine'?",
  );
  assert.equal(complaint('ruleEngine'), '1:22 ctl:ruleEngine takes a value, after = [rule-bad-value]');
  assert.equal(
    complaint('ruleRemoveTargetById=1'),
    '1:22 ctl:ruleRemoveTargetById takes an id and a target, as in 942100;ARGS:password [rule-bad-value]',
  );
  assert.equal(
    complaint('ruleRemoveTargetById=1;!ARGS:a'),
    '1:22 a target that is taken out has no ! before it [rule-bad-value]; write ARGS:password',
  );
  assert.equal(
    complaint('ruleRemoveTargetById=a;ARGS:a'),
    "1:22 'a' is no id [rule-bad-value]; ids look like 942100 or 942100-942199",
  );
  assert.match(complaint('ruleRemoveTargetById=1;ARG:a') ?? '', /unknown variable 'ARG'/);
  for (const [name, why] of refusedControlNames)
    assert.equal(complaint(`${name}=1`), `1:22 ctl:${name} is not supported [rule-not-supported]; ${why}`);
  for (const [name] of controlNames) assert.match(complaint(`${name}=`) ?? '', /\[rule-bad-value\]/, name);
});

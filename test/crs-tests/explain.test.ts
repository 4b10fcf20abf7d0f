// Why a rule did not match, in each way there is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explanationOf } from '../../agents/waf/engine.ts';
import { explainFailure, visible, whyNot } from '../../crs-tests/explain.ts';
import { ruleSetOf, run } from '../agents/waf/support.ts';

const ruleSet = ruleSetOf(`SecRuleEngine On
SecAction "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=3,skipAfter:END"
SecAction "id:2,phase:1,pass,log"
SecMarker END
SecAction "id:3,phase:1,pass,log"
SecRule ARGS_POST "@rx ." "id:4,phase:1,pass,log"
SecRule ARGS "@rx ^b" "id:5,phase:1,pass,log,t:none,t:lowercase"
SecAction "id:6,phase:1,deny,nolog"
SecAction "id:7,phase:2,pass,log"`);
const { events } = explanationOf(run(ruleSet, { target: '/?x=A%00', explains: true }));
const why = (id: number) => whyNot(ruleSet, id, events).join('\n');

test('each reason has its words', () => {
  assert.match(why(2), /rule 2 \(test\.conf:3, phase 1\) was skipped by rule 1, to END/);
  assert.match(why(3), /was taken out by an earlier rule/);
  assert.match(why(4), /ran, but none of its targets had a value/);
  assert.match(
    why(5),
    /ran and did not match:\n {4}link 0: @rx \^b\n {4}link 0 ARGS:x "A\\\\x00" became "a\\\\x00": no match/,
  );
  assert.match(why(6), /matched, but is not logged/);
  assert.match(why(7), /did not run: its phase was not reached/);
  assert.match(why(8), /rule 8 is not in the rule set/);
});

test('the whole story begins with what was expected', () => {
  const text = explainFailure(ruleSet, {
    request: 'GET / HTTP/1.1\r\n\r\n',
    problems: ['expected rule 5 in the log'],
    log: [],
    events,
    missingIds: [5],
  });
  assert.match(text, /^ {2}expected rule 5 in the log\n {2}the request:\n {4}GET \/ HTTP\/1\.1\n/);
  assert.match(text, /rules that matched: 1, 6\n/);
});

test('bytes are visible', () => assert.equal(visible('a\n\xff'), 'a\\x0a\\xff'));

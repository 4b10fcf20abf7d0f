// One stage through front, engine and backend: what a client and a log reader would see.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stage } from '../../crs-tests/case.ts';
import { readCases } from '../../crs-tests/cases.ts';
import { runStage } from '../../crs-tests/target-engine.ts';
import { ruleSetOf } from '../agents/waf/support.ts';

const rules = ruleSetOf(`SecRuleEngine On
SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain
SecRule ARGS:a "@rx evil" "id:1,phase:2,deny,status:406,log"
SecRule RESPONSE_BODY "@rx leaked" "id:2,phase:4,pass,log"`);

const stage = (input: string): Stage =>
  readCases(
    '1.yaml',
    `tests:\n  - stages:\n      - input: {headers: {Host: h, Content-Type: application/json}, ${input}}\n        output: {status: 200}\n`,
  ).cases[0]!.stages[0]!;

test('what is denied is answered so', () => {
  const { outcome, request } = runStage(rules, stage('uri: "/?a=evil"'), 0, false);
  assert.equal(outcome.status, 406);
  assert.match(outcome.log.join(), /\[id "1"\]/);
  assert.match(request, /^GET \/\?a=evil HTTP\/1\.1\r\n/);
});

test("the backend's answer goes through the rules for responses", () => {
  const { outcome } = runStage(rules, stage(`method: POST, uri: /reflect, data: '{"body": "leaked"}'`), 0, false);
  assert.deepEqual([outcome.status, outcome.log.length], [200, 1]);
  assert.match(outcome.responseHead, /^HTTP\/1\.1 200\r\nContent-Type: text\/plain/);
});

test('what the front refuses never reaches the rules', () => {
  const { outcome, refusal, events } = runStage(rules, stage('uri: "/#a=evil"'), 0, true);
  assert.deepEqual([outcome.status, outcome.log, events], [400, [], []]);
  assert.match(refusal ?? '', /target/);
});

test('a trace is there when it is asked for', () => {
  assert(runStage(rules, stage('uri: /'), 0, true).events.length > 0);
  assert.equal(runStage(rules, stage('uri: /'), 0, false).events.length, 0);
});

// What a request came to: each match with its value before and after, what it added, and what stopped it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AskedRequest } from '../../../../agents/waf/explain/address.ts';
import { type Asking, explainRequest } from '../../../../agents/waf/explain/facts.ts';
import { ruleSetOf } from '../support.ts';

const rules = ruleSetOf(`SecRuleEngine On
SecRequestBodyAccess On
SecAction "id:1,phase:1,pass,nolog,setvar:tx.inbound_anomaly_score_threshold=5"
SecRule ENV:sentinel_route "@streq admin" "id:2,phase:1,pass,nolog,ctl:ruleRemoveById=12"
SecRule ARGS "@rx <b>" "id:10,phase:2,pass,log,t:none,t:urlDecodeUni,t:lowercase,msg:'bold in %{MATCHED_VAR_NAME}',logdata:'%{TX.0}',capture,setvar:tx.inbound_anomaly_score_pl1=+3"
SecRule ARGS "@rx ." "id:11,phase:2,pass,nolog,chain"
SecRule MATCHED_VAR "@rx z" "setvar:tx.inbound_anomaly_score_pl2=+2"
SecRule ARGS "@rx ." "id:12,phase:2,pass,nolog,skipAfter:END"
SecRule ARGS "@rx ." "id:13,phase:2,pass,log"
SecMarker END
SecRule TX:INBOUND_ANOMALY_SCORE_PL1 "@ge 3" "id:20,phase:2,deny,status:406,log,msg:'too much'"`);

const request = (target: string, body?: string): AskedRequest => ({
  method: body === undefined ? 'GET' : 'POST',
  target,
  protocol: 'HTTP/1.1',
  headers: body === undefined ? [] : [['Content-Type', 'application/x-www-form-urlencoded']],
  body,
});

const explained = (one: AskedRequest, more: Partial<Asking> = {}) =>
  explainRequest(rules, { request: one, client: '192.0.2.7', route: undefined, environment: {}, nowMs: 0, ...more });

test('the value as it was found and as it was tested, what each match added, what stopped it', () => {
  const { verdict, stoppedIn, score, threshold, matches, skipped, ran } = explained(request('/?a=%253CB%3e', 'c=xyz'));
  assert.deepEqual(
    [verdict.kind, verdict.status, verdict.ruleId, stoppedIn, score, threshold],
    ['deny', 406, 20, 2, 5, 5],
  );
  const [bold, chained] = matches;
  assert.deepEqual(
    [
      bold?.ruleId,
      bold?.target,
      bold?.found,
      bold?.tested,
      bold?.message,
      bold?.data,
      bold?.added,
      bold?.score,
      bold?.isLogged,
    ],
    [10, 'ARGS:a', '%3CB>', '<b>', 'bold in ARGS:a', '<b>', 3, 3, true],
  );
  assert.deepEqual(bold?.transformations, ['urlDecodeUni', 'lowercase']);
  assert.deepEqual([chained?.ruleId, chained?.added, chained?.score, chained?.isLogged], [11, 2, 5, false]);
  assert.deepEqual(skipped, [{ id: 13, by: 12, to: 'END' }]);
  assert.deepEqual(ran, [1, 2, 10, 11, 12, 20]);
});

test('a rule that matches two values adds twice', () => {
  const { matches } = explained(request('/?a=<b>&c=<b>'));
  assert.deepEqual(
    matches.filter(({ ruleId }) => ruleId === 10).map(({ target, score }) => [target, score]),
    [
      ['ARGS:a', 3],
      ['ARGS:c', 6],
    ],
  );
});

test('nothing matches, and what a route takes out', () => {
  const calm = explained(request('/'));
  assert.deepEqual([calm.verdict.kind, calm.score, calm.matches.length, calm.removed], ['pass', 0, 0, []]);
  const routed = explained(request('/?a=1'), { route: 'admin', environment: { sentinel_route: 'admin' } });
  assert.deepEqual([routed.removed, routed.matches.map(({ ruleId }) => ruleId)], [[12], [2, 13]]);
});

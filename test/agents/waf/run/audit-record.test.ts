// When a transaction is audited, what is kept of it, and that secrets are masked wherever they stand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditRecord, isAudited } from '../../../../agents/waf/run/audit-record.ts';
import { form, run } from '../support.ts';

const on = 'SecRuleEngine On\nSecRequestBodyAccess On\n';

test('relevant: a rule that audits matched, or the status says so', () => {
  const audited = (settings: string, rule: string, status = 200) =>
    isAudited(run(`${on}${settings}\n${rule}`).state, status);
  const relevant = 'SecAuditEngine RelevantOnly\nSecAuditLogRelevantStatus "^5"';
  assert.equal(audited(relevant, 'SecAction "id:1,phase:1,pass,log"'), true);
  assert.equal(audited(relevant, 'SecAction "id:1,phase:1,pass,nolog"'), false);
  assert.equal(audited(relevant, 'SecAction "id:1,phase:1,pass,log,noauditlog"'), false);
  assert.equal(audited(relevant, 'SecAction "id:1,phase:1,pass,nolog"', 502), true);
  assert.equal(audited('SecAuditEngine On', ''), true);
  assert.equal(audited('SecAuditEngine Off', 'SecAction "id:1,phase:1,pass,log"'), false);
});

const secrets = run(
  `${on}SecRule ARGS:card "@rx (\\d+)" "id:1,phase:2,pass,log,logdata:'%{MATCHED_VAR}',sanitiseMatched"
  SecAction "id:2,phase:1,pass,nolog,sanitiseArg:pin,sanitiseRequestHeader:X-Key,sanitiseResponseHeader:X-Out"`,
  {
    method: 'POST',
    target: '/?token=t0k3n&a=1',
    headers: [...form, ['X-Key', 'k3y'], ['Authorization', 'Basic c2VjcmV0']],
    body: 'pin=9876&card=4111%2B1&password=p%40ss&keep=this',
    response: {
      headers: [
        ['X-Out', '0ut'],
        ['Set-Cookie', 's=1'],
      ],
    },
  },
);

test('what rules name and what everybody knows is masked, in every part', () => {
  const record = auditRecord(secrets.state, 200);
  const text = JSON.stringify(record);
  for (const secret of ['t0k3n', 'k3y', 'c2VjcmV0', '9876', '4111', 'p%40ss', 'p@ss', '0ut']) {
    assert(!text.includes(secret), `${secret} in ${text}`);
  }
  assert(record.requestBody!.includes('keep=this'));
  assert.equal(record.requestBody, 'pin=****&card=********&password=******&keep=this');
});

test('only matches that are audited are in it', () => {
  const transaction = run(`${on}SecAction "id:1,phase:1,pass,log,noauditlog"\nSecAction "id:2,phase:1,pass,log"`);
  assert.deepEqual(
    auditRecord(transaction.state, 200).alerts.map(({ rule }) => rule.id),
    [2],
  );
});

test('of a matched value the ends may stay to be read', () => {
  const rules = `${on}SecRule ARGS:card "@rx ^\\d+$" "id:1,phase:1,pass,log,logdata:'%{MATCHED_VAR}',sanitiseMatchedBytes:1/4"`;
  const { alerts, uri } = auditRecord(run(rules, { target: '/?card=4111222233334444' }).state, 200);
  assert.deepEqual([alerts[0]!.data, uri], ['4***********4444', '/?card=4***********4444']);
});

// A whole record as JSON: one line, in the shape that pipelines for ModSecurity 3 read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditTextOf } from '../../../../agents/waf/engine.ts';
import { run } from '../support.ts';

const rules = `SecRuleEngine DetectionOnly
SecAuditEngine On
SecAuditLogFormat JSON
SecAuditLogParts ABCFHKZ
SecRequestBodyAccess On
SecRule ARGS "@rx <" "id:7,phase:1,deny,msg:'m',logdata:'%{MATCHED_VAR}',severity:ERROR,tag:'t'"`;

test('one line, with request, response and messages', () => {
  const text = auditTextOf(
    run(rules, {
      method: 'POST',
      target: '/?a=%3C%ff',
      headers: [
        ['Host', 'h'],
        ['X', '\xff'],
      ],
      body: 'b\n',
    }),
    200,
    'unused',
  )!;
  assert.equal(text.indexOf('\n'), text.length - 1);
  const { transaction } = JSON.parse(text);
  assert.deepEqual(
    [transaction.client_ip, transaction.unique_id, transaction.is_interrupted],
    ['192.0.2.1', 'unique-1', false],
  );
  assert.deepEqual(transaction.request, {
    method: 'POST',
    http_version: '1.1',
    uri: '/?a=%3C%ff',
    headers: { Host: 'h', X: '\xff', 'Content-Length': '2' },
    body: 'b\n',
  });
  assert.equal(transaction.response.http_code, 200);
  const [message] = transaction.messages;
  assert.deepEqual(
    [message.message, message.details.ruleId, message.details.data, message.details.severity],
    ['m', '7', '<\xff', '3'],
  );
  assert.deepEqual(transaction.matched_rules, [7]);
});

// The steps of a transaction: limits of bodies, which responses are looked at, and that no bytes can break it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { begin, form, logged, ruleSetOf, run } from '../support.ts';

const on = 'SecRuleEngine On\nSecRequestBodyAccess On\nSecResponseBodyAccess On\nSecResponseBodyMimeType text/html\n';
const head = (headers: ReadonlyArray<readonly [string, string]> = []) => ({
  method: 'POST',
  target: '/',
  protocol: 'HTTP/1.1',
  headers,
});

test('a body in pieces is one body', () => {
  const transaction = begin(`${on}SecRule ARGS:a "@streq bcd" "id:1,phase:2,deny"`);
  transaction.requestHead(head(form), 0);
  for (const piece of ['a', '=b', 'c', 'd']) transaction.addRequestBody(piece);
  assert.equal(transaction.requestBody(0).kind, 'deny');
});

test('a body over its limit is refused at once, or cut', () => {
  const over = (action: string, engine = 'On') => {
    const transaction = begin(
      `SecRuleEngine ${engine}\nSecRequestBodyAccess On\nSecRequestBodyLimit 4\nSecRequestBodyLimitAction ${action}`,
    );
    transaction.requestHead(head(form), 0);
    return { verdict: transaction.addRequestBody('a=123'), transaction };
  };
  assert.equal(over('Reject').verdict.status, 413);
  const { verdict, transaction } = over('ProcessPartial');
  transaction.requestBody(0);
  assert.deepEqual(
    [verdict.kind, transaction.state.body.args, transaction.state.isBodyCut],
    ['pass', [['a', '12']], true],
  );
  assert.equal(over('Reject', 'DetectionOnly').verdict.kind, 'pass');
});

test('responses are looked at by their type, up to the limit', () => {
  const rules = `${on}SecResponseBodyLimit 4\nSecResponseBodyLimitAction ProcessPartial\nSecRule RESPONSE_BODY "@rx ^abcd$" "id:1,phase:4,deny,status:502"`;
  const status = (type: string) =>
    run(rules, { response: { headers: [['Content-Type', type]], body: 'abcdef' } }).verdict.status;
  assert.deepEqual([status('text/html; charset=utf-8'), status('image/png')], [502, undefined]);
  assert.equal(
    run(rules.replace('ProcessPartial', 'Reject'), {
      response: { headers: [['Content-Type', 'text/html']], body: 'abcdef' },
    }).verdict.status,
    500,
  );
});

test('who does not want a body is not given one to keep', () => {
  const transaction = begin('SecRuleEngine On\nSecRequestBodyAccess Off');
  transaction.requestHead(head(form), 0);
  transaction.addRequestBody('a=1');
  assert.deepEqual([transaction.wantsRequestBody, transaction.state.bodyBytes], [false, 0]);
});

const everything =
  ruleSetOf(`${on}SecRule ARGS|ARGS_NAMES|REQUEST_HEADERS|REQUEST_COOKIES|FILES|MULTIPART_PART_HEADERS|XML:/*|REQUEST_BODY|REQUEST_URI|RESPONSE_BODY|REQBODY_ERROR_MSG "@rx (?i)a(.)" "id:1,phase:4,pass,log,capture,multiMatch,t:urlDecodeUni,t:htmlEntityDecode,setvar:tx.%{matched_var_name}=+1,logdata:'%{tx.1} %{matched_var}'"
  SecRule REQUEST_HEADERS:X "@rx j" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
  SecRule REQUEST_HEADERS:X "@rx x" "id:3,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"`);
const bytes = fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value).toString('latin1'));

test('no bytes anywhere are too much for it', () => {
  const types = fc.constantFrom(
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
    'multipart/form-data',
    'text/plain',
  );
  fc.assert(
    fc.property(bytes, bytes, bytes, bytes, types, (target, cookie, body, name, type) => {
      const headers = [
        ['Content-Type', type],
        ['Cookie', cookie],
        [name, cookie],
        ['X', name.slice(0, 1)],
      ] as const;
      const transaction = run(everything, {
        target,
        headers,
        body,
        response: { headers: [['Content-Type', 'text/html']], body },
      });
      assert.equal(transaction.verdict.kind, 'pass');
      assert(logged(transaction).every((id) => id === 1 || Number.isNaN(id)));
    }),
    { numRuns: 100 },
  );
});

// What a body becomes, by its kind; what is wrong with it; what is past the limits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { form, run } from '../support.ts';

const on = 'SecRuleEngine On\nSecRequestBodyAccess On\n';
const state = (headers: ReadonlyArray<readonly [string, string]>, body: string, settings = '') =>
  run(`${on}${settings}`, { method: 'POST', headers, body, target: '/?q=1' }).state;

test('REQUEST_BODY is there for a form, and not for another kind', () => {
  assert.equal(state(form, 'a=1').bodyText, 'a=1');
  assert.equal(state([['Content-Type', 'text/plain']], 'a=1').bodyText, undefined);
});

test('a body that cannot be read is an error, and what was read before it is kept', () => {
  const json = state(
    [['Content-Type', 'application/json']],
    '{"a": 1, "b"',
    'SecAction "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"',
  );
  assert.match(json.bodyError ?? '', /^JSON parsing error: /);
  assert.deepEqual(json.body.args, [['json.a', '1']]);
  const multipart = state([['Content-Type', 'multipart/form-data; boundary=x']], 'nothing');
  assert.match(multipart.bodyError ?? '', /^Multipart parsing error: Multipart: /);
});

test('a body of no bytes is no document and no mistake, as a GET with a Content-Type often has it', () => {
  for (const processor of ['JSON', 'XML']) {
    const { bodyError, body } = state(
      [],
      '',
      `SecAction "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=${processor}"`,
    );
    assert.deepEqual([bodyError, body.args, body.error], [undefined, [], undefined]);
  }
});

test('arguments past their limit are not looked at, which is an error', () => {
  const { queryArgs, body, bodyError } = state(form, 'a=1&b=2&c=3', 'SecArgumentsLimit 3');
  assert.deepEqual(
    [queryArgs.length, body.args.length, bodyError],
    [1, 2, 'More than 3 arguments (SecArgumentsLimit)'],
  );
});

test('no body is announced: none is looked for', () => {
  assert.equal(run(on).state.bodyText, undefined);
});

test('what is not a file has a limit of its own', () => {
  const rules = `${on}SecRequestBodyNoFilesLimit 10\nSecRequestBodyLimitAction`;
  const ask = { method: 'POST', headers: form, body: 'a=0123456789' };
  assert.equal(run(`${rules} Reject`, ask).verdict.status, 413);
  const partial = run(`${rules} ProcessPartial`, ask);
  assert.deepEqual([partial.verdict.kind, partial.state.isBodyCut], ['pass', true]);
  const file = `--x\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\n${'z'.repeat(100)}\r\n--x--\r\n`;
  const upload = {
    method: 'POST',
    headers: [['Content-Type', 'multipart/form-data; boundary=x']] as const,
    body: file,
  };
  assert.equal(run(`${rules.replace('10', '90')} Reject`, upload).verdict.kind, 'pass');
});

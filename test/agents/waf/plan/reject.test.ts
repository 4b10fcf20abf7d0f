// Rules about one value: rejected exactly when they would not match.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rejectionOf } from '../../../../agents/waf/plan/reject.ts';
import { begin } from '../support.ts';
import { ruleOf } from './support.ts';

function rejects(rule: string, variables: Readonly<Record<string, string>> = {}): boolean | undefined {
  const [link] = ruleOf(`SecRule ${rule} "id:1,phase:1,pass,t:lowercase"`).links;
  const transaction = begin('SecAction "id:9,phase:1,pass"');
  transaction.requestHead(
    { method: 'PUT', target: '/?a=1&b=2', protocol: 'HTTP/1.1', headers: [['host', 'Example']] },
    0,
  );
  for (const [name, value] of Object.entries(variables)) transaction.state.tx.set(name, value);
  return link === undefined ? undefined : rejectionOf(link)?.(transaction.state);
}

test('numbers, counts, headers, macros', () => {
  assert.deepEqual(
    [rejects('TX:a "@gt 1"'), rejects('TX:a "@gt 1"', { A: '2' }), rejects('TX:a "!@gt 1"', { A: '2' })],
    [true, false, true],
  );
  assert.deepEqual(
    [
      rejects('&ARGS "@eq 2"'),
      rejects('&TX:a "@eq 0"'),
      rejects('&REQUEST_HEADERS:Host "@eq 0"'),
      rejects('&ARGS_NAMES "@eq 2"'),
    ],
    [false, false, true, false],
  );
  assert.deepEqual(
    [rejects('REQUEST_HEADERS:Host "@streq example"'), rejects('REQUEST_HEADERS:Accept "@rx ."')],
    [false, true],
  );
  assert.deepEqual(
    [
      rejects('REQUEST_METHOD "@within %{tx.m}"', { m: 'get put' }),
      rejects('TX:a "@eq %{tx.b}"', { a: '3', b: '3' }),
      rejects('TX:a "@eq 1%{tx.b}"', { a: '3', b: '3' }),
    ],
    [false, false, true],
  );
});

test('names of TX by expression; others are not known', () => {
  assert.deepEqual([rejects('TX:/^h_/ "@rx ."'), rejects('TX:/^h_/ "@rx ."', { H_x: '1' })], [true, false]);
  assert.deepEqual([rejects('ARGS "@rx ."'), rejects('TX:a|TX:b "@rx ."')], [undefined, undefined]);
});

test('the answer about the last text is remembered, and is of that text', () => {
  const [link] = ruleOf('SecRule TX:a "@rx ^(?:get|head)$" "id:1,phase:1,pass,t:lowercase"').links;
  const rejection = link === undefined ? undefined : rejectionOf(link);
  const transaction = begin('SecAction "id:9,phase:1,pass"');
  const answers = ['GET', 'GET', 'post', 'post', 'head', 'x'.repeat(100), 'x'.repeat(100), 'GET'].map((value) => {
    transaction.state.tx.set('a', value);
    return rejection?.(transaction.state);
  });
  assert.deepEqual(answers, [false, false, true, true, false, true, true, false]);
});

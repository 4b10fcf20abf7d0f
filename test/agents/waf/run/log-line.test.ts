// The line of the error log, whole, as log readers expect it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLinesOf } from '../../../../agents/waf/engine.ts';
import { logged, run } from '../support.ts';

test('one match, one line, everything in its place', () => {
  const rules = `SecRuleEngine DetectionOnly
SecRule ARGS "@rx <script" "id:941,phase:1,deny,log,rev:'2',msg:'XSS %{MATCHED_VAR_NAME}',logdata:'found %{MATCHED_VAR}',severity:CRITICAL,ver:'V/1',maturity:1,accuracy:8,tag:'a/b',tag:'c'"`;
  assert.deepEqual(logLinesOf(run(rules, { target: '/p%20q?a=%3Cscript%0a%22', headers: [['Host', 'h:80']] })), [
    '[client 192.0.2.1] ModSecurity: Warning. Pattern match "<script" at ARGS:a. [file "test.conf"] [line "2"] [id "941"]' +
      ' [rev "2"] [msg "XSS ARGS:a"] [data "found <script\\n\\""] [severity "CRITICAL"] [ver "V/1"] [maturity "1"] [accuracy "8"]' +
      ' [tag "a/b"] [tag "c"] [hostname "h:80"] [uri "/p%20q"] [unique_id "unique-1"]',
  ]);
});

test('no client can write a second line, or end a field', () => {
  const [line = ''] = logLinesOf(
    run('SecRuleEngine On\nSecRule ARGS_NAMES "@rx ." "id:1,phase:1,pass,log,logdata:\'%{MATCHED_VAR}\'"', {
      target: '/?%0a%5d%22%5c%ff=1',
      headers: [['Host', 'a"\n]']],
    }),
  );
  assert.match(line, /at ARGS_NAMES:\\n\]\\"\\\\\\xff\. .*\[data "\\n\]\\"\\\\\\xff"\].*\[hostname "a\\"\\n\]"\]/);
  assert(!/[\n\xff]/.test(line));
});

test('what is not logged has no line; a limit and a broken body have theirs, and no id', () => {
  const nothing = run('SecRuleEngine On\nSecAction "id:1,phase:1,deny,nolog"');
  assert.deepEqual([logged(nothing), nothing.verdict.kind], [[], 'deny']);
  const rules = 'SecRuleEngine On\nSecRequestBodyAccess On\nSecRequestBodyLimit 2\nSecRequestBodyLimitAction Reject';
  const limited = logLinesOf(run(rules, { method: 'POST', body: 'abc' }));
  assert.match(limited.join(), /ModSecurity: Request body is larger than the configured limit \(2\)\./);
});

test('long patterns and long data are cut', () => {
  const [line = ''] = logLinesOf(
    run(
      `SecRuleEngine On\nSecRule ARGS "@rx ^(?:${'ab|'.repeat(200)}x)" "id:1,phase:1,pass,log,logdata:'%{MATCHED_VAR}'"`,
      { target: `/?a=${'ab'.repeat(1000)}` },
    ),
  );
  assert.match(line, /ab\|ab \.\.\." at ARGS:a\./);
  assert.match(line, /\[data "(?:ab){256}\.\.\."\]/);
});

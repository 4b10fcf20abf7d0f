// The page of an explanation, whole, and texts that a terminal is safe from.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainRequest } from '../../../../agents/waf/explain/facts.ts';
import { explainedText, readable, visible } from '../../../../agents/waf/explain/view.ts';
import { ruleSetOf } from '../support.ts';

const rules = ruleSetOf(`SecRuleEngine On
SecAction "id:1,phase:1,pass,nolog,setvar:tx.inbound_anomaly_score_threshold=5"
SecRule ARGS "@rx <b>" "id:10,phase:2,pass,log,t:none,t:lowercase,msg:'bold',setvar:tx.inbound_anomaly_score_pl1=+5"
SecRule TX:INBOUND_ANOMALY_SCORE_PL1 "@ge 5" "id:20,phase:2,deny,log,msg:'too much'"`);

const text = (target: string, isAll = false): string =>
  explainedText(
    explainRequest(rules, {
      request: { method: 'GET', target, protocol: 'HTTP/1.1', headers: [['Host', 'h']], body: undefined },
      client: '192.0.2.7',
      route: 'shop',
      environment: {},
      nowMs: 0,
    }),
    isAll,
  );

test('all of it', () => {
  assert.equal(
    text('/?a=%3CB>'),
    `GET /?a=%3CB>   from 192.0.2.7 on route shop   blocked 403 by rule 20 (phase 2)   score 5 of 5

seen
  REQUEST_LINE           GET /?a=%3CB> HTTP/1.1
  REQUEST_HEADERS:Host   h
  ARGS_GET:a             <B>

matched
  ARGS:a   10   bold   +5
      value    <B>
      became   <b>   by lowercase
  TX:inbound_anomaly_score_pl1   20   too much
      value    5

score    5 by 10, 5 blocks
rules    3 ran, 0 skipped
work     0.00 of 256 MiB
`,
  );
});

test('what costs more than it may is stopped by the budget, whatever is found', () => {
  const page = explainedText(
    explainRequest(ruleSetOf(`SecWorkBudget 100\nSecRule ARGS "@rx <b>" "id:10,phase:2,pass,log,msg:'bold'"`), {
      request: {
        method: 'GET',
        target: `/?b=%3Cb>&a=${'x'.repeat(500)}`,
        protocol: 'HTTP/1.1',
        headers: [],
        body: undefined,
      },
      client: '192.0.2.7',
      route: undefined,
      environment: {},
      nowMs: 0,
    }),
    false,
  );
  assert.match(page, / blocked 403 by the work budget \(phase 2\) /);
  assert.match(page, /ARGS:b {3}10 {3}bold/);
  assert.match(page, /\nwork {5}0\.\d\d of 0\.00 MiB: spent before every rule was asked, and that decides\n/);
});

test('nothing to tell of is told in a line; --all tells of every rule and value', () => {
  assert.match(text('/?a=1'), /passes {3}score 0 of 5\n[\s\S]*\nnothing matched\n/);
  assert.match(text('/?a=A', true), /\nran\n {2}phase 1\n {4}1\n[\s\S]* {4}10\n {6}ARGS:a A became a: no match\n/);
});

test('no byte moves a cursor; a long value is cut, and says how long it was', () => {
  assert.equal(visible('a\x1b[2J\r\n\0\x7f'), 'a\\x1b[2J\\x0d\\x0a\\x00\\x7f');
  assert.equal(visible('\xc3\xa9 \xe9'), 'Ã© é'); // not UTF-8 as a whole
  assert.equal(visible('\xc3\xa9\xe2\x80\xae'), 'é\\u{202e}');
  assert.equal(readable('\xc3\xa9\n'), 'é\n');
  assert.match(text(`/?a=${'x'.repeat(5000)}`), /ARGS_GET:a +x{160}… \(5000 bytes\)\n/);
});

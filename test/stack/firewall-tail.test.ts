// Lines that tell of a refusal, and what is made of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalIn, refusalText } from '../../stack/firewall-tail.ts';

const facts = {
  event: 'waf-blocked',
  request_id: 'r1',
  client_ip: '192.0.2.1',
  method: 'GET',
  target: '/?a=\u001b',
  status: 403,
  score: 15,
  found: ['SQL in ARGS:a', 'XSS in ARGS:b'],
};
const line = (data: object) =>
  ({ at: 0, name: 'waf', stream: 'stdout', level: 'warn', text: JSON.stringify(data) }) as const;

test('a block for each, with all reasons and how to ask for more', () => {
  const refusal = refusalIn(line(facts), true);
  assert(refusal !== undefined);
  const text = refusalText(refusal, 0, { color: false });
  assert.match(
    text,
    /^\d\d:00:00 {2}blocked 403 {2}GET \/\?a=\ufffd {3}from 192\.0\.2\.1 {3}score 15\n {10}SQL in ARGS:a\n {10}XSS in ARGS:b\n {10}sentinel-stack waf explain r1\n$/,
  );
});

test('what is only detected can be left out; other lines are nobody’s business here', () => {
  const detected = line({ ...facts, event: 'waf-detected' });
  assert.equal(refusalIn(detected, true), undefined);
  const shown = refusalIn(detected, false);
  assert(shown !== undefined);
  assert.match(refusalText(shown, 0, { color: false }), /would block/);
  assert.equal(refusalIn(line({ event: 'other' }), false), undefined);
  assert.equal(refusalIn({ dropped: 3 }, false), undefined);
  const forged = { path: '"event":"waf-blocked"' };
  assert.equal(refusalIn(line(forged), false), undefined);
});

test('what was left out is counted', () => {
  const left = refusalIn(line({ event: 'waf-lines-left-out', lines: 30 }), true);
  assert(left !== undefined);
  assert.match(refusalText(left, 0, { color: false }), /… 30 more in one second/);
});

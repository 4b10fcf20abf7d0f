// Recorded requests for the eye.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clean, explainedText, replayedText, topText, tunedText } from '../../stack/firewall-view.ts';
import { explained, proof } from './firewall-support.ts';

const plain = { color: false };

test('why it was refused, what would let it pass, and what else that would', () => {
  assert.equal(
    explainedText(explained, 1_000_000, plain),
    `GET /editor/save?html=<img   from 203.0.113.9   2 min ago   blocked 403   score 10 of 5

  What was found stands in a value that is masked: it can be excluded, and not judged again.

  ARGS:html  941100  XSS detected by tokens  +5  matched: <img src=x
  ARGS:html  941160  HTML injection          +5  matched: masked

  If this was a person: the narrowest exclusion is
    SecRule REQUEST_FILENAME "@streq /editor/save" "id:9980001"
  With it, of 1,902 recorded requests: 14 refused ones would pass (all POST /editor/save), 0 others would change.
  sentinel-stack waf exclude 01JD8 --apply
`,
  );
});

test('what cannot be shown is said', () => {
  const { exclusion: _, ...rest } = explained;
  const reply = explainedText({ ...rest, isReply: true, culprits: [], now: 'passed' }, 1_000_000, plain);
  assert.match(reply, /The reply was refused, not the request/);
  const changed = { ...rest, culprits: [], now: 'passed', isBodyCut: true, masked: ['ARGS:password'] } as const;
  const text = explainedText({ ...changed, culprits: [], masked: [...changed.masked] }, 1_000_000, plain);
  assert.match(text, /No rule of today finds anything in it/);
  assert.match(text, /With the rules as they are now it is let through/);
  assert.match(text, /body was longer than what is recorded/);
  assert.match(text, /Not recorded, since it is secret: ARGS:password/);
});

test('what a client sent does not steer the terminal', () => {
  assert.equal(clean('a\u001b[2Jb\nc\u009b'), 'a\ufffd[2Jb\ufffdc\ufffd');
  const request = { ...explained.request, target: '/%1b[2J' };
  assert(!explainedText({ ...explained, request }, 1_000_000, plain).includes('\u001b'));
});

test('a replay: each difference, the sum, and how much it is worth', () => {
  const change = { id: 'i', at: 1, method: 'GET', target: '/a', client: 'c', found: ['SQL in ARGS:x'] };
  const changes = [{ ...change, before: 'blocked' as const, after: 'passed' as const }];
  const text = replayedText({ ...proof, changes, unlikeThen: 3, failed: 1 }, plain);
  assert.match(
    text,
    /blocked -> passed {2}GET \/a {2}c {2}SQL in ARGS:x {2}i\n… and 13 more\nof 1,902 recorded requests \(200 refused\): 14 would pass now/,
  );
  assert.match(text, /judged otherwise today than when it came: 3/);
  assert.match(text, /could not be evaluated: 1/);
});

test('rules and groups', () => {
  const where = [{ target: 'ARGS:q', requests: 3 }];
  const rules = [{ ruleId: 942100, message: 'SQL', requests: 3, clients: 2, where }];
  assert.match(
    topText({ ok: true, recorded: 5, rules }, plain),
    /REQUESTS.*\n {2}3 +2 +942100 +SQL +ARGS:q\n5 recorded requests\n/,
  );
  const group = {
    place: 'GET /a',
    requests: 3,
    clients: 2,
    found: [{ ruleId: 1, where: 'ARGS:q', message: 'SQL' }],
    example: 'i',
    tags: [],
  };
  const text = tunedText({ ok: true, recorded: 5, groups: [{ ...group, exclusion: explained.exclusion }] }, plain);
  assert.match(
    text,
    /GET \/a {3}3 requests of 2 clients\n {2}1 {2}SQL in ARGS:q\n {4}SecRule .*\n {2}With it, .*\n {2}sentinel-stack waf explain i/,
  );
  assert.match(tunedText({ ok: true, recorded: 0, groups: [] }, plain), /nothing to tune/);
});

// Each list denies by its own rule, with a reason for the logs; a large list answers like a small one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvent } from '#protocol/event-json';
import { judge } from '../../../agents/denylist/judge.ts';
import { readLists } from '../../../agents/denylist/lists.ts';
import { requestHeaders } from '../support.ts';

function judgeWith(config: unknown, uri: string, headers: Record<string, string[]> = {}, clientIp?: string) {
  const reading = readLists(config);
  assert(reading.ok);
  const event = readEvent(requestHeaders(uri, headers, clientIp));
  assert(event.ok && event.value.type === 'request_headers');
  return judge([reading.lists], event.value);
}

test('by path, in every spelling of it', () => {
  const denial = { ruleId: 'denylist-path', reason: 'the path /admin is on the denylist' };
  for (const uri of ['/admin', '/%61dmin/', '/x/../admin?y'])
    assert.deepEqual(judgeWith({ paths: '/admin' }, uri), denial);
  for (const uri of ['/', '/admin/users', '/Admin', '/a?/admin'])
    assert.equal(judgeWith({ paths: '/admin' }, uri), undefined);
});

test('by network', () => {
  const config = { networks: ['203.0.113.0/24', '2001:db8::/32'] };
  assert.equal(judgeWith(config, '/', {}, '203.0.113.9')?.ruleId, 'denylist-network');
  assert.equal(judgeWith(config, '/', {}, '2001:db8::9')?.ruleId, 'denylist-network');
  assert.equal(judgeWith(config, '/', {}, '203.0.114.9'), undefined);
});

test('by user agent, in any of its values and any case', () => {
  const config = { 'user-agents': ['sqlmap', 'nikto'] };
  const denial = { ruleId: 'denylist-user-agent', reason: "the user agent has 'SQLMap', which is on the denylist" };
  assert.deepEqual(judgeWith(config, '/', { 'user-agent': ['curl', 'x SQLMap/1'] }), denial);
  assert.equal(judgeWith(config, '/', { 'user-agent': ['curl/8'] }), undefined);
  assert.equal(judgeWith(config, '/', { referer: ['sqlmap'] }), undefined);
  assert.equal(judgeWith(config, '/'), undefined);
});

test('by expression, on the decoded path and the decoded query, told by its place in the list', () => {
  const config = { patterns: ['^/private/', 'token=[a-z]{3}$'] };
  assert.equal(judgeWith(config, '/priv%61te/x')?.ruleId, 'denylist-pattern-0');
  const denial = { ruleId: 'denylist-pattern-1', reason: 'config.patterns[1] matches: token=[a-z]{3}$' };
  assert.deepEqual(judgeWith(config, '/?token=%61bc'), denial);
  assert.equal(judgeWith(config, '/?q=/private/'), undefined);
});

test('a long expression does not make the reason longer than the protocol allows', () => {
  const denial = judgeWith({ patterns: `x|${'y'.repeat(4000)}` }, '/x');
  assert(denial !== undefined && denial.reason.length < 300);
});

test('the built-in attacks only when asked for', () => {
  const uri = "/?id=1'%20OR%201=1--";
  assert.equal(judgeWith({ 'builtin-attacks': true }, uri)?.ruleId, 'attack-sql-injection');
  assert.equal(judgeWith({}, uri), undefined);
});

test('many paths', () => {
  const config = { paths: Array.from({ length: 100_000 }, (_, index) => `/p/${index}`) };
  const reading = readLists(config);
  assert(reading.ok);
  assert.equal(reading.lists.paths.size, 100_000);
  assert.equal(reading.lists.paths.has('/p/99999'), true);
  assert.equal(reading.lists.paths.has('/p/100000'), false);
});

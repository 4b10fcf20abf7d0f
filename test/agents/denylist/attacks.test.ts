// The doormat keeps out the crude probes of the list below and lets ordinary requests pass; what it is known to miss is
// written down too, so nobody takes it for more than it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvent } from '#protocol/event-json';
import { attacks } from '../../../agents/denylist/attacks.ts';
import { judge } from '../../../agents/denylist/judge.ts';
import { readLists } from '../../../agents/denylist/lists.ts';
import { requestHeaders } from '../support.ts';

const reading = readLists({ 'builtin-attacks': true });
assert(reading.ok);
const { lists } = reading;

function ruleFor(uri: string): string | undefined {
  const event = readEvent(requestHeaders(uri));
  assert(event.ok && event.value.type === 'request_headers');
  return judge([lists], event.value)?.ruleId;
}

const probes: readonly (readonly [string, string])[] = [
  ["/?id=1'%20OR%201=1--", 'attack-sql-injection'],
  ["/?id=1'+or+'1'='1", 'attack-sql-injection'],
  ['/?id=1%22)%20AND%20(1=1', 'attack-sql-injection'],
  ["/?u=admin'%20or%20name%20like%20'a", 'attack-sql-injection'],
  ['/?id=-1%20UNION%20ALL%20SELECT%20user,2', 'attack-sql-injection'],
  ['/?id=1;DROP%20TABLE%20users', 'attack-sql-injection'],
  ['/?id=1;+insert+into+t+values(1)', 'attack-sql-injection'],
  ['/?id=1%20and%20sleep(5)', 'attack-sql-injection'],
  ["/?id=1;waitfor+delay+'0:0:5'", 'attack-sql-injection'],
  ['/?file=../../etc/hosts', 'attack-path-traversal'],
  ['/?file=..%5c..%5cboot', 'attack-path-traversal'],
  ['/static/..%2f..%2fsecret', 'attack-path-traversal'],
  ['/?file=/etc/passwd', 'attack-path-traversal'],
  ['/?file=/proc/self/environ', 'attack-path-traversal'],
  ['/?file=c:%5cWindows%5cwin.ini', 'attack-path-traversal'],
  ['/a%00.png', 'attack-path-traversal'],
  ['/?q=%3Cscript%3Ealert(1)%3C/script%3E', 'attack-script-injection'],
  ['/?q=<ScRiPt%20src=//x>', 'attack-script-injection'],
  ['/?q=%3Cimg%20src=x%20onerror=alert(1)%3E', 'attack-script-injection'],
  ['/?q=%3Ca%20href=%22javascript:alert(1)%22', 'attack-script-injection'],
];

for (const [uri, rule] of probes) test(`kept out: ${uri}`, () => assert.equal(ruleFor(uri), rule));

for (const uri of [
  '/',
  '/search?q=cats+and+dogs',
  "/search?q=O'Brien+or+Smith",
  '/search?q=credit+union+selects+a+new+head',
  '/search?q=select+a+union',
  '/a?next=../b',
  '/docs/how-to-drop-table-tennis',
  '/search?q=1+%3C+2+and+3+%3E+2',
  '/?q=a%3Cb&onerror=1',
  '/etc/passwords-are-bad',
  '/sleep?hours=8',
  '/?on=1&online=true',
  '/javascript:void',
]) {
  test(`let through: ${uri}`, () => assert.equal(ruleFor(uri), undefined));
}

for (const uri of ['/?id=1%2527%20OR%201=1', '/?id=1/**/UNION/**/SELECT/**/2', '/?q=%3Csvg%3E%3Cset%20to=1%3E']) {
  test(`known to be missed, a WAF's work: ${uri}`, () => assert.equal(ruleFor(uri), undefined));
}

test('every expression of the list is hit by a probe above', () => {
  const texts = probes.map(([uri]) => decodeURIComponent(uri.replaceAll('+', ' ')));
  for (const { what, pattern } of attacks)
    assert(
      texts.some((text) => pattern.test(text)),
      what,
    );
});

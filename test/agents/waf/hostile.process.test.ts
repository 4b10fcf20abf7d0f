// Bodies that are made to cost much: of every kind, at sizes up to 1 MiB, broken everywhere. The work of the evaluator is
// counted, not timed: bytes that operators look at grow no faster than the body does.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Link, RuleSet } from '../../../agents/waf/compile/rule-set.ts';
import { ruleSetOf, run } from './support.ts';

const rules = ruleSetOf(`SecRuleEngine DetectionOnly
SecRequestBodyAccess On
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 13107200
SecArgumentsLimit 1000
SecRequestBodyJsonDepthLimit 512
SecRule REQUEST_HEADERS:Content-Type "@rx json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "@rx xml" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule ARGS|ARGS_NAMES|XML:/*|XML://@*|FILES|MULTIPART_PART_HEADERS "@rx (?i)never(.)" "id:3,phase:2,pass,log,capture,t:none,t:urlDecodeUni,t:htmlEntityDecode,t:jsDecode,t:compressWhitespace"
SecRule REQUEST_BODY "@rx never" "id:4,phase:2,pass,log"`);

const repeated = (piece: string, bytes: number): string =>
  piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes);
const form = 'application/x-www-form-urlencoded';
const multipart = 'multipart/form-data; boundary=x';

const kinds: ReadonlyArray<readonly [name: string, type: string, body: (bytes: number) => string]> = [
  ['100,000 arguments', form, (bytes) => repeated('a=1&', bytes)],
  ['one argument', form, (bytes) => `a=${repeated('x', bytes)}`],
  ['escapes of escapes', form, (bytes) => `a=${repeated('%2525', bytes)}`],
  ['entities', form, (bytes) => `a=${repeated('&#x26;', bytes).replaceAll('&', '%26')}`],
  ['lists in lists', 'application/json', (bytes) => repeated('[', bytes)],
  ['objects in objects', 'application/json', (bytes) => repeated('{"a":', bytes)],
  ['a list that does not end', 'application/json', (bytes) => `[${repeated('"\\u0041",', bytes)}`],
  ['elements in elements', 'text/xml', (bytes) => repeated('<a>', bytes)],
  ['attributes', 'text/xml', (bytes) => `<r>${repeated('<a b="1" c="2"/>', bytes)}`],
  ['parts', multipart, (bytes) => repeated('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n', bytes)],
  ['hyphens', multipart, (bytes) => repeated('--', bytes)],
  ['folded headers', multipart, (bytes) => `--x\r\nA: b\r\n${repeated(' c\r\n', bytes)}`],
  ['every byte', multipart, (bytes) => repeated(String.fromCharCode(...Array(256).keys()), bytes)],
];

for (const [name, type, bodyOf] of kinds) {
  test(`${name}: four times the body is no more than four times the work`, () => {
    const small = workOf(type, bodyOf(64 * 1024));
    const large = workOf(type, bodyOf(256 * 1024));
    assert(large <= 4.2 * small + 1024, `${small} bytes, then ${large}`);
  });
}

test('a megabyte of each kind ends with a verdict', () => {
  for (const [, type, bodyOf] of kinds) {
    const { verdict } = run(rules, { method: 'POST', headers: [['Content-Type', type]], body: bodyOf(1024 * 1024) });
    assert.equal(verdict.kind, 'pass');
  }
});

/** Bytes that operators were given. */
function workOf(type: string, body: string): number {
  let bytes = 0;
  const counted = (link: Link): Link => ({
    ...link,
    operator: link.operator && {
      match: (value, context, wantsCaptures) => {
        bytes += value.length;
        return link.operator?.match(value, context, wantsCaptures);
      },
    },
  });
  const phases = rules.phases.map((steps) =>
    steps.map((step) => (step.kind === 'rule' ? { ...step, links: step.links.map(counted) } : step)),
  );
  const set: RuleSet = { ...rules, phases };
  run(set, { method: 'POST', headers: [['Content-Type', type]], body });
  return bytes;
}

// Attacks by level: which tests count as attacks, the lowest level that refuses one, and the page about them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRules } from '#waf';
import { readCases } from '../../crs-tests/cases.ts';
import { type Detected, detect, detectionPage, isAttack, shareAt } from '../../crs-tests/detection.ts';

const yaml = (id: number, uri: string, key: string): string => `
  - test_id: ${id}
    stages:
      - input: { uri: "${uri}", headers: { Host: a } }
        output: { log: { ${key}: [942100] } }`;

const { cases } = readCases(
  '942100.yaml',
  `tests:${yaml(1, '/?a=worst', 'expect_ids')}${yaml(2, '/?a=bad', 'expect_ids')}${yaml(3, '/?a=b', 'no_expect_ids')}${yaml(4, '/a b', 'expect_ids')}${yaml(5, '/?a=b', 'expect_ids')}`,
);

const loaded = loadRules(
  [
    {
      file: 'a.conf',
      text: [
        `SecRule ARGS "@streq worst" "id:7,phase:2,pass,log,severity:CRITICAL,tag:paranoia-level/1"`,
        `SecRule ARGS "@streq bad" "id:8,phase:2,pass,log,severity:CRITICAL,tag:paranoia-level/3"`,
      ].join('\n'),
    },
  ],
  { read: () => undefined },
);

test('a test is an attack when it expects a rule in the log', () => {
  assert.deepEqual(
    cases.filter(isAttack).map(({ testId }) => testId),
    [1, 2, 4, 5],
  );
});

test('the lowest level that refuses it, and what the server refuses before any rule', () => {
  assert('ruleSet' in loaded);
  const found = cases.filter(isAttack).map((one) => detect(loaded.ruleSet, one, 0));
  assert.deepEqual(
    found.map(({ level }) => level),
    [1, 3, 1, undefined],
  );
  assert.deepEqual(
    found.map(({ isHeldOut }) => isHeldOut),
    [false, true, true, false],
  );
});

const one = (id: string, level: Detected['level']): Detected => ({
  id,
  category: id.slice(0, 3),
  isHeldOut: id.endsWith('2'),
  level,
});

test('shares grow with the level', () => {
  const found = [one('942100-1', 1), one('942100-2', 3), one('941100-1', undefined)];
  assert.equal(shareAt(1, found)?.toFixed(1), '33.3');
  assert.equal(shareAt(4, found)?.toFixed(1), '66.7');
  assert.equal(shareAt(1, []), undefined);
});

test('the page has a row for each category, all of them, and the half that nobody looked at', () => {
  const page = detectionPage([one('942100-1', 1), one('942100-2', 3)], 'rules');
  assert.match(page, /^\| 942 \| 2 \| 50\.0 \| 50\.0 \| 100\.0 \| 100\.0 \|$/m);
  assert.match(page, /^\| \*\*all\*\* \| 2 /m);
  assert.match(page, /^\| even numbers only \| 1 \| 0\.0 \| 0\.0 \| 100\.0 \| 100\.0 \|$/m);
});

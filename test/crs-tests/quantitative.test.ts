// Clean requests that are refused: counted by level, kind and rule, and compared with a baseline.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRules } from '#waf';
import {
  baselineOf,
  countClean,
  quantitativePage,
  readBaseline,
  textRequests,
  worseThan,
} from '../../crs-tests/quantitative.ts';

const loaded = loadRules(
  [
    {
      file: 'a.conf',
      text: [
        `SecRule ARGS "@contains select" "id:7,phase:2,pass,log,severity:CRITICAL,logdata:'%{MATCHED_VAR}',tag:paranoia-level/2"`,
        `SecRule ARGS "@contains a" "id:8,phase:2,pass,log,severity:NOTICE,tag:paranoia-level/1"`,
      ].join('\n'),
    },
  ],
  { read: () => undefined },
);

function counted(text: string) {
  assert('ruleSet' in loaded);
  return countClean(loaded.ruleSet, textRequests(text), 0);
}

test('each line of a file is a request; empty ones are none', () => {
  const requests = textRequests('one\n\n  two & three = ü\n');
  assert.equal(requests.length, 2);
  assert(requests[1]?.bytes.endsWith('\r\n\r\ntext=two+%26+three+%3D+%C3%BC'));
});

test('a request counts at the levels that refuse it, a rule once per request', () => {
  const { all, byKind, byRule } = counted('select a\nplain\nbcd');
  assert.deepEqual(all, { requests: 3, refused: { 1: 0, 2: 1, 3: 1, 4: 1 } });
  assert.deepEqual(byKind.get('text'), all);
  assert.deepEqual(
    byRule.map(({ id, level, requests }) => [id, level, requests]),
    [
      [8, 1, 2],
      [7, 2, 1],
    ],
  );
  assert.equal(byRule[1]?.example, 'select a');
});

test('what cannot even be read is refused at every level', () => {
  assert('ruleSet' in loaded);
  const { all } = countClean(loaded.ruleSet, [{ kind: 'a', bytes: 'nonsense' }], 0);
  assert.deepEqual(all.refused, { 1: 1, 2: 1, 3: 1, 4: 1 });
});

test('a rule that matches more often than the baseline says is told, one that matches less is not', () => {
  const before = baselineOf(counted('select a\nplain\nbcd\nbcd'));
  assert.deepEqual(before, { 7: 250000, 8: 500000 });
  assert.deepEqual(worseThan(before, counted('bcd')), []);
  assert.deepEqual(worseThan(before, counted('select b\nbcd')), [
    'rule 7 matched in 500000 of a million clean requests, 250000 before',
  ]);
});

test('a baseline that is none is told', () => {
  assert.deepEqual(readBaseline('{"7":1}'), { 7: 1 });
  assert('problem' in readBaseline('{"7":"x"}'));
  assert('problem' in readBaseline('{'));
});

test('the page says it by kind and by rule', () => {
  const page = quantitativePage(counted('select a\nplain\nbcd'), 'rules');
  assert.match(page, /^\| \*\*all\*\* \| 3 \| 0 \| 1 \| 1 \| 1 \|$/m);
  assert.match(page, /^\| in percent \| \| 0\.00 \| 33\.33 \| 33\.33 \| 33\.33 \|$/m);
  assert.match(page, /^\| 7 \| 2 \| 1 \| select a \|$/m);
});

// The door: rules that load or say what is wrong, and a transaction from its head to its log.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  auditTextOf,
  beginTransaction,
  loadRules,
  loadRulesInSlices,
  logLinesOf,
  newStore,
} from '../../../agents/waf/engine.ts';

const files = { read: (name: string) => (name.endsWith('words.data') ? 'evil\n' : undefined) };

test('what is wrong is told, all of it, with its place', () => {
  const loaded = loadRules(
    [{ file: 'a.conf', text: 'SecRule ARGS "@nothing" "id:1"\nSecRule NOWHERE "@rx (" "id:2"' }],
    files,
  );
  assert('problems' in loaded && loaded.problems.length >= 2);
  assert.deepEqual(loaded.problems.map(({ place }) => place?.line).slice(0, 2), [1, 2]);
});

test('from the head to the log and the audit record', () => {
  const loaded = loadRules(
    [
      { file: 'settings.conf', text: 'SecRuleEngine On\nSecAuditEngine RelevantOnly' },
      { file: 'rules.conf', text: 'SecRule ARGS "@pmFromFile words.data" "id:5,phase:1,deny,log,auditlog"' },
    ],
    files,
  );
  assert('ruleSet' in loaded);
  const transaction = beginTransaction(loaded.ruleSet, {
    connection: { clientAddress: '192.0.2.1', clientPort: 1, serverAddress: '192.0.2.2', serverPort: 2 },
    uniqueId: 'u',
    startedAtMs: 0,
    store: newStore(),
  });
  const verdict = transaction.requestHead({ method: 'GET', target: '/?a=EVIL', protocol: 'HTTP/1.1', headers: [] }, 0);
  transaction.end(1);
  assert.deepEqual([verdict.kind, verdict.status, verdict.ruleIds], ['deny', 403, [5]]);
  assert.match(logLinesOf(transaction).join(), /\[id "5"\]/);
  assert.match(auditTextOf(transaction, 403, 'b') ?? '', /--b-Z--/);
});

test('what has no effect is told beside the rules', () => {
  const loaded = loadRules(
    [{ file: 'a.conf', text: 'SecDebugLogLevel 3\nSecRule REMOTE_ADDR "@rbl list.example" "id:1,phase:1,pass"' }],
    files,
  );
  assert('ruleSet' in loaded);
  assert.deepEqual(
    loaded.warnings.map(({ place, what }) => [place?.line, what]),
    [
      [1, 'SecDebugLogLevel has no effect here'],
      [2, '@rbl never matches here'],
    ],
  );
});

test('an expression with a macro that RE2 does not take is refused at its place', () => {
  const loaded = loadRules([{ file: 'a.conf', text: 'SecRule ARGS "@rx (?!a)%{tx.a}" "id:1,phase:1,pass"' }], files);
  assert('problems' in loaded);
  assert.deepEqual(
    loaded.problems.map(({ code, place }) => [code, place?.line, place?.column]),
    [['rule-bad-value', 1, 19]],
  );
});

test('rules that are loaded in slices are the same, and so are their problems', async () => {
  const rules = [{ file: 'a.conf', text: 'SecRule ARGS "@rx a+" "id:1,phase:1,deny"\nSecMarker B' }];
  const loaded = await loadRulesInSlices(rules, files);
  const atOnce = loadRules(rules, files);
  assert('ruleSet' in loaded && 'ruleSet' in atOnce);
  assert.deepEqual(JSON.stringify(loaded.ruleSet), JSON.stringify(atOnce.ruleSet));
  const broken = await loadRulesInSlices([{ file: 'b.conf', text: 'SecRule' }], files);
  assert('problems' in broken && broken.problems.length > 0);
});

// The work budget: the same request always ends at the same place, whoever evaluates it and whatever came before; what it
// ends with is a refusal, or in detection a word for the logs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginTransaction, logLinesOf, type RuleSet } from '../../../../agents/waf/engine.ts';
import {
  changeBudget,
  closeBudget,
  openBudget,
  spend,
  spendOn,
  unitsLeft,
  WorkSpent,
} from '../../../../agents/waf/run/work.ts';
import { wafRunLimits } from '../../../../config/limits-waf-run.ts';
import { form, logged, ruleSetOf, run } from '../support.ts';

const rules = (budget: number, engine = 'On', more = '') =>
  ruleSetOf(`SecRuleEngine ${engine}
SecRequestBodyAccess On
SecWorkBudget ${budget}
SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1${more}"
SecRule ARGS "@rx b.d" "id:2,phase:2,pass,log,t:none,t:urlDecodeUni,t:lowercase"
SecRule ARGS "@contains worse" "id:3,phase:2,deny,status:418,log"
SecRule TX:a "@eq 1" "id:4,phase:5,pass,log"`);

const body = (text: string) => ({ method: 'POST', headers: form, body: text });
const long = body(`a=${'x%41'.repeat(1000)}&b=bad`);

test('units are counted down, and the last of them ends it', () => {
  openBudget(100);
  spend(60);
  spendOn('12345678'.slice(0, 40 - wafRunLimits.workPerTurn));
  assert.equal(unitsLeft(), 0);
  assert.throws(() => spend(1), WorkSpent);
  changeBudget(50);
  spend(49);
  assert.equal(closeBudget(), 150);
  assert.equal(unitsLeft(), Number.MAX_SAFE_INTEGER);
});

test('past it a request is refused with 403, by no rule, and its logging phase still runs', () => {
  const transaction = run(rules(5000), long);
  const { verdict, state } = transaction;
  assert.deepEqual(
    [verdict.kind, verdict.status, verdict.ruleId, verdict.isUnfinished],
    ['deny', 403, undefined, true],
  );
  assert.match(verdict.reason ?? '', /^The work budget \(5000\) was spent in phase 2: /);
  assert(state.isRelevant);
  assert.deepEqual(logged(transaction).filter(Number.isFinite), [4]);
  assert.match(logLinesOf(transaction).join('\n'), /ModSecurity: The work budget \(5000\) was spent/);
});

test('within it nothing is said', () => {
  const { verdict, state } = run(rules(1_000_000), long);
  assert.deepEqual([verdict.kind, verdict.isUnfinished, verdict.ruleIds], ['pass', false, [2, 4]]);
  assert(state.work.spent > 5000 && state.work.spent < 100_000, String(state.work.spent));
});

test('in detection it passes, is told of, and nothing more is spent on it', () => {
  const transaction = run(rules(5000, 'DetectionOnly'), long);
  const { verdict, state } = transaction;
  assert.deepEqual(
    [verdict.kind, verdict.isUnfinished, verdict.reason === state.work.unfinished],
    ['pass', true, true],
  );
  assert(state.work.spent < 2 * 5000, String(state.work.spent));
  assert.match(logLinesOf(transaction).join('\n'), /ModSecurity: The work budget \(5000\) was spent/);
});

test('a rule may give its transaction another budget', () => {
  assert.equal(run(rules(5000, 'On', ',ctl:workBudget=1000000'), long).verdict.isUnfinished, false);
  assert.equal(run(rules(1_000_000, 'On', ',ctl:workBudget=5000'), long).verdict.isUnfinished, true);
});

test('what was met before changes no count: values, kinds of values, texts of transformations', () => {
  const unitsOf = (set: RuleSet, text: string) => run(set, body(text)).state.work.spent;
  const texts = ['a=bad', 'a=b%41d&b=b%41d', 'a=x&a=x&c=BAD', `a=${'x%41'.repeat(300)}`, 'a=worse', ...manyMatches()];
  const known = rules(1_000_000, 'DetectionOnly');
  for (const text of [...texts, ...texts.toReversed()]) unitsOf(known, text);
  for (const text of texts) assert.equal(unitsOf(known, text), unitsOf(rules(1_000_000, 'DetectionOnly'), text), text);
});

/** More rules match than a transaction may for its values to be remembered. */
const manyMatches = (): readonly string[] => [Array.from({ length: 20 }, (_, at) => `n${at}=bad${at}`).join('&')];

test('the plain evaluator counts, and is never stopped: it explains', () => {
  const transaction = beginTransaction(rules(5000), {
    connection: { clientAddress: '192.0.2.1', clientPort: 1, serverAddress: '', serverPort: 0 },
    uniqueId: 'u',
    startedAtMs: 0,
    isPlain: true,
  });
  transaction.requestHead(
    { method: 'POST', target: '/', protocol: 'HTTP/1.1', headers: [...form, ['Content-Length', '9']] },
    0,
  );
  transaction.addRequestBody(long.body);
  assert.equal(transaction.requestBody(0).kind, 'pass');
  assert(transaction.state.work.spent > 5000);
});

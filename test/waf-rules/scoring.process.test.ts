// What carries over from the Core Rule Set: defaults that yield to what was set before, levels, thresholds, early
// blocking, reporting, exclusions by tag and target. The rules run here as they block, not as tests look at them.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { beginTransaction, loadRules, logLinesOf, type RuleSet, readRules } from '#waf';

const pattern = join(import.meta.dirname, '..', '..', 'waf-rules', 'sentinel', '*.conf');
const { sources, files, problems } = await readRules([pattern]);

/** Our rules between a text before them and one after. */
function rules(before = '', after = ''): RuleSet {
  assert.deepEqual(problems, []);
  const all = [{ file: 'before.conf', text: before }, ...sources, { file: 'after.conf', text: after }];
  const loaded = loadRules(all, files);
  assert('ruleSet' in loaded, JSON.stringify(loaded));
  return loaded.ruleSet;
}

const set = (settings: string): string => `SecAction "id:1,phase:1,pass,nolog,${settings}"`;

function ask(ruleSet: RuleSet, target: string) {
  const transaction = beginTransaction(ruleSet, {
    connection: { clientAddress: '192.0.2.1', clientPort: 50_000, serverAddress: '192.0.2.2', serverPort: 443 },
    uniqueId: 'a',
    startedAtMs: 0,
  });
  const line = `GET ${target} HTTP/1.1`;
  const headers = [
    ['Host', 'www.example.org'],
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64)'],
    ['Accept', '*/*'],
  ] as const;
  const head = transaction.requestHead({ method: 'GET', target, protocol: 'HTTP/1.1', line, headers }, 0);
  const body = transaction.requestBody(0);
  transaction.end(0);
  return { head, body, log: logLinesOf(transaction) };
}

const attack = "/?q=1'%20or%20'1'='1";
const onlyLevelTwo = '/?q=ftps://foo.example/a'; // an address of another host, and nothing else

test('an attack is refused with 403 in phase 2, an ordinary request is not', () => {
  const ours = rules();
  const refused = ask(ours, attack);
  assert.equal(refused.head.kind, 'pass');
  assert.deepEqual([refused.body.kind, refused.body.status, refused.body.ruleId], ['deny', 403, 33949110]);
  assert(refused.body.tags.includes('attack-sqli'));
  assert((refused.body.score ?? 0) >= 5);
  assert.equal(ask(ours, '/?q=hello+world').body.kind, 'pass');
});

test('the threshold and the level that were set before stay', () => {
  assert.equal(ask(rules(set('setvar:tx.inbound_anomaly_score_threshold=1000')), attack).body.kind, 'pass');
  assert.equal(ask(rules(), onlyLevelTwo).body.kind, 'pass');
  assert.equal(ask(rules(set('setvar:tx.blocking_paranoia_level=2')), onlyLevelTwo).body.kind, 'deny');
});

test('a level that is only looked for is logged and refuses nothing', () => {
  const { body, log } = ask(rules(set('setvar:tx.detection_paranoia_level=2')), onlyLevelTwo);
  assert.equal(body.kind, 'pass');
  assert(log.some((line) => line.includes('[id "33931201"]')));
});

test('early blocking refuses in phase 1 what the head alone is enough for', () => {
  assert.equal(ask(rules(), '/.env').head.kind, 'pass');
  const { head } = ask(rules(set('setvar:tx.early_blocking=1')), '/.env');
  assert.deepEqual([head.kind, head.ruleId], ['deny', 33949111]);
});

test('exclusions by tag, by id and by target', () => {
  assert.equal(ask(rules('', 'SecRuleRemoveByTag attack-sqli'), attack).body.kind, 'pass');
  assert.equal(ask(rules('', 'SecRuleRemoveById 33942000-33942999'), attack).body.kind, 'pass');
  const narrow = rules('', 'SecRuleUpdateTargetByTag attack-sqli "!ARGS:q"');
  assert.equal(ask(narrow, attack).body.kind, 'pass');
  assert.equal(ask(narrow, attack.replace('q=', 'r=')).body.kind, 'deny');
});

test('the line that sums up follows the reporting level', () => {
  const summed = (settings: string, target: string): boolean =>
    ask(rules(settings), target).log.some((line) => line.includes('[id "33980110"]'));
  assert.equal(summed('', attack), true);
  assert.equal(summed('', '/?q=hello'), false);
  assert.equal(summed(set('setvar:tx.reporting_level=5'), '/?q=hello'), true);
  assert.equal(summed(set('setvar:tx.reporting_level=0'), attack), false);
});

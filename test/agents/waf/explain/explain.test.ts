// From what was asked to the answer: rules of the configuration or others, as a text or as JSON, or what is wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainAnswer } from '../../../../agents/waf/explain/explain.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const given = { kind: 'words', words: ['curl h/?a=%C3%A9 -d b=evil'] };
const asking = (rules: readonly string[], more: object = {}) => ({
  rules,
  given,
  client: '192.0.2.7',
  isAll: false,
  isJson: false,
  ...more,
});

test('rules from a file, told for people and for programs', async () => {
  using folder = tempFolder({ 'r.conf': 'SecRule ARGS:b "@rx evil" "id:7,phase:2,deny,log,msg:\'bad\'"' });
  const words = await explainAnswer(asking([folder.of('r.conf')]), 0);
  assert.deepEqual([words.code, words.stderr], [0, '']);
  assert.match(words.stdout, /^POST \/\?a=%C3%A9 {3}from 192\.0\.2\.7 {3}blocked 403 by rule 7 \(phase 2\)/);
  const { stdout } = await explainAnswer(asking([folder.of('r.conf')], { isJson: true }), 0);
  const facts = JSON.parse(stdout);
  assert.deepEqual([facts.verdict.ruleId, facts.matches[0].target, facts.events], [7, 'ARGS:b', undefined]);
  assert(facts.seen.some((one: { name: string; value: string }) => one.name === 'ARGS_GET:a' && one.value === 'é'));
  const all = JSON.parse((await explainAnswer(asking([folder.of('r.conf')], { isJson: true, isAll: true }), 0)).stdout);
  assert(all.events.length > 3);
});

test('a level in place of that of the configuration', async () => {
  using folder = tempFolder({ 'r.conf': 'SecRule TX:detection_paranoia_level "@ge 3" "id:7,phase:1,deny,log"' });
  const code = async (paranoiaLevel?: number) =>
    /passes|blocked/.exec((await explainAnswer(asking([folder.of('r.conf')], { paranoiaLevel }), 0)).stdout)?.[0];
  assert.deepEqual([await code(), await code(3)], ['passes', 'blocked']);
});

test('rules that cannot be used, a level that is none, a request that is none', async () => {
  using folder = tempFolder({ 'bad.conf': 'SecRule ARGZ "@rx a" "id:1"', 'good.conf': 'SecMarker a' });
  const bad = await explainAnswer(asking([folder.of('bad.conf')]), 0);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /bad\.conf:1:9: error: unknown variable 'ARGZ'/);
  const level = await explainAnswer(asking([folder.of('good.conf')], { paranoiaLevel: 9 }), 0);
  assert.equal(level.code, 1);
  assert.match(level.stderr, /paranoiaLevel/);
  const none = { given: { kind: 'words', words: ['curl'] } };
  const request = await explainAnswer(asking([folder.of('good.conf')], none), 0);
  assert.deepEqual([request.code, request.stderr], [2, 'error: the command names no address\n']);
});

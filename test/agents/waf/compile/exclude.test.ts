// Exclusions at load: rules taken out, targets and actions changed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaintsOf, ruleOf, rulesOf } from './support.ts';

const rules = `
SecRule ARGS|REQUEST_COOKIES "@rx a" "id:10,phase:1,pass,tag:'attack-sqli',msg:'SQL one',chain,t:lowercase"
  SecRule TX:1 "@rx b" "t:none"
SecRule ARGS "@rx a" "id:11,phase:1,tag:'attack-sqli',tag:'x',msg:'SQL two',status:403,deny"
SecRule ARGS "@rx a" "id:20,phase:1,tag:'attack-xss'"
`;

const ids = (exclusion: string) => rulesOf(`${rules}${exclusion}`).map(({ id }) => id);
const targets = (exclusion: string, id: number, link = 0) =>
  ruleOf(`${rules}${exclusion}`, id).links[link]?.targets.map(({ text }) => text);

test('rules by id, range and list, by tag, by message; a chain goes as a whole', () => {
  assert.deepEqual(ids('SecRuleRemoveById 10'), [11, 20]);
  assert.deepEqual(ids('SecRuleRemoveById 10-11 20'), []);
  assert.deepEqual(ids('SecRuleRemoveById "11,20"'), [10]);
  assert.deepEqual(ids('SecRuleRemoveByTag ^attack-s'), [20]);
  assert.deepEqual(ids('SecRuleRemoveByMsg two$'), [10, 20]);
});

test('targets are added and excluded, in the first rule of a chain or the one that is named', () => {
  assert.deepEqual(targets('SecRuleUpdateTargetById 10 "!ARGS:a,!REQUEST_COOKIES:/^_g|h/|FILES"', 10), [
    'ARGS',
    'REQUEST_COOKIES',
    '!ARGS:a',
    "!REQUEST_COOKIES:'/^_g|h/'",
    'FILES',
  ]);
  assert.deepEqual(targets('SecRuleUpdateTargetById 10:1 "!TX:a"', 10, 1), ['TX:1', '!TX:a']);
  assert.deepEqual(targets('SecRuleUpdateTargetById 10:1 "!TX:a"', 10), ['ARGS', 'REQUEST_COOKIES']);
  assert.deepEqual(targets('SecRuleUpdateTargetById 10-19 "!ARGS:a"', 11), ['ARGS', '!ARGS:a']);
  assert.deepEqual(targets('SecRuleUpdateTargetByTag sqli "!ARGS:a"', 20), ['ARGS']);
  assert.deepEqual(targets('SecRuleUpdateTargetByMsg one "!ARGS:a"', 10), ['ARGS', 'REQUEST_COOKIES', '!ARGS:a']);
  assert.deepEqual(targets('SecRuleUpdateTargetById 20 ARGS', 20), ['ARGS']);
});

test('targets are replaced', () => {
  assert.deepEqual(targets('SecRuleUpdateTargetById 10 "ARGS:a" "ARGS"', 10), ['REQUEST_COOKIES', 'ARGS:a']);
});

test('actions lie over those of the rule', () => {
  const updated = ruleOf(`${rules}SecRuleUpdateActionById 11 "pass,nolog,t:none,tag:y"`, 11);
  assert.deepEqual(
    [updated.disruption.kind, updated.logs, updated.status, updated.meta.tags.map(({ source }) => source)],
    ['pass', false, 403, ['attack-sqli', 'x', 'y']],
  );
  const chain = ruleOf(
    `${rules}SecRuleUpdateActionById 10 "deny,t:none"\nSecRuleUpdateActionById 10:1 "t:urlDecode"`,
    10,
  );
  assert.deepEqual(
    chain.links.map(({ transformations }) => transformations.map(({ name }) => name)),
    [[], ['urlDecode']],
  );
  assert.equal(chain.disruption.kind, 'deny');
});

test('a tag that was laid over counts for what follows', () => {
  assert.deepEqual(ids('SecRuleUpdateActionById 20 "tag:late"\nSecRuleRemoveByTag late'), [10, 11]);
});

test('an exclusion that meets no rule, and others that cannot be', () => {
  const warning =
    'no rule that stands before this is meant [rule-no-effect]; such a directive stands behind the rules; before them use ctl in a rule of your own';
  assert.deepEqual(complaintsOf(`SecRuleRemoveById 1${rules}`), [`1:19 ${warning}`]);
  assert.deepEqual(complaintsOf(`${rules}SecRuleUpdateTargetById 10:5 "!ARGS:a"`), [`6:25 ${warning}`]);
  assert.deepEqual(complaintsOf(`${rules}SecRuleUpdateActionById 99 pass`), [`6:25 ${warning}`]);
  assert.deepEqual(complaintsOf('SecRuleRemoveById'), [
    '1:1 SecRuleRemoveById says not which rules [rule-incomplete]; as in: SecRuleRemoveById 942100 942200-942299',
  ]);
  assert.deepEqual(complaintsOf('SecRuleRemoveById a'), [
    "1:19 'a' is no id [rule-bad-value]; ids look like 942100 or 942100-942199",
  ]);
  assert.match(complaintsOf(`${rules}SecRuleUpdateActionById 11 "id:5"`)[0] ?? '', /id cannot be changed/);
  assert.match(
    complaintsOf(`${rules}SecRuleUpdateActionById 10:1 "deny"`)[0] ?? '',
    /deny belongs to the first rule of a chain/,
  );
});

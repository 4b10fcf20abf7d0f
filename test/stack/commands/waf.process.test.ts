// `waf` as a person sees it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderWith, type } from '../../support/terminal.ts';

const base =
  'listeners { listener "a" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status" } }\n';

test('show: what the words of the configuration come to, with the files between', async () => {
  const exclusion = 'exclusions { exclusion "editor" { tags "attack-xss"; path "/editor"; targets "ARGS:html" } }';
  await using folder = await folderWith({
    'sentinel.kdl': `${base}waf { rules "a.conf"; mode "detection"; ${exclusion} }`,
    'a.conf': 'SecAction "id:1,phase:1,pass"',
  });
  const { code, stdout } = await type('waf show', { cwd: folder.path });
  assert.equal(code, 0);
  assert.match(stdout, /^SecRuleEngine DetectionOnly$/m);
  assert.match(
    stdout,
    /^# exclusion "editor"\nSecRule REQUEST_FILENAME "@beginsWith \/editor" ".*ctl:ruleRemoveTargetByTag=\^attack-xss\$;ARGS:html"$/m,
  );
  assert.match(stdout, /^Include .*a\.conf$/m);
});

test('show without a firewall', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': base });
  const { code, stderr } = await type('waf show', { cwd: folder.path });
  assert.equal(code, 1);
  assert.match(stderr, /no firewall.*\n.*add waf \{ \}/);
});
